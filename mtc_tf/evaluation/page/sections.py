"""What stands on a page, section by section."""

import dataclasses

from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.record_report import format_record_report
from mtc_tf.evaluation.comparison import AVERAGED
from mtc_tf.evaluation.comparison import MODEL
from mtc_tf.evaluation.comparison_text import FIGURES
from mtc_tf.evaluation.comparison_text import comparison_sentences
from mtc_tf.evaluation.page import pictures

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
# Fields with less of the attribution are left out.
_LEAST_SHARE = 0.001
_OF_RECORDS = "Rows are flow records, each in one part."


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure, and what else it could have been.

    Args:
        value: float.
        interval: list of two floats, or None.
    """

    value: float
    interval: list | None = None

    def __str__(self):
        text = f"{self.value:.3f}"
        if self.interval is None:
            return text
        low, high = self.interval
        return f"{text} [{low:.3f}, {high:.3f}]"


@dataclasses.dataclass(frozen=True)
class Table:
    """A table.

    Args:
        name: str. Of its CSV file, without the suffix.
        caption: str.
        rows: list of dicts with the same keys, from the name of a column to
            str, int, `Estimate` or, where there is nothing, None.
    """

    name: str
    caption: str
    rows: list


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture and what it shows.

    Args:
        caption: str.
        svg: str.
    """

    caption: str
    svg: str


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of a page under one heading.

    Args:
        title: str.
        sentences: list of str, a paragraph each.
        parts: list of `Table` and `Picture`.
        listings: dict from the caption of a listing to its lines, one str.
    """

    title: str
    sentences: list = dataclasses.field(default_factory=list)
    parts: list = dataclasses.field(default_factory=list)
    listings: dict = dataclasses.field(default_factory=dict)


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
        _classes(runs),
        _confusions(runs),
        _calibration(runs),
        _decides(runs),
        _others(runs),
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
    return Section(_words(task), sentences, [table])


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
                f"{_words(task)}: F1 and recall of each class that the part "
                "has, of packets or records",
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
        parts.append(Table(f"{task}_classes", _words(task), rows))
    return Section("Each class", parts=parts)


def _confusions(runs):
    parts = []
    for task in _tasks(runs):
        for number, (run, figures) in enumerate(_with_task(runs, task)):
            parts.append(
                Picture(
                    f"{_words(task)}, {run.label}",
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


def _calibration(runs):
    """How sure the models are, and how often they are right."""
    parts, rows = [], []
    for task in _tasks(runs):
        series = {}
        for run, figures in _with_task(runs, task):
            if "calibration" not in figures:
                continue
            found = figures["calibration"]
            name = "" if len(runs) == 1 else f"{run.label}, "
            for which in ("before", "after"):
                bins = found["evaluated"][which]["bins"]
                series[f"{name}{which}"] = (
                    [one["confidence"] for one in bins],
                    [one["accuracy"] for one in bins],
                )
            rows.append(
                {
                    "task": _words(task),
                    **({} if len(runs) == 1 else {"run": run.label}),
                    "temperature": Estimate(found["temperature"]),
                    **{
                        f"ECE {which}, {part}": Estimate(
                            found[part][which]["ece"]
                        )
                        for part in ("validation", "evaluated")
                        for which in ("before", "after")
                    },
                }
            )
        if series:
            parts.append(
                Picture(
                    f"{_words(task)}: the share of right answers among those "
                    "that are so sure, before and after the temperature; on "
                    "the dotted line a model knows how much it knows",
                    pictures.lines(
                        series,
                        "probability of the answer",
                        "share of right answers",
                        f"reliability_{task}",
                        diagonal=True,
                    ),
                )
            )
    if not rows:
        return None
    sentence = (
        "One temperature for each task, fitted on the validation part, divides "
        "the logits: no answer changes, only how sure it is. ECE is the mean "
        "distance between probability and share of right answers, a flow "
        "counting as 16 packets at most."
    )
    return Section(
        "How sure it is",
        [sentence],
        [Table("calibration", "", rows), *parts],
    )


def _decides(runs):
    """What `mtc explain` found, where it was run."""
    parts = []
    for task in _tasks(runs):
        rows = [
            {
                **({} if len(runs) == 1 else {"run": run.label}),
                "field": name,
                "share": Estimate(field["share"]),
                "adds": Estimate(field["mean"]),
                "fw16 lost when randomised": _loss(explained, name),
            }
            for run in runs
            for explained in _explained(run, task)
            for name, field in sorted(
                explained["fields"].items(), key=lambda x: -x[1]["share"]
            )
            if field["share"] >= _LEAST_SHARE
        ]
        if rows:
            parts.append(Table(f"{task}_fields", _words(task), rows))
    if not parts:
        return None
    sentence = (
        "The share of a header field in all attribution (integrated "
        "gradients), what it adds to the probability of the answer, and the "
        "fw16 that is lost when each packet gets it of another one: a field "
        "with a share and no loss is looked at in vain."
    )
    return Section("What decides", [sentence], parts)


def _explained(run, task):
    tasks = (run.explanation or {"tasks": {}})["tasks"]
    return [tasks[task]] if task in tasks else []


def _loss(explained, name):
    if name not in explained["randomised"]:
        return None
    loss = explained["randomised"][name]
    return Estimate(loss["difference"], loss["interval"])


def _others(runs):
    """What `mtc evaluate --captures` found, where it was run."""
    parts, sentences = [], []
    for task in _tasks(runs):
        rows = []
        for run in runs:
            found = run.other_captures
            if not found or task not in found["tasks"]:
                continue
            figures = found["tasks"][task]
            who = "" if len(runs) == 1 else f"{run.label}, "
            if figures["flows"]:
                accuracy, macro_f1 = (
                    Estimate(figures[name]["value"], figures[name]["interval"])
                    for name in ("accuracy", "macro_f1")
                )
                sentences.append(
                    f"{who}{_words(task)}: {figures['flows']} flows in "
                    f"{figures['groups']} groups whose class the model has: "
                    f"accuracy {accuracy}, macro F1 {macro_f1}."
                )
            rows += [
                {
                    **({} if len(runs) == 1 else {"run": run.label}),
                    "capture": capture["capture"],
                    "flows": capture["flows"],
                    "label": own["label"] or "-",
                    "is a class": "yes" if own["knows"] else "no",
                    "probability": _estimate(own["probability"]),
                    "answers": ", ".join(
                        f"{name} {count}"
                        for name, count in own["answers"].items()
                    ),
                }
                for capture in found["captures"]
                for own in [capture["tasks"][task]]
            ]
        if rows:
            parts.append(Table(f"{task}_other_captures", _words(task), rows))
    if not parts:
        return None
    first = (
        "Captures of others, which no part of the dataset holds. A flow counts "
        "once; one whose class the model does not have cannot be answered "
        "rightly, and its probability says how sure the model is all the same."
    )
    return Section("On other networks", [first, *sentences], parts)


def _estimate(value):
    return None if value is None else Estimate(value)


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


def _words(task):
    """`traffic_type` as "Traffic type"."""
    return task.replace("_", " ").capitalize()
