"""What makes the answers of a run's model trustworthy: `Confidence`, fitted."""

import dataclasses

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.evaluation.evaluate import predict_part
from mtc_tf.evaluation.evaluate import row_facts
from mtc_tf.evaluation.part_readings import fit_classes
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.evaluation.unknown_figures import known_and_unknown
from mtc_tf.evaluation.unknown_figures import quantiles
from mtc_tf.evaluation.unknown_figures import units_of
from mtc_tf.inference import unknown_scores
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.confidence import ROW
from mtc_tf.runs.confidence import UNKNOWN
from mtc_tf.runs.confidence import Confidence
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import APPLICATION


def fit_confidence(run, result, data_dir=None):
    """Fits what `confidence.json` of a run holds, on its validation part.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        result: dict. What `evaluate` returned of the run, on whatever part.
        data_dir: str. As of `evaluate`.

    Returns:
        `Confidence`, or None if no row of the validation part has a label.

    Raises:
        InputError: as of `evaluate`.
    """
    builder = open_dataset(run, provenance(run), data_dir)
    [task, *_] = run.facts.tasks
    rows = row_facts(builder, PARTS[VALIDATION], [task])
    known, _ = known_and_unknown(rows[task], left_out_class(run, task))
    if not known.any():
        return None
    model = run.load_model()
    confidence = Confidence(
        temperatures={
            name: figures.get("calibration", {}).get("temperature", 1.0)
            for name, figures in result["tasks"].items()
        },
        score=unknown_scores.SCORE,
        task=task,
        quantiles={},
        classes=_classes(run, model, builder, task),
    )
    # The facts say that there is a score; its quantiles are what is sought.
    facts = dataclasses.replace(run.facts, unknown={ROW: ()})
    classifier = RowClassifier(
        facts, rows_function(model, confidence=confidence)
    )
    scores = predict_part(classifier, builder, PARTS[VALIDATION])[UNKNOWN]
    units = units_of(scores, known, rows.get("flow"))
    return dataclasses.replace(
        confidence,
        quantiles={of: quantiles(*own).tolist() for of, own in units.items()},
    )


def left_out_class(run, task):
    """Returns the class that a run's training did not see, None for none.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        task: str. The task of the classes, which the model may lack.
    """
    name = run.info["protocol"].get("leave_out")
    if name is None or task != APPLICATION or task not in run.facts.tasks:
        return None
    return run.facts.tasks[task].index(name)


def _classes(run, model, builder, task):
    rows = row_facts(builder, PARTS[TRAIN], [task])
    known, _ = known_and_unknown(rows[task], left_out_class(run, task))
    return fit_classes(model, builder, rows, known, task)
