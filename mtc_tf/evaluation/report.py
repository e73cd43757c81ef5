"""Metrics as text for a terminal."""

import pandas as pd

from mtc_tf.evaluation.chance import chance_sentence
from mtc_tf.evaluation.comparison_text import comparison_text
from mtc_tf.evaluation.row_changes import shown_changes
from mtc_tf.printable import printable_content


def format_report(result):
    """Writes the result of an evaluation as tables.

    Args:
        result: dict. What `mtc_tf.evaluation.evaluate.evaluate` returns.

    Returns:
        str of many lines, in which names are as of `printable`.
    """
    result = printable_content(result)
    sections = [_header(result)]
    for task, figures in result["tasks"].items():
        title = f"{task}\n{'=' * len(task)}"
        if not figures["rows"]:
            sections.append(f"{title}\nno row of this part has a label")
            continue
        sections += [
            f"{title}\n{_summary(figures)}",
            *comparison_text(figures),
            *_calibration(figures),
            _class_table(figures),
            f"confusion matrix\n{_confusion_matrix(figures)}",
        ]
    return "\n\n".join(sections)


def _header(result):
    label_map = result["label_map"]
    facts = {
        "dataset": "{name}/{config} {version}".format(**result["dataset"]),
        "part": f"{result['part']}, sha256 {result['digests'][result['part']]}",
        "split": f"by {result['split']}, split seed {result['split_seed']}",
        "label map": f"{label_map['version']}, sha256 {label_map['digest']}",
        "recipe": result["recipe"],
        **shown_changes(result),
        "model": f"{result['model']}; {result['parameters']:,} parameters, "
        f"seed {result['training_seed']}",
        "versions": ", ".join(
            f"{package} {version}"
            for package, version in result["versions"].items()
        ),
    }
    return "\n".join(f"{name:10} {value}" for name, value in facts.items())


def _summary(figures):
    evaluated = len(figures["classes_evaluated"])
    chance = chance_sentence(figures)
    first = f"{chance}\n" if chance else ""
    return (
        f"{first}"
        f"{figures['rows']} rows with a label, "
        f"{figures['rows_without_label']} without; averages over the "
        f"{evaluated} of {len(figures['classes'])} classes that have rows\n"
        f"the model: accuracy {figures['accuracy']:.4f}, "
        f"macro F1 {figures['macro']['f1']:.4f}"
    )


def _calibration(figures):
    """How sure the model is, and how right; none of earlier versions."""
    if "calibration" not in figures:
        return []
    found = figures["calibration"]
    errors = {
        part: "{before[ece]:.3f}, {after[ece]:.3f} with it".format(
            **found[part]
        )
        for part in ("validation", "evaluated")
    }
    return [
        f"temperature {found['temperature']:.2f}, fitted on the validation "
        f"part; expected calibration error {errors['evaluated']} (there "
        f"{errors['validation']})"
    ]


def _class_table(figures):
    rows = {
        **figures["classes"],
        "macro average": {**figures["macro"], "count": figures["rows"]},
        "weighted average": {**figures["weighted"], "count": figures["rows"]},
    }
    table = pd.DataFrame(rows).T.astype({"count": int})
    return (
        table[["f1", "recall", "precision", "count"]]
        .rename(columns={"f1": "F1"})
        .to_string(float_format="{:.4f}".format, na_rep="-")
    )


def _confusion_matrix(figures):
    """Rows are the true classes; a column is the class of that number."""
    names = [
        f"{number} {name}" for number, name in enumerate(figures["classes"])
    ]
    return pd.DataFrame(figures["confusion_matrix"], index=names).to_string()
