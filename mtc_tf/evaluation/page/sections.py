"""What stands on a page, section by section."""

from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.record_report import format_record_report
from mtc_tf.evaluation.page import pictures
from mtc_tf.evaluation.page.ablated_inputs import ablated_inputs
from mtc_tf.evaluation.page.audited_dataset import audited_dataset
from mtc_tf.evaluation.page.costs import costs
from mtc_tf.evaluation.page.each_class import confusions
from mtc_tf.evaluation.page.each_class import each_class
from mtc_tf.evaluation.page.flow_votes import flow_votes
from mtc_tf.evaluation.page.headlines import best
from mtc_tf.evaluation.page.headlines import headlines
from mtc_tf.evaluation.page.how_sure import how_sure
from mtc_tf.evaluation.page.not_found_out import not_found_out
from mtc_tf.evaluation.page.other_networks import other_networks
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.unknowns import unknowns
from mtc_tf.evaluation.page.what_decides import what_decides
from mtc_tf.evaluation.page.who_wins import who_wins
from mtc_tf.evaluation.row_changes import shown_changes

# What a split keeps apart, and what its figures cannot tell.
_SPLITS = {
    "packet": "Packets were divided at random. Packets of one flow stand on "
    "both sides, with the same ports and consecutive sequence numbers: a high "
    "figure here does not say that the model would recognise new flows.",
    "flow": "Flows were kept apart: no flow stands in two parts. Flows of one "
    "capture may, so figures are of new flows of known sessions.",
    "capture": "Captures were kept apart: no session stands in two parts. "
    "Figures are of new sessions in the same network.",
}
_OF_RECORDS = "Rows are flow records, each in one part."


def sections(runs):
    """Makes the sections of a page; those without content are left out.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        list of `Section`.
    """
    tasks = _by_task(runs)
    made = [
        _split(runs),
        *(headlines(task, figures) for task, figures in tasks.items()),
        who_wins(runs),
        each_class(tasks),
        confusions(tasks),
        _learning(runs),
        _cleaning(runs),
        audited_dataset(runs),
        ablated_inputs(runs),
        flow_votes({task: best(figures) for task, figures in tasks.items()}),
        how_sure(tasks),
        unknowns(runs),
        what_decides(runs),
        other_networks(runs),
        costs(runs),
        _provenance(runs),
        not_found_out(runs),
    ]
    return [one for one in made if one]


def _by_task(runs):
    """Runs and their figures, of each task that any of them has labels of."""
    tasks = {}
    for run in runs:
        for task, figures in run.metrics["tasks"].items():
            if figures["rows"]:
                tasks.setdefault(task, []).append((run, figures))
    return tasks


def _split(runs):
    rows = [
        {
            "run": run.label,
            "dataset": "{name}/{config} {version}".format(
                **run.metrics["dataset"]
            ),
            "split by": run.metrics["split"],
            "split seed": run.metrics["split_seed"],
            "recipe": run.metrics["recipe"],
            **shown_changes(run.metrics),
            "part": run.metrics["part"],
        }
        for run in runs
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    rows = [dict.fromkeys(columns) | row for row in rows]
    splits = dict.fromkeys(run.metrics["split"] for run in runs)
    sentences = [_SPLITS.get(split, _OF_RECORDS) for split in splits]
    parts = {
        (run.metrics["digests"][run.metrics["part"]], run.metrics["part"])
        for run in runs
    }
    if len(parts) > 1:
        sentences.append(
            "These runs were evaluated on different rows: their figures do "
            "not say which model is better."
        )
    return Section("What was kept apart", sentences, [Table("split", "", rows)])


def _learning(runs):
    parts = []
    for key, ylabel in (("loss", "loss"), ("fw16", "fw16")):
        series = {}
        for run in runs:
            for name, part in ((key, "training"), (f"val_{key}", "validation")):
                points = [
                    (row["epoch"], row[name])
                    for row in run.history
                    if name in row
                ]
                if points:
                    series[f"{run.label}, {part}"] = tuple(
                        zip(*points, strict=True)
                    )
        if series:
            parts.append(
                Picture(
                    f"The {ylabel} behind each epoch",
                    pictures.lines(series, "epoch", ylabel, f"learning_{key}"),
                )
            )
    return Section("Learning", parts=parts) if parts else None


def _cleaning(runs):
    listings = {}
    for run in runs:
        if "report" not in run.info:
            continue
        is_of_captures = "captures" in run.info["report"]
        text = (format_data_report if is_of_captures else format_record_report)(
            run.info
        )
        name = "{name}/{config}".format(**run.metrics["dataset"])
        listings[f"Data report of {name}"] = text
    if not listings:
        return None
    return Section(
        "What became of the data",
        ["What was read, dropped and kept, and how the classes are divided."],
        listings=listings,
    )


def _provenance(runs):
    rows = [
        {
            "run": run.label,
            "split, sha256": run.metrics["digests"][run.metrics["part"]],
            "label map": "{version}, sha256 {digest}".format(
                **run.metrics["label_map"]
            ),
            "training seed": run.metrics["training_seed"],
            "versions": ", ".join(
                f"{package} {version}"
                for package, version in run.metrics["versions"].items()
            ),
        }
        for run in runs
    ]
    listings = {
        f"Flags of {run.label}; `mtc train --flagfile=FILE --workdir=DIR` "
        "with these makes it again": run.flags
        for run in runs
        if run.flags
    }
    return Section(
        "Where it comes from",
        parts=[Table("provenance", "", rows)],
        listings=listings,
    )
