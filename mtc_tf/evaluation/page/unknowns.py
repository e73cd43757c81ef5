"""What models make of traffic that is none of their classes, on a page."""

from typing_extensions import TypedDict

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title
from mtc_tf.files.json_files import Object
from mtc_tf.printable import printable
from mtc_tf.runs.confidence import threshold

# Shares of known traffic that may be rejected.
_RATES = (0.01, 0.05, 0.1)
_NOT_MEASURED = (
    "How much of it the score finds was not measured: that takes a run whose "
    "training left an application out, `mtc train --leave_out=APPLICATION`."
)


class _Detection(TypedDict):
    known: int
    unknown: int
    auroc: float | None
    found: float | None
    false_alarms: float | None


class UnknownTraffic(TypedDict):
    """What `unknown_traffic.json` holds: by score, of rows and of flows."""

    left_out: str
    validation: Object[Object[_Detection]]
    test: Object[Object[_Detection]]


def unknowns(runs):
    """Shows from which score on runs reject, and what they find by it.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None if no run has a score.
    """
    known = [run for run in runs if run.confidence]
    if not known:
        return None
    is_alone = len(runs) == 1
    sentences = [
        "Traffic of no class gets one of the classes all the same, unless `mtc "
        "classify --reject=RATE` answers `unknown`, where a score is above its "
        "bound. RATE is the share of the known traffic of the validation part "
        "that lies above it, of rows or, with --by=flow, of flows; on other "
        "networks it may be more."
    ]
    sentences += [
        f"{'' if is_alone else f'{run.label}: '}The score is "
        f"{printable(run.confidence.score).replace('_', ' ')}, of the head of "
        f"{task_title(run.confidence.task)}."
        for run in known
    ]
    rows = [
        {
            **({} if is_alone else {"run": run.label}),
            "RATE": Estimate(rate),
            **{
                f"score of {of}s": Estimate(
                    threshold(run.confidence.quantiles[of], rate)
                )
                if of in run.confidence.quantiles
                else None
                for of in ("row", "flow")
            },
        }
        for run in known
        for rate in _RATES
    ]
    parts = [Table("unknown_scores", "Bounds of the score", rows)]
    measured = [
        row
        for run in runs
        if run.unknown_traffic
        for row in _detections(run, is_alone)
    ]
    if measured:
        sentences += [
            f"{'' if is_alone else f'{run.label}: '}The training left out "
            f"{run.unknown_traffic['left_out']}, which is unknown to the model."
            for run in runs
            if run.unknown_traffic
        ]
        caption = (
            "AUROC: the probability that an unknown one has a higher score "
            "than a known one. Found: the share of the unknown ones above the "
            "score that 5 % of the known ones of the validation part lie "
            "above; false alarms: that of the known ones."
        )
        parts.append(Table("unknown_traffic", caption, measured))
    else:
        sentences.append(_NOT_MEASURED)
    return Section("What it does not know", sentences, parts)


def _detections(run, is_alone):
    for part in ("validation", "test"):
        for score, units in run.unknown_traffic[part].items():
            for of, figures in units.items():
                yield {
                    **({} if is_alone else {"run": run.label}),
                    "part": part,
                    "score": score.replace("_", " "),
                    "of": f"{of}s",
                    "known": figures["known"],
                    "unknown": figures["unknown"],
                    **{
                        title: None
                        if figures[name] is None
                        else Estimate(figures[name])
                        for name, title in (
                            ("auroc", "AUROC"),
                            ("found", "found"),
                            ("false_alarms", "false alarms"),
                        )
                    },
                }
