"""What makes the answers of a run's model trustworthy: `Confidence`, fitted."""

import dataclasses

import numpy as np

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.evaluation.class_moments import ClassMoments
from mtc_tf.evaluation.evaluate import open_dataset
from mtc_tf.evaluation.evaluate import predict_part
from mtc_tf.evaluation.evaluate import row_facts
from mtc_tf.evaluation.unknown_figures import known_and_unknown
from mtc_tf.evaluation.unknown_figures import quantiles
from mtc_tf.evaluation.unknown_figures import units_of
from mtc_tf.inference import unknown_scores
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.traffic_classifier import RECORDS_PER_BATCH
from mtc_tf.inference.traffic_classifier import TrafficClassifier
from mtc_tf.models.head_reader import head_reader
from mtc_tf.runs.confidence import ROW
from mtc_tf.runs.confidence import UNKNOWN
from mtc_tf.runs.confidence import Confidence
from mtc_tf.runs.provenance import provenance


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
    classes = ()
    if unknown_scores.SCORE == unknown_scores.CLASS_DISTANCE:
        classes = fit_classes(model, builder, task, left_out_class(run, task))
    confidence = Confidence(
        temperatures={
            name: figures.get("calibration", {}).get("temperature", 1.0)
            for name, figures in result["tasks"].items()
        },
        score=unknown_scores.SCORE,
        task=task,
        quantiles={},
        classes=classes,
    )
    # The facts say that there is a score; its quantiles are what is sought.
    facts = dataclasses.replace(run.facts, unknown={ROW: ()})
    classifier = TrafficClassifier(
        facts, rows_function(model, confidence=confidence)
    )
    scores = predict_part(classifier, builder, PARTS[VALIDATION])[UNKNOWN]
    units = units_of(scores, known, rows.get("flow"))
    return dataclasses.replace(
        confidence,
        quantiles={of: quantiles(*own).tolist() for of, own in units.items()},
    )


def fit_classes(model, builder, task, left_out):
    """Finds where the classes of the training part lie.

    Args:
        model: a Keras model.
        builder: a builder from `open_dataset`.
        task: str. The task of the classes.
        left_out: int. The class that the training did not see, or None.

    Returns:
        tuple of `mtc_tf.runs.confidence.ClassDistance`, one for each member.
    """
    from mtc_tf.data.input_pipeline import read_part

    read = head_reader(model, task)
    part = PARTS[TRAIN]
    rows = row_facts(builder, part, [task])
    known, _ = known_and_unknown(rows[task], left_out)
    weights = np.zeros(len(known))
    weights[known] = 1
    if "flow" in rows:
        weights[known] = flow_weights(rows["flow"][known])
    moments, start = [], 0
    for inputs, _, _ in read_part(builder, part, (), RECORDS_PER_BATCH):
        features = read(inputs).features
        here = slice(start, start + len(features[0]))
        start = here.stop
        ours = known[here]
        moments = moments or [
            ClassMoments(rows[task].max() + 1) for _ in features
        ]
        for own, values in zip(moments, features, strict=True):
            own.add(
                values.numpy()[ours],
                rows[task][here][ours],
                weights[here][ours],
            )
    return tuple(own.distance() for own in moments)


def left_out_class(run, task):
    """Returns the class that a run's training did not see, None for none.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        task: str. The task of the classes.
    """
    name = run.info["protocol"].get("leave_out")
    return run.facts.tasks[task].index(name) if name else None
