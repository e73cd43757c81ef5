"""A bench: models on several splits and training seeds, and one table of them.

A file lists the rows, `name,dataset,split_seeds,seeds,flags`:

    name,dataset,split_seeds,seeds,flags
    Lite,iscx_vpn_nonvpn/flow,1 2 3,0 1,--flagfile=configs/iscx/lite.flags

A recipe that was chosen on the validation part of one split seed is confirmed
on others.
"""

import csv
import dataclasses
import pathlib
import shlex

from mtc_tf.errors import InputError

_COLUMNS = ("name", "dataset", "split_seeds", "seeds", "flags")


@dataclasses.dataclass(frozen=True)
class BenchRun:
    """One training.

    Args:
        model: str. The name of the row.
        dataset: str. NAME/CONFIG of the prepared dataset, of split seed 0.
        split_seed: int.
        seed: int. Of the training.
        flags: tuple of str. For `mtc train`.
    """

    model: str
    dataset: str
    split_seed: int
    seed: int
    flags: tuple

    @property
    def prepared(self):
        """NAME/CONFIG of the prepared dataset of this split seed."""
        return self.dataset + (
            f"_seed{self.split_seed}" if self.split_seed else ""
        )

    def workdir(self, runs):
        """Returns the run directory below the folder of all."""
        folder = runs / self.prepared.replace("/", "-")
        return folder / self.model / str(self.seed)


def read_bench(path):
    """Reads the file of a bench.

    Args:
        path: str or path. CSV with the columns above; seeds are separated by
            spaces.

    Returns:
        list of `BenchRun`, those of one prepared dataset in a row.

    Raises:
        InputError: if it cannot be read, or a row is not as above.
    """
    path = pathlib.Path(path)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise InputError(
                    f"{path}: expected the columns {','.join(_COLUMNS)}; "
                    f"received {','.join(reader.fieldnames or ())}"
                )
            runs = [
                run
                for row in reader
                for run in _runs(row, f"{path}, line {reader.line_num}")
            ]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from error
    if not runs:
        raise InputError(f"{path} lists nothing to run")
    # Baselines are trained once for each dataset, so its runs come together.
    order = list(dict.fromkeys(run.prepared for run in runs))
    return sorted(runs, key=lambda run: order.index(run.prepared))


def _runs(row, place):
    if None in row or None in row.values():
        raise InputError(f"{place}: expected {len(_COLUMNS)} columns")
    name, dataset = row["name"], row["dataset"]
    if not name or "/" in name:
        raise InputError(
            f"{place}: name is what folders are called; received {name!r}"
        )
    if dataset.count("/") != 1:
        raise InputError(
            f"{place}: dataset takes NAME/CONFIG; received {dataset!r}"
        )
    seeds = {}
    for column in ("split_seeds", "seeds"):
        numbers = row[column].split()
        if not numbers or not all(map(str.isdecimal, numbers)):
            raise InputError(
                f"{place}: {column} takes numbers with spaces between them; "
                f"received {row[column]!r}"
            )
        seeds[column] = list(map(int, numbers))
    try:
        flags = tuple(shlex.split(row["flags"]))
    except ValueError as error:
        raise InputError(f"{place}: flags: {error}") from error
    return [
        BenchRun(name, dataset, split_seed, seed, flags)
        for split_seed in seeds["split_seeds"]
        for seed in seeds["seeds"]
    ]
