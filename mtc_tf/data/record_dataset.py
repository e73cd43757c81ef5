"""Record tables -> scaled and balanced records in three parts.

What CICIDS2017 is made of; its TFDS builder adds where the files come from and
how examples are stored.
"""

import dataclasses
import hashlib

import numpy as np

from mtc_tf.data.equal_rows import count_in_earlier_parts
from mtc_tf.data.equal_rows import row_ids
from mtc_tf.data.record_report import record_report
from mtc_tf.data.record_split import balance_and_divide
from mtc_tf.data.record_split import check_classes
from mtc_tf.data.record_split import divide_and_balance
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.data.splits import split_rows
from mtc_tf.errors import InputError
from mtc_tf.features import tabular
from mtc_tf.features.record_table import open_record_table
from mtc_tf.printable import as_unicode

RECIPES = ("paper", "clean")
BENIGN, MALICIOUS = "Benign", "Malicious"

# Enough to prove an export on.
SAMPLE_RECORDS = 64


class RecordDataset:
    """The labelled records of some files, divided into parts.

    The order of the files plays no part: records are kept in the order of the
    hash of their row.

    Args:
        paths: list of `pathlib.Path` or `epath.Path` of CSV files.
        class_of_label: dict from label to name of its class.
        features: list of str. The 77 features of the files.
        chosen: list of str. The features to keep; None lets
            `tabular.filter_features` choose by the records that the scaler is
            fitted to.
        without: list of str. Features to leave out whatever was chosen.
        recipe: str. `paper` scales and balances before it divides, so that
            synthetic records and those they were made from stand in different
            parts; `clean` divides first, fits everything to the training part
            and balances that alone, and no row of features stands in two
            parts.
        split_seed: int. Seed of split, scaler and balancing.

    Attributes:
        features: list of str. The features that were kept.
        metadata: dict that `json` can write: the arguments, the classes of
            each task, the features, the scaler, some real records of the
            validation part as they stood in the file (`sample`), the digests
            of the parts, the data report.

    Raises:
        InputError: if a file cannot be used, or too little is left for three
            parts.

    Paper: Sections 3.1.2, 3.2 and 4.1.2, Table 2.
    """

    def __init__(
        self,
        paths,
        class_of_label,
        features,
        chosen,
        *,
        recipe,
        without=(),
        split_seed=0,
    ):
        if recipe not in RECIPES:
            raise ValueError(
                f"`recipe` must be one of {RECIPES}. Received: {recipe!r}."
            )
        self._names = [as_unicode(path.name) for path in paths]
        classes = list(dict.fromkeys(class_of_label.values()))
        records = tabular.read_records(paths, class_of_label, classes, features)
        records, self._steps = _clean(records, classes, recipe)
        self._attacks = [x for x in classes if x != tabular.REMOVED_CLASS]
        check_classes(records.classes, classes, "after cleaning")

        parts = None
        if chosen is None:
            fitted = records.values
            if recipe == "clean":
                parts = split_rows(
                    records.ids, records.classes, seed=split_seed
                )
                fitted = fitted[parts == TRAIN]
            chosen = tabular.filter_features(fitted, features)
            del fitted
        self.features = [name for name in chosen if name not in without]
        columns = [features.index(name) for name in self.features]
        records = dataclasses.replace(
            records, values=records.values[:, columns]
        )
        if recipe == "paper":
            self._divided = balance_and_divide(
                records, self._attacks, seed=split_seed
            )
        else:
            self._divided, records, steps = divide_and_balance(
                records, self._attacks, seed=split_seed, parts=parts
            )
            for step, files in steps.items():
                self._steps[step] = _count(files, len(paths))
        self._files, self._lines = records.files, records.lines
        cleaned = np.bincount(records.classes, minlength=len(classes))
        shared = count_in_earlier_parts(
            row_ids(self._divided.rows), self._divided.parts
        )
        if recipe == "clean":
            self._check_disjoint(shared)
        self._check_parts()
        self.metadata = {
            "split": "row",
            "recipe": recipe,
            "split_seed": split_seed,
            "classes": {
                "attack": self._attacks,
                "malicious": [BENIGN, MALICIOUS],
            },
            "features": self.features,
            "scaler": {
                "features": self.features,
                "quantiles": self._divided.scaler.quantiles_.T.tolist(),
            },
            "sample": records.values[self._real_records(VALIDATION)].tolist(),
            "digests": {part: self._digest(part) for part in PARTS},
            "report": record_report(
                self._names,
                self._steps,
                dict(zip(classes, cleaned.tolist(), strict=True)),
                self._class_counts(),
                self._divided.neighbors,
                shared,
                recipe,
                [_generation(path) for path in paths],
            ),
        }

    def examples(self, part):
        """Yields the records of one part.

        Args:
            part: str. One of `PARTS`.

        Yields:
            tuple `(key, example)`: `"file/line"` or `"synthetic/number"`, and
            a dict of `features`, float32 `(features,)`, scaled; the label of
            each task; `file` and `line`, empty and 0 for a synthetic record.
        """
        of_part = self._divided.parts == PARTS.index(part)
        for row in np.flatnonzero(of_part).tolist():
            source = self._divided.sources[row]
            attack = int(self._divided.classes[row])
            file, line, key = "", 0, f"synthetic/{row}"
            if source >= 0:
                file = self._names[self._files[source]]
                line = int(self._lines[source])
                key = f"{file}/{line}"
            yield (
                key,
                {
                    "features": self._divided.rows[row],
                    "attack": attack,
                    "malicious": int(self._attacks[attack] != BENIGN),
                    "file": file,
                    "line": line,
                },
            )

    def _real_records(self, part):
        """Some records of a part that are not synthetic, as indices."""
        sources = self._divided.sources[self._divided.parts == part]
        return sources[sources >= 0][:SAMPLE_RECORDS]

    def _class_counts(self):
        """Real and synthetic records of each class in each part."""
        counts = {name: {} for name in self._attacks}
        for index, part in enumerate(PARTS):
            for kind, chosen in (
                ("real", self._divided.sources >= 0),
                ("synthetic", self._divided.sources < 0),
            ):
                found = np.bincount(
                    self._divided.classes[
                        chosen & (self._divided.parts == index)
                    ],
                    minlength=len(self._attacks),
                )
                for name, count in zip(self._attacks, found, strict=True):
                    counts[name].setdefault(part, {})[kind] = int(count)
        return counts

    def _check_parts(self):
        for index, part in enumerate(PARTS):
            if not (self._divided.parts == index).any():
                raise InputError(
                    f"{', '.join(self._names)}: too few records; the part "
                    f"{part!r} gets none"
                )

    def _check_disjoint(self, shared):
        for part, count in shared.items():
            if count:
                raise InputError(
                    f"{', '.join(self._names)}: {count} records of the part "
                    f"{part!r} equal records of an earlier part, so that the "
                    "parts are not disjoint, as `clean` calls them"
                )

    def _digest(self, part):
        """SHA-256 of the records of a part, in hex."""
        chosen = self._divided.parts == PARTS.index(part)
        digest = hashlib.sha256(self._divided.rows[chosen].tobytes())
        digest.update(self._divided.classes[chosen].astype(np.int8).tobytes())
        return digest.hexdigest()


def _clean(records, classes, recipe):
    """Cleans records, and counts what each step leaves of each file.

    Choice: `clean` keeps one copy of a repeated row; the paper's counts leave
    none.
    """
    files = int(records.files[-1]) + 1
    steps = {"read": _count(records.files, files)}
    keep = {"paper": "none", "clean": "first"}[recipe]
    records = tabular.remove_repeated(records, keep=keep)
    steps["without repeated rows"] = _count(records.files, files)
    records = tabular.remove_missing(records)
    steps["without missing values"] = _count(records.files, files)
    records = tabular.remove_infinite(records)
    steps["without infinite values"] = _count(records.files, files)
    if tabular.REMOVED_CLASS in classes:
        index = classes.index(tabular.REMOVED_CLASS)
        records = tabular.remove_class(records, index)
    steps[f"without {tabular.REMOVED_CLASS}"] = _count(records.files, files)
    return records.take(np.argsort(records.ids, kind="stable")), steps


def _generation(path):
    """What the columns of a file are named as in."""
    with open_record_table(path) as table:
        return table.generation


def _count(files, number_of_files):
    return np.bincount(files, minlength=number_of_files).tolist()
