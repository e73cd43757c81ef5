"""Record tables -> scaled and balanced records in three parts.

What CICIDS2017 is made of; its TFDS builder adds where the files come from and
how examples are stored.
"""

import dataclasses
import hashlib

import numpy as np

from mtc_tf.data.balancing import balance_records
from mtc_tf.data.balancing import balanced_counts
from mtc_tf.data.balancing import smote_neighbors
from mtc_tf.data.equal_rows import count_in_earlier_parts
from mtc_tf.data.equal_rows import first_of_equal
from mtc_tf.data.equal_rows import row_ids
from mtc_tf.data.record_report import record_report
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.data.splits import split_packets
from mtc_tf.data.splits import split_rows
from mtc_tf.errors import InputError
from mtc_tf.features import tabular
from mtc_tf.features.record_table import open_record_table
from mtc_tf.features.scaler import fit_scaler
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
        _check_classes(records.classes, classes, "after cleaning")

        divided = None
        if chosen is None:
            fitted = records.values
            if recipe == "clean":
                divided = split_rows(
                    records.ids, records.classes, seed=split_seed
                )
                fitted = fitted[divided == TRAIN]
            chosen = tabular.filter_features(fitted, features)
            del fitted
        self.features = [name for name in chosen if name not in without]
        columns = [features.index(name) for name in self.features]
        records = dataclasses.replace(
            records, values=records.values[:, columns]
        )
        if recipe == "paper":
            scaler = self._balance_and_divide(records, split_seed)
        else:
            records, scaler = self._divide_and_balance(
                records, divided, split_seed
            )
        self._files, self._lines = records.files, records.lines
        cleaned = np.bincount(records.classes, minlength=len(classes))
        shared = count_in_earlier_parts(row_ids(self._rows), self._parts)
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
                "quantiles": scaler.quantiles_.T.tolist(),
            },
            "sample": records.values[self._real_records(VALIDATION)].tolist(),
            "digests": {part: self._digest(part) for part in PARTS},
            "report": record_report(
                self._names,
                self._steps,
                dict(zip(classes, cleaned.tolist(), strict=True)),
                self._class_counts(),
                self._neighbors,
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
        for row in np.flatnonzero(self._parts == PARTS.index(part)).tolist():
            source = self._sources[row]
            attack = int(self._classes[row])
            file, line, key = "", 0, f"synthetic/{row}"
            if source >= 0:
                file = self._names[self._files[source]]
                line = int(self._lines[source])
                key = f"{file}/{line}"
            yield (
                key,
                {
                    "features": self._rows[row],
                    "attack": attack,
                    "malicious": int(self._attacks[attack] != BENIGN),
                    "file": file,
                    "line": line,
                },
            )

    def _balance_and_divide(self, records, seed):
        """What the paper's counts ask for: the parts share neighbours."""
        scaler = fit_scaler(records.values, seed=seed)
        self._rows, self._classes, self._sources = self._balance(
            scaler.transform(records.values), records.classes, seed
        )
        ids = np.arange(len(self._rows), dtype=np.uint64)
        self._parts = split_packets(ids, seed=seed)
        return scaler

    def _divide_and_balance(self, records, divided, seed):
        """Nothing that is fitted sees a row of validation or test.

        Choice: where the data choose the features, it is known only after the
        division which rows are equal; the training part then keeps them.
        """
        ids = row_ids(records.values)
        if divided is None:
            _, first, group = np.unique(
                ids, return_index=True, return_inverse=True
            )
            divided = split_rows(
                records.ids[first], records.classes[first], seed=seed
            )[group]
        kept, divided = first_of_equal(ids, records.classes, divided)
        records = self._step("without equal feature rows", records, kept)
        scaler = fit_scaler(records.values[divided == TRAIN], seed=seed)
        rows = scaler.transform(records.values)
        ids = row_ids(rows)
        kept, divided = first_of_equal(ids, records.classes, divided)
        records = self._step("without equal scaled rows", records, kept)
        _check_classes(
            records.classes[divided == TRAIN], self._attacks, "to train on"
        )
        self._balance_training_part(
            rows[kept], ids[kept], records.classes, divided, seed
        )
        return records, scaler

    def _step(self, name, records, kept):
        records = records.take(kept)
        self._steps[name] = _count(records, len(self._names))
        return records

    def _balance_training_part(self, rows, ids, classes, divided, seed):
        train = np.flatnonzero(divided == TRAIN)
        others = np.flatnonzero(divided != TRAIN)
        balanced, balanced_classes, sources = self._balance(
            rows[train], classes[train], seed
        )
        # A synthetic record can hit upon one of another part.
        synthetic = row_ids(balanced[sources < 0])
        others = others[~np.isin(ids[others], synthetic)]
        self._rows = np.concatenate([balanced, rows[others]])
        self._classes = np.concatenate([balanced_classes, classes[others]])
        self._sources = np.concatenate(
            [np.where(sources < 0, -1, train[sources]), others]
        )
        self._parts = np.concatenate(
            [np.full(len(balanced), TRAIN, np.int8), divided[others]]
        )

    def _balance(self, rows, classes, seed):
        counts = balanced_counts(len(rows))
        counts = [counts[name] for name in self._attacks]
        found = np.bincount(classes, minlength=len(counts))
        self._neighbors = {
            self._attacks[index]: neighbors
            for index, neighbors in smote_neighbors(found, counts).items()
        }
        return balance_records(rows, classes, counts, seed=seed)

    def _real_records(self, part):
        """Some records of a part that are not synthetic, as indices."""
        sources = self._sources[self._parts == part]
        return sources[sources >= 0][:SAMPLE_RECORDS]

    def _class_counts(self):
        """Real and synthetic records of each class in each part."""
        counts = {name: {} for name in self._attacks}
        for index, part in enumerate(PARTS):
            for kind, chosen in (
                ("real", self._sources >= 0),
                ("synthetic", self._sources < 0),
            ):
                found = np.bincount(
                    self._classes[chosen & (self._parts == index)],
                    minlength=len(self._attacks),
                )
                for name, count in zip(self._attacks, found, strict=True):
                    counts[name].setdefault(part, {})[kind] = int(count)
        return counts

    def _check_parts(self):
        for index, part in enumerate(PARTS):
            if not (self._parts == index).any():
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
        chosen = self._parts == PARTS.index(part)
        digest = hashlib.sha256(self._rows[chosen].tobytes())
        digest.update(self._classes[chosen].astype(np.int8).tobytes())
        return digest.hexdigest()


def _clean(records, classes, recipe):
    """Cleans records, and counts what each step leaves of each file.

    Choice: `clean` keeps one copy of a repeated row; the paper's counts leave
    none.
    """
    files = int(records.files[-1]) + 1
    steps = {"read": _count(records, files)}
    keep = {"paper": "none", "clean": "first"}[recipe]
    records = tabular.remove_repeated(records, keep=keep)
    steps["without repeated rows"] = _count(records, files)
    records = tabular.remove_missing(records)
    steps["without missing values"] = _count(records, files)
    records = tabular.remove_infinite(records)
    steps["without infinite values"] = _count(records, files)
    if tabular.REMOVED_CLASS in classes:
        index = classes.index(tabular.REMOVED_CLASS)
        records = tabular.remove_class(records, index)
    steps[f"without {tabular.REMOVED_CLASS}"] = _count(records, files)
    return records.take(np.argsort(records.ids, kind="stable")), steps


def _generation(path):
    """What the columns of a file are named as in."""
    with open_record_table(path) as table:
        return table.generation


def _count(records, files):
    return np.bincount(records.files, minlength=files).tolist()


def _check_classes(indices, classes, when):
    found = [classes[index] for index in np.unique(indices)]
    if len(found) < 2:
        raise InputError(
            f"records of two classes at least are needed; {when} there are "
            f"{len(indices)} records, of {', '.join(found) or 'none'}"
        )
