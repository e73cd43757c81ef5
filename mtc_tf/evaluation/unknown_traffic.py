"""How well a run finds the application that its training left out."""

import numpy as np

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.errors import InputError
from mtc_tf.evaluation.calibration import fit_temperature
from mtc_tf.evaluation.calibration import with_temperature
from mtc_tf.evaluation.confidence import left_out_class
from mtc_tf.evaluation.evaluate import row_facts
from mtc_tf.evaluation.part_readings import fit_classes
from mtc_tf.evaluation.part_readings import part_readings
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.evaluation.unknown_figures import FALSE_ALARMS
from mtc_tf.evaluation.unknown_figures import detection
from mtc_tf.evaluation.unknown_figures import known_and_unknown
from mtc_tf.evaluation.unknown_figures import quantiles
from mtc_tf.evaluation.unknown_figures import units_of
from mtc_tf.inference import unknown_scores
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import APPLICATION


def unknown_traffic(run, data_dir=None):
    """Scores validation and test part by each score of unknown traffic.

    Args:
        run: `mtc_tf.runs.run_directory.Run`, trained with `--leave_out`.
        data_dir: str. As of `mtc_tf.evaluation.evaluate.evaluate`.

    Returns:
        dict that `json` can write: from part, score and `row` or `flow` to
        what `detection` gives. The scores that `FALSE_ALARMS` of the known
        rows or flows of the validation part lie above are the bounds, of the
        test part too.

    Raises:
        InputError: if run or dataset cannot be read, or the training left no
            application out, or left none in the validation part.
    """
    left_out = left_out_class(run, APPLICATION)
    if left_out is None:
        raise InputError(f"{run.path} was not trained with --leave_out")
    builder = open_dataset(run, provenance(run), data_dir)
    model = run.load_model()
    rows = row_facts(builder, PARTS[TRAIN], [APPLICATION])
    known, _ = known_and_unknown(rows[APPLICATION], left_out)
    classes = fit_classes(model, builder, rows, known, APPLICATION)
    temperature, highest, result = None, {}, {}
    for part in (PARTS[VALIDATION], PARTS[TEST]):
        rows = row_facts(builder, part, [APPLICATION])
        flows = rows.get("flow")
        known, unknown = known_and_unknown(rows[APPLICATION], left_out)
        if temperature is None and not known.any():
            raise InputError(f"no known row in the part {part} of {run.path}")
        probabilities, scores = _part_scores(model, builder, part, classes)
        if temperature is None:
            weights = np.ones(known.sum())
            if flows is not None:
                weights = flow_weights(flows[known])
            temperature = fit_temperature(
                rows[APPLICATION][known], probabilities[known], weights
            )
        sure = with_temperature(probabilities, temperature)
        scores[unknown_scores.MAXIMUM_PROBABILITY] = 1 - sure.max(axis=1)
        result[part] = {}
        for score in unknown_scores.SCORES:
            ours = units_of(scores[score], known, flows)
            theirs = units_of(scores[score], unknown, flows)
            for of, own in ours.items():
                # First of the validation part.
                highest.setdefault(
                    (score, of), quantiles(*own, levels=1 - FALSE_ALARMS)
                )
            result[part][score] = {
                of: detection(own, theirs[of], highest[score, of])
                for of, own in ours.items()
            }
    return {"left_out": run.info["protocol"]["leave_out"], **result}


def _part_scores(model, builder, part, classes):
    """The probabilities of a part, and the scores that need no temperature."""
    found = [
        (
            readings.probabilities[APPLICATION].numpy(),
            unknown_scores.energy(readings.logits).numpy(),
            unknown_scores.class_distance(readings.features, classes).numpy(),
        )
        for readings in part_readings(model, builder, part, APPLICATION)
    ]
    probabilities, energies, distances = map(
        np.concatenate, zip(*found, strict=True)
    )
    return probabilities, {
        unknown_scores.ENERGY: energies,
        unknown_scores.CLASS_DISTANCE: distances,
    }
