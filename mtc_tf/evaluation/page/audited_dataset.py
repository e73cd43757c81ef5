"""What the dataset of runs gives away by itself, on a page."""

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title

# Look-ups that are shown; `audit.json` has them all.
_TELLS = 10
_FIGURES = {"macro_f1": "macro F1", "fw16": "fw16"}
_SENTENCE = (
    "What the label can be told by without a model, the worst first. A look-up "
    "of one thing alone is learned on the training part and answers the test "
    "part: a figure of a model means something where it is above these."
)


def audited_dataset(runs):
    """Shows what `mtc audit` found in the datasets of runs.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`, a dataset that several runs share once; None if it was run
        for none.
    """
    audits = []
    for run in runs:
        if run.audit and run.audit not in audits:
            audits.append(run.audit)
    sentences, parts = [_SENTENCE], []
    for number, audit in enumerate(audits):
        mark = f"_{number}" if len(audits) > 1 else ""
        who = f"{audit['dataset']}: " if len(audits) > 1 else ""
        sentences += [f"{who}{text}" for text in _sentences(audit)]
        parts += [
            Table(f"audit_{name}{mark}", f"{who}{caption}", rows)
            for name, caption, rows in _tables(audit)
            if rows
        ]
    if not audits:
        return None
    return Section("What the dataset gives away", sentences, parts)


def _sentences(audit):
    """What leaks, and which captures are in doubt, in words."""
    for number, finding in enumerate(audit["findings"], start=1):
        texts = [f"{finding[name]}." for name in ("text", "details")]
        remedy = finding["remedy"]
        said = " ".join([*(x for x in texts if x != "."), remedy]).rstrip()
        yield f"{number}. {said}"
    if not audit["findings"]:
        yield "Nothing gives the label away."
    for task, counts in audit["equal_rows"]["other_label"].items():
        if counts["test_rows"]:
            yield (
                f"{counts['test_rows']:,} test rows have an equal row in train "
                f"with another {task}."
            )
    for task, found in audit.get("captures", {}).items():
        yield (
            f"{task_title(task)}: the other groups contradict the label of "
            f"{len(found['doubtful'])} of {found['judged']} captures."
        )


def _tables(audit):
    """Name, caption and rows of each table."""
    yield "shared", "Rows, flows and groups in two parts", _shared(audit)
    constants = {
        name: {
            task: models[name] for task, models in audit["baselines"].items()
        }
        for name in list(_models(audit))[:1]
    }
    tells = [
        {"by itself": name, "known test rows": None, **_scores(audit, tasks)}
        for name, tasks in constants.items()
    ] + [
        {
            "by itself": told["name"],
            "known test rows": Estimate(told["test_share"]),
            **_scores(audit, told["tasks"]),
        }
        for told in audit["tells"][:_TELLS]
    ]
    yield "tells", "Look-ups of one thing alone, on the test part", tells
    models = [
        {"model": name, **_scores(audit, tasks)}
        for name, tasks in _models(audit).items()
    ]
    yield "models", "Shallow models, on the test part", models
    yield "captures", "Captures in doubt", _doubtful(audit)


def _shared(audit):
    equal = audit["equal_rows"]
    found = {"equal row": {"units": None, "shared": None, **equal}}
    return [
        {
            "what": name,
            "there are": counts["units"],
            "in several parts": counts["shared"],
            "test rows with theirs in train": counts["test_rows"],
            "share of the test rows": Estimate(counts["test_share"]),
        }
        for name, counts in (found | audit.get("shared", {})).items()
    ]


def _models(audit):
    """The figures of each shallow model, by task; the constant is first."""
    by_model = {}
    for task, models in audit["baselines"].items():
        for name, figures in models.items():
            by_model.setdefault(name, {})[task] = figures
    return by_model


def _scores(audit, tasks):
    """The figures of each task, in columns that all rows have."""
    row = {}
    for task, models in audit["baselines"].items():
        [constant, *_] = models.values()
        for name, title in _FIGURES.items():
            if name in constant:
                value = tasks.get(task, {}).get(name)
                row[f"{task_title(task)}, {title}"] = (
                    None if value is None else Estimate(value)
                )
    return row


def _doubtful(audit):
    return [
        {
            "capture": one["capture"],
            "labelled": one["label"],
            "looks like": one["looks_like"],
            "task": task_title(task),
            "flows": one["flows"],
            "flows in doubt": one["flows_in_doubt"],
            "probability": Estimate(one["probability"]),
        }
        for task, found in audit.get("captures", {}).items()
        for one in found["doubtful"]
    ]
