"""What a TFLite model is tried on, and what is measured there."""

import dataclasses

from mtc_tf.errors import InputError
from mtc_tf.export.macro_f1 import macro_f1
from mtc_tf.export.macro_f1 import points_lost
from mtc_tf.export.parity import largest_differences
from mtc_tf.export.speed import measure_speed
from mtc_tf.export.validation_rows import ValidationRows
from mtc_tf.export.validation_rows import read_validation_rows
from mtc_tf.inference import litert
from mtc_tf.runs.model_facts import ModelFacts


@dataclasses.dataclass(frozen=True)
class Trial:
    """Rows, and what the Keras model answers to them.

    Args:
        facts: `ModelFacts`.
        rows: array, as of `Run.load_sample`.
        expected: dict from output to array: the answers to these rows.
        validation: `ValidationRows`, or None where the dataset is gone.
        exact_f1: dict, as of `macro_f1`, of the validation rows.
    """

    facts: ModelFacts
    rows: object
    expected: dict
    validation: ValidationRows | None = None
    exact_f1: dict = dataclasses.field(default_factory=dict)

    def representative(self):
        """Returns arguments that show the ranges of values."""
        rows = self.validation.rows if self.validation else self.rows
        return self.facts.arguments(rows)

    def figures(self, model, source):
        """Measures a TFLite model.

        Args:
            model: bytes.
            source: path of its file, for messages.

        Returns:
            dict that `json` can write: `differences`, the largest one of each
            output from the Keras model; `macro_f1_lost`, points of each task
            on so many validation `rows`, where there are any; and `speed`, as
            of `measure_speed`.

        Raises:
            InputError: if the model cannot be run.
            ParityError: if its outputs are not those of the Keras model.
        """
        function = litert.load_function(model, source)
        arguments = self.facts.arguments(self.rows)
        figures = {
            "differences": largest_differences(
                source, self.expected, function, arguments
            )
        }
        if self.exact_f1:
            rows = self.validation.rows
            answers = function(**self.facts.arguments(rows))
            own = macro_f1(self.validation, answers, self.facts.tasks)
            figures["macro_f1_lost"] = points_lost(self.exact_f1, own)
            figures["rows"] = len(rows)
        return {**figures, "speed": measure_speed(model, arguments, source)}


def prepare_trial(run, classifier, rows, expected):
    """Answers the validation part by the Keras model.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        classifier: `RowClassifier` of the Keras model.
        rows: array, as of `Trial`.
        expected: dict, as of `Trial`.

    Returns:
        tuple of `Trial`, and a str that says why there are no figures on the
        validation part; None where there are.
    """
    facts = classifier.facts
    try:
        validation = read_validation_rows(run)
        answers = classifier.predict(validation.rows)
        exact = macro_f1(validation, answers, facts.tasks)
    except InputError as error:
        reason = (
            "no macro F1 on the validation part, which --max_f1_loss goes by: "
            f"{error}"
        )
        return Trial(facts, rows, expected), reason
    return Trial(facts, rows, expected, validation, exact), None
