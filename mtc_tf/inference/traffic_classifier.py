"""The package as a library: a trained model, and what one asks it."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.inference.answers import answers
from mtc_tf.inference.label_records import label_record_table
from mtc_tf.inference.label_stream import label_stream
from mtc_tf.inference.model_rows import model_rows
from mtc_tf.inference.rejection import SHIPPED_RATE
from mtc_tf.inference.rejection import highest_score
from mtc_tf.inference.stored_model import find_shipped_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.confidence import ROW


class TrafficClassifier:
    """A trained model that labels captures, tables of records, and rows.

    `load` makes one. Captures and tables are labelled as `mtc classify` labels
    them. Of rows there are `predict`, `predict_proba` and `classes_`, as of a
    classifier of scikit-learn; since the model has several tasks, each gives a
    dict with an entry for each of them, and `task=` picks one.

    Args:
        row_classifier: `mtc_tf.inference.row_classifier.RowClassifier`.
        reject: float. The share of the traffic that the model knows which may
            be answered `unknown`; None where all get a class.

    Attributes:
        facts: `mtc_tf.runs.model_facts.ModelFacts`, what the model is for.
        classes_: dict from task name to array of str: the classes, in the
            order of the columns of `predict_proba`.
    """

    def __init__(self, row_classifier, reject=None):
        self.facts = row_classifier.facts
        self.classes_ = {
            task: np.array(names) for task, names in self.facts.tasks.items()
        }
        self._rows = row_classifier
        self._reject = reject
        # Now, since what is wrong with it should show at once.
        self._highest = (
            None if reject is None else highest_score(self.facts, reject, ROW)
        )

    @classmethod
    def load(cls, path=None, *, reject=None, description=None):
        """Opens a model.

        Args:
            path: str or path, as of `load_classifier`: a run directory, an
                export, one of its `.tflite` files, or the address of a server,
                `http(s)://HOST:PORT/NAME` or `grpc://HOST:PORT/NAME`. By
                default the model of the package, which answers `unknown` to a
                tenth of what it knows, unless `reject` says otherwise.
            reject: float above 0 and below 1, as of the class.
            description: as of `load_classifier`, for an address.

        Returns:
            `TrafficClassifier`.

        Raises:
            InputError: as of `load_classifier`, or if the model tells nothing
                unknown.
        """
        if path is not None or description is not None:
            return cls(load_classifier(path, description), reject)
        model, _ = find_shipped_model()
        return cls(model.load(), SHIPPED_RATE if reject is None else reject)

    def classify(self, file, *, by=None):
        """Labels a capture, or a table of records.

        Args:
            file: path; of a capture also a binary file object.
            by: str, `packet` or `flow`: what a row of a capture stands for, by
                default what the model answers.

        Returns:
            `pandas.DataFrame`, the rows of `stream`: `time` in UTC, ports as
            integers that may be missing, for each task the class and
            `<task>_probability`, missing where nothing was answered.

        Raises:
            InputError: as of `stream`.
        """
        # Only now: it takes longer to import than all the rest.
        from mtc_tf.inference.row_frame import row_frame

        return row_frame(self._blocks(file, by), self.facts)

    def stream(
        self,
        file,
        *,
        by=None,
        packets_per_flow=None,
        flow_timeout=None,
        max_flows=None,
    ):
        """Labels a capture, or a table of records, row by row.

        Args:
            file: as of `classify`; of a capture also what comes through a pipe.
            by: as of `classify`.
            packets_per_flow: as of `flow_limits_of`, for rows of flows.
            flow_timeout: likewise.
            max_flows: likewise.

        Yields:
            dict, as soon as it is decided: of captures as of `label_capture`,
            of records as of `label_record_table`.

        Raises:
            InputError: if the file cannot be read, or the model does not
                answer for such rows.
        """
        for block in self._blocks(
            file,
            by,
            packets_per_flow=packets_per_flow,
            flow_timeout=flow_timeout,
            max_flows=max_flows,
        ):
            yield from block

    def predict(self, rows, task=None):
        """Names the class of each row.

        Args:
            rows: array `(rows, …)` as the model takes them, see `facts`: uint8
                `(rows, 1500)` of packets, float32 `(rows, packets, 68)` of
                flows, float32 `(rows, features)` of records; of these also a
                `pandas.DataFrame` with the features as columns.
            task: str. The task to answer.

        Returns:
            dict from task name to array of str `(rows,)`, or that of `task`.
            With `reject`, `unknown` where a row looks like no class.

        Raises:
            InputError: if there is no such task, or the rows are of another
                shape, hold values that the type does not, or not finite ones.
        """
        answered = answers(self._answer(rows), self.facts.tasks, self._highest)
        return self._picked(
            {
                name: np.array([row[name] for row in answered], np.str_)
                for name in self.facts.tasks
            },
            task,
        )

    def predict_proba(self, rows, task=None):
        """Tells how probable each class is.

        Args:
            rows: as of `predict`.
            task: as of `predict`.

        Returns:
            dict from task name to float32 array `(rows, classes)`, or that of
            `task`; columns in the order of `classes_`.

        Raises:
            InputError: as of `predict`.
        """
        answered = self._answer(rows)
        return self._picked(
            {name: answered[name] for name in self.facts.tasks}, task
        )

    def _blocks(self, file, by, **limits):
        """Lists of rows."""
        if self.facts.features:
            for name, value in {"by": by, **limits}.items():
                if value is not None:
                    raise InputError(
                        f"{name}={value!r} is for captures; the model is one "
                        "of records"
                    )
            return label_record_table(file, self._rows, reject=self._reject)
        return label_stream(
            file, self._rows, by=by, reject=self._reject, **limits
        )

    def _answer(self, rows):
        return self._rows.predict(model_rows(rows, self.facts))

    def _picked(self, by_task, task):
        if task is None:
            return by_task
        if task not in by_task:
            raise InputError(
                f"task: expected one of {', '.join(by_task)}, received {task!r}"
            )
        return by_task[task]
