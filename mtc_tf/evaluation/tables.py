"""The paper's tables, with the figures of our runs beside the paper's.

`configs/tables.csv` lists the rows: table, name of the row, flagfile, task, and
the paper's F1 and recall in per cent. A row without a flagfile has published
figures only, and a note that says why.
"""

import csv
import dataclasses
import pathlib
import statistics
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.flagfiles import read_flagfile
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import load_metrics
from mtc_tf.tasks import RECORD_TASKS

# What in a run's protocol makes it small.
_SMALL = ("max_steps", "fraction", "batch_size", "epochs", "schedule")


class _Dataset(TypedDict):
    name: str
    config: str


class _Macro(TypedDict):
    f1: float
    recall: float


class _Figure(TypedDict):
    interval: List[float] | None


class _Figures(TypedDict):
    macro_f1: _Figure


class _Task(TypedDict):
    # Where no row has a label there is none of either; earlier versions have no
    # figures.
    macro: NotRequired[_Macro]
    figures: NotRequired[_Figures]


class _Result(TypedDict):
    """What of `metrics.json` stands in a table."""

    dataset: _Dataset
    protocol: Object[object]
    tasks: Object[_Task]


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of a table for one task.

    Args:
        table: int.
        name: str. As the paper calls it.
        flagfile: str. Path below `configs/`, or empty.
        task: str.
        f1: str. The paper's F1 in per cent, or empty.
        recall: str. The paper's recall in per cent, or empty.
        note: str. Why there is nothing of ours.
    """

    table: int
    name: str
    flagfile: str
    task: str
    f1: str
    recall: str
    note: str


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One training that rows of one or several tables stand for.

    Args:
        name: str. The flagfile's path without suffix, of the first such row.
        flagfile: `pathlib.Path`.
        dataset: str. NAME/CONFIG of the prepared dataset.
    """

    name: str
    flagfile: pathlib.Path
    dataset: str

    def workdir(self, runs, seed):
        """Returns the run directory of a seed."""
        return runs / self.dataset.replace("/", "-") / self.name / f"{seed}"


class Tables:
    """The rows of all tables, and which experiments they stand for.

    Args:
        configs: `pathlib.Path` of the folder of flagfiles.
        packets: str. Dataset that replaces the flagfiles' one of packets.
        records: str. Dataset that replaces the flagfiles' one of records.
        only: str. `packets`, `flows` or `records`, to leave out the rows of the
            others.
        flows: str. Dataset that replaces the flagfiles' one of flows.

    Raises:
        InputError: if `tables.csv` or a flagfile cannot be read.
    """

    def __init__(
        self, configs, packets=None, records=None, only=None, flows=None
    ):
        self._configs = configs
        self._datasets = {
            "packets": packets,
            "flows": flows,
            "records": records,
        }
        path = configs / "tables.csv"
        if not path.is_file():
            raise InputError(f"{path} is missing")
        with path.open(newline="") as file:
            rows = [
                Row(**{**row, "table": int(row["table"])})
                for row in csv.DictReader(file)
            ]
        self.rows = [row for row in rows if only in (None, self._kind(row))]
        self._experiments = {}
        first_of = {}
        for row in self.rows:
            if row.flagfile and row.flagfile not in self._experiments:
                experiment = self._experiment(row)
                flags = self._flags(experiment)
                first_of.setdefault(flags, experiment)
                self._experiments[row.flagfile] = first_of[flags]

    def experiment(self, row):
        """Returns the `Experiment` of a row, None where there is none.

        Rows whose flags are the same share one.
        """
        return self._experiments.get(row.flagfile)

    def _experiment(self, row):
        path = self._configs / row.flagfile
        dataset = self._datasets[self._kind(row)]
        dataset = dataset or read_flagfile(path)["dataset"]
        return Experiment(row.flagfile.removesuffix(".flags"), path, dataset)

    def _kind(self, row):
        """What the model of a row looks at."""
        if row.task in {task.name for task in RECORD_TASKS}:
            return "records"
        path = self._configs / row.flagfile
        if row.flagfile and read_flagfile(path)["dataset"].endswith("_series"):
            return "flows"
        return "packets"

    def _flags(self, experiment):
        """What tells an experiment from another one."""
        flags = read_flagfile(experiment.flagfile)
        return tuple(sorted({**flags, "dataset": experiment.dataset}.items()))


def table_lines(tables, number, runs):
    """Gives the lines of a table: a dict for each row and task.

    Args:
        tables: `Tables`.
        number: int. The table's number in the paper.
        runs: `pathlib.Path` of the folder of run directories.

    Returns:
        list of dicts from column to text. Where there is no run, its columns
        hold `-`.

    Raises:
        InputError: if there is no such table, or a run's figures cannot be
            read.
    """
    rows = [row for row in tables.rows if row.table == number]
    if not rows:
        known = sorted({row.table for row in tables.rows})
        raise InputError(f"expected a table of {known}, received {number}")
    return [_line(tables, row, runs) for row in rows]


def _line(tables, row, runs):
    experiment = tables.experiment(row)
    results = _results(experiment, runs) if experiment else []
    tasks = [result["tasks"].get(row.task, {}) for result in results]
    tasks = [task for task in tasks if "macro" in task]
    line = {
        "row": row.name,
        "task": row.task,
        "split": _split(results[0]) if results else "-",
        "F1 paper": row.f1 or "-",
        "F1": _mean_f1(tasks),
        "recall paper": row.recall or "-",
        "recall": _mean([task["macro"]["recall"] for task in tasks], None),
        "seeds": str(len(tasks)),
        "run": row.note or _protocol(results),
    }
    return line


def _results(experiment, runs):
    """The metrics of an experiment's runs, in the order of their seeds."""
    folder = experiment.workdir(runs, 0).parent
    return [
        load_metrics(path.parent, _Result)
        for path in sorted(folder.glob(f"*/{METRICS_FILE}"))
    ]


def _split(result):
    return "{name}/{config}".format(**result["dataset"])


def _mean_f1(tasks):
    figures = tasks[0].get("figures") if len(tasks) == 1 else None
    return _mean(
        [task["macro"]["f1"] for task in tasks],
        figures and figures["macro_f1"]["interval"],
    )


def _mean(values, interval):
    """Mean, spread and interval of shares; that of one run is its own."""
    if not values:
        return "-"
    text = f"{100 * statistics.mean(values):.2f}"
    if len(values) > 1:
        # Only now: SciPy takes a second.
        from mtc_tf.evaluation.run_means import mean_interval

        text += f" ± {100 * statistics.stdev(values):.2f}"
        interval = mean_interval(values)
    if interval is None:
        return text
    low, high = interval
    return f"{text} [{100 * low:.2f}, {100 * high:.2f}]"


def _protocol(results):
    """How the runs were trained, as far as that makes them small."""
    if not results:
        return "missing"
    protocols = {
        ", ".join(
            f"{name} {result['protocol'][name]}"
            for name in _SMALL
            if name in result["protocol"]
        )
        for result in results
    }
    return "; ".join(sorted(protocols))
