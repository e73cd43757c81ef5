"""The data report of a dataset of records."""

from mtc_tf.data.balancing import PUBLISHED_RECORDS
from mtc_tf.data.balancing import SMOTE_NEIGHBORS
from mtc_tf.data.splits import PARTS
from mtc_tf.features.record_table import GENERATION
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content

ALL_FILES = {
    "monday-workinghours.pcap_iscx.csv",
    "tuesday-workinghours.pcap_iscx.csv",
    "wednesday-workinghours.pcap_iscx.csv",
    "thursday-workinghours-morning-webattacks.pcap_iscx.csv",
    "thursday-workinghours-afternoon-infilteration.pcap_iscx.csv",
    "friday-workinghours-morning.pcap_iscx.csv",
    "friday-workinghours-afternoon-portscan.pcap_iscx.csv",
    "friday-workinghours-afternoon-ddos.pcap_iscx.csv",
}
# The rows behind each step over all these files, with every copy of a repeated
# row removed; they lead to the paper's Table 2.
PUBLISHED_STEPS = {
    "read": 2_830_743,
    "without repeated rows": 2_427_193,
    "without missing values": 2_426_859,
    "without infinite values": 2_425_727,
}


def record_report(
    files, steps, cleaned, counts, neighbors, shared, recipe, generations
):
    """Gathers what became of files, rows and classes.

    Args:
        files: list of str. Names of the files.
        steps: dict from step to list of int, the rows left of each file.
        cleaned: dict from class to its records after cleaning.
        counts: dict from class to dict from part to the number of `real` and
            of `synthetic` records.
        neighbors: dict from class to the neighbours that SMOTE looked at.
        shared: dict from part to its records that stand in an earlier part too,
            by their scaled features.
        recipe: str. Of the dataset.
        generations: list of str. What the columns of each file are named as
            in, `generation` of `RecordTable`.

    Returns:
        dict that `json` can write. `published` holds the published counts,
        where they are for the same files and the same recipe.
    """
    names = {file.lower().removesuffix(".gz") for file in files}
    is_published = names == ALL_FILES and recipe == "paper"
    return {
        "files": {
            file: {step: rows[index] for step, rows in steps.items()}
            for index, file in enumerate(files)
        },
        "column_names": dict(zip(files, generations, strict=True)),
        "steps": {step: sum(rows) for step, rows in steps.items()},
        "classes": {
            name: {"cleaned": cleaned[name], **parts}
            for name, parts in counts.items()
        },
        "smote_neighbors": neighbors,
        "records_of_an_earlier_part": shared,
        "published": (
            {"steps": PUBLISHED_STEPS, "classes": PUBLISHED_RECORDS}
            if is_published
            else None
        ),
    }


def format_record_report(metadata):
    """Writes the report as text for a terminal.

    Args:
        metadata: dict. `RecordDataset.metadata`.

    Returns:
        str of several lines, in which names are as of `printable`.
    """
    report = printable_content(metadata["report"])
    features = metadata["features"]
    lines = [
        f"Split by {metadata['split']}, split seed {metadata['split_seed']}; "
        f"recipe {metadata['recipe']}; {len(features)} features",
        "",
        *_step_lines(report),
        "",
        *_class_lines(report),
        "",
        *(f"{p:10}  sha256 {d}" for p, d in metadata["digests"].items()),
        "",
        *_gap_lines(report),
    ]
    return "\n".join(lines)


def _step_lines(report):
    files = [
        {
            "file": file,
            "read": f"{steps['read']:,}",
            "kept": f"{list(steps.values())[-1]:,}",
        }
        for file, steps in report["files"].items()
    ]
    yield text_table(files, left=["file"])
    for file, generation in report["column_names"].items():
        if generation != GENERATION:
            yield f"{file}: columns named as in {generation}"
    yield ""
    published = (report["published"] or {}).get("steps")
    steps = [
        {"step": step, "here": f"{rows:,}", **_published(published, step)}
        for step, rows in report["steps"].items()
    ]
    yield text_table(steps, left=["step"])


def _published(steps, step):
    """The column of published counts, where there are any."""
    if not steps:
        return {}
    return {"published": f"{steps[step]:,}" if step in steps else ""}


def _class_lines(report):
    published = (report["published"] or {}).get("classes")
    rows = []
    for name, row in report["classes"].items():
        parts = {part: sum(row[part].values()) for part in PARTS}
        counts = {
            "cleaned": row["cleaned"],
            **parts,
            "synthetic": sum(row[part]["synthetic"] for part in PARTS),
        }
        if published:
            names = ("published", "balanced")
            counts |= dict(zip(names, published[name], strict=True))
        cells = {key: f"{count:,}" for key, count in counts.items()}
        rows.append({"attack": name, **cells})
    yield text_table(rows, left=["attack"])


def _gap_lines(report):
    classes = report["classes"]
    shared = report["records_of_an_earlier_part"]
    listed = ", ".join(f"{part} {count:,}" for part, count in shared.items())
    yield f"Records that equal one of an earlier part: {listed}"
    for part in ("validation", "test"):
        synthetic = sum(row[part]["synthetic"] for row in classes.values())
        if synthetic:
            yield f"Synthetic records in {part}: {synthetic:,}"
    for part in PARTS:
        lacking = [
            n for n, row in classes.items() if not any(row[part].values())
        ]
        if lacking:
            yield f"Nothing in {part} of: {', '.join(lacking)}"
    few = {
        name: neighbors
        for name, neighbors in report["smote_neighbors"].items()
        if neighbors < SMOTE_NEIGHBORS
    }
    if few:
        listed = ", ".join(f"{name} {count}" for name, count in few.items())
        yield (
            f"SMOTE found fewer than {SMOTE_NEIGHBORS} neighbours (0: none "
            f"added): {listed}"
        )
