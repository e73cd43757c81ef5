"""What stands on a page, section by section."""

from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.record_report import format_record_report
from mtc_tf.evaluation.comparison import AVERAGED
from mtc_tf.evaluation.comparison import MODEL
from mtc_tf.evaluation.comparison_text import FIGURES
from mtc_tf.evaluation.comparison_text import comparison_sentences
from mtc_tf.evaluation.page import pictures
from mtc_tf.evaluation.page.ablated_inputs import ablated_inputs
from mtc_tf.evaluation.page.flow_votes import flow_votes
from mtc_tf.evaluation.page.how_sure import how_sure
from mtc_tf.evaluation.page.other_networks import other_networks
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title
from mtc_tf.evaluation.page.what_decides import what_decides
from mtc_tf.evaluation.page.who_wins import who_wins

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
    made = [
        _split(runs),
        *(_task(runs, task) for task in _tasks(runs)),
        flow_votes({task: _labelled(runs, task) for task in _tasks(runs)}),
        who_wins(runs),
        ablated_inputs(runs),
        _classes(runs),
        _confusions(runs),
        how_sure({task: _with_task(runs, task) for task in _tasks(runs)}),
        what_decides(runs),
        other_networks(runs),
        _learning(runs),
        _cleaning(runs),
        _cost(runs),
        _provenance(runs),
    ]
    return [one for one in made if one]


def _tasks(runs):
    """Tasks of any run, in their order, that have labelled rows."""
    return list(
        dict.fromkeys(
            task
            for run in runs
            for task, figures in run.metrics["tasks"].items()
            if figures["rows"]
        )
    )


def _with_task(runs, task):
    """Pairs of run and figures, of the runs that have figures of a task."""
    return [
        (run, run.metrics["tasks"][task])
        for run in runs
        if run.metrics["tasks"].get(task, {}).get("rows")
    ]


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
            "part": run.metrics["part"],
        }
        for run in runs
    ]
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


def _task(runs, task):
    """The headline of a task: the runs, and what stands beside them."""
    rows, sentences = [], []
    for run, figures in _with_task(runs, task):
        who = {} if len(runs) == 1 else {"run": run.label}
        rows += [
            {**who, "model": name, **_figures(values)}
            for name, values in _models(figures, whole=len(runs) == 1).items()
        ]
        if "best_baseline" in figures:
            found = comparison_sentences(figures)
            if len(runs) == 1:
                sentences += [f"{text}." for text in found]
            else:
                # The headline figure alone.
                sentences.append(f"{run.label}: {found[0]}.")
    columns = dict.fromkeys(name for row in rows for name in row)
    table = Table(
        f"{task}_figures",
        f"{_rows_text(runs, task)} For the log loss lower is better.",
        [dict.fromkeys(columns) | row for row in rows],
    )
    return Section(task_title(task), sentences, [table])


def _models(figures, whole):
    """The figures of a run's model, and of what stands beside it.

    Where it is not the whole, of the shallow models the best one alone.
    """
    majority = figures["majority_class"]
    models = {
        MODEL: figures.get("figures") or _macro_f1(figures),
        f"always {majority['name']}": _macro_f1(majority),
    }
    for name, values in figures.get("baselines", {}).items():
        is_best = figures["best_baseline"] == name
        if whole or is_best:
            mark = " (best on validation)" if is_best else ""
            models[f"{name}{mark}"] = values
    if "averaged" in figures:
        models[AVERAGED] = figures["averaged"]
    return models


def _labelled(runs, task):
    """The figures of all runs and of the best beside each, by a label."""
    return {
        name if len(runs) == 1 else f"{run.label}: {name}": values
        for run, figures in _with_task(runs, task)
        for name, values in _models(figures, whole=False).items()
    }


def _macro_f1(figures):
    return {"macro_f1": {"value": figures["macro"]["f1"]}}


def _rows_text(runs, task):
    """How many rows and flows the figures rest on."""
    texts = []
    for _, figures in _with_task(runs, task):
        text = f"{figures['rows']:,} rows"
        if "flows" in figures:
            text += f" of {figures['flows']:,} flows"
            if figures["interval_over"] == "group":
                text += f" in {figures['groups']:,} groups"
            text += (
                "; in brackets 95 % intervals by drawing the "
                f"{figures['interval_over']}s anew"
            )
        texts.append(text)
    return f"{' / '.join(dict.fromkeys(texts))}."


def _figures(figures):
    return {
        title: Estimate(figures[name]["value"], figures[name].get("interval"))
        for name, title in FIGURES.items()
        if name in figures
    }


def _classes(runs):
    parts = []
    for task in _tasks(runs):
        results = {
            run.label: figures["classes"]
            for run, figures in _with_task(runs, task)
        }
        parts.append(
            Picture(
                f"{task_title(task)}: F1 and recall of each class that the "
                "part has, of packets or records",
                pictures.class_bars(results, task),
            )
        )
        rows = [
            {
                "class": name,
                **({} if len(runs) == 1 else {"run": label}),
                "rows": row["count"],
                **{
                    title: None if row[key] is None else Estimate(row[key])
                    for key, title in (
                        ("f1", "F1"),
                        ("recall", "recall"),
                        ("precision", "precision"),
                    )
                },
            }
            for label, classes in results.items()
            for name, row in classes.items()
        ]
        parts.append(Table(f"{task}_classes", task_title(task), rows))
    return Section("Each class", parts=parts)


def _confusions(runs):
    parts = []
    for task in _tasks(runs):
        for number, (run, figures) in enumerate(_with_task(runs, task)):
            parts.append(
                Picture(
                    f"{task_title(task)}, {run.label}",
                    pictures.confusion_matrix(
                        figures["confusion_matrix"],
                        list(figures["classes"]),
                        f"confusion_{task}_{number}",
                    ),
                )
            )
    sentence = (
        "The darker a cell, the larger the share of its row, the true class, "
        "that got this answer."
    )
    return Section("What is taken for what", [sentence], parts)


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


def _cost(runs):
    rows = [
        {
            "run": run.label,
            "parameters": run.metrics["parameters"],
            "epochs": len(run.history),
            "bytes of the model's file": run.model_bytes,
        }
        for run in runs
    ]
    return Section("Cost", parts=[Table("cost", "", rows)])


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
