"""Memory and time of building CICIDS2017 from all eight files.

  python -m benchmarks.cicids2017

The files may not be passed on, so eight files of the size and shape of the
genuine ones are generated first: 2,830,743 rows, 79 columns, labels in the
published proportions, some rows repeated or without a rate. Then `tfds build`
runs as a process of its own, whose time and largest memory are printed. Exits
with 1 if it needs more than `GOAL_GIB`.
"""

import argparse
import csv
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
import tqdm

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDER = ROOT / "datasets/cicids2017"
GOAL_GIB = 6.0
GIB = 2**30

# Sharafaldin and others, 2018: the rows of each file and label.
ROWS = {
    "Monday-WorkingHours": {"BENIGN": 529_918},
    "Tuesday-WorkingHours": {
        "BENIGN": 432_074,
        "FTP-Patator": 7_938,
        "SSH-Patator": 5_897,
    },
    "Wednesday-workingHours": {
        "BENIGN": 440_031,
        "DoS Hulk": 231_073,
        "DoS GoldenEye": 10_293,
        "DoS slowloris": 5_796,
        "DoS Slowhttptest": 5_499,
        "Heartbleed": 11,
    },
    "Thursday-WorkingHours-Morning-WebAttacks": {
        "BENIGN": 168_186,
        "Web Attack \x96 Brute Force": 1_507,
        "Web Attack \x96 XSS": 652,
        "Web Attack \x96 Sql Injection": 21,
    },
    "Thursday-WorkingHours-Afternoon-Infilteration": {
        "BENIGN": 288_566,
        "Infiltration": 36,
    },
    "Friday-WorkingHours-Morning": {"BENIGN": 189_067, "Bot": 1_966},
    "Friday-WorkingHours-Afternoon-PortScan": {
        "BENIGN": 127_537,
        "PortScan": 158_930,
    },
    "Friday-WorkingHours-Afternoon-DDos": {"BENIGN": 97_718, "DDoS": 128_027},
}
REPEATED = 0.1
CHUNK = 50_000


def main(arguments=None):
    """Generates the files, builds the dataset, and prints what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default="clean", help="default: clean")
    parser.add_argument(
        "--fraction",
        type=float,
        default=1.0,
        help="share of the rows to generate (default: 1)",
    )
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        size, rows = _generate(folder / "csv", args.fraction)
        print(f"generated {rows:,} rows, {size / 1e6:,.0f} MB of CSV")
        seconds, memory = _build(folder, args.config)
    print(
        f"tfds build, config {args.config}: {seconds:,.0f} s, at most "
        f"{memory / GIB:.2f} GiB (goal: {GOAL_GIB:g})"
    )
    return int(memory > GOAL_GIB * GIB)


def _generate(folder, fraction):
    """Writes the eight files; returns their bytes and rows."""
    folder.mkdir()
    with (FOLDER / "features.csv").open(newline="") as file:
        features = [row["feature"] for row in csv.DictReader(file)]
    rng = np.random.default_rng(0)
    rows = 0
    total = sum(sum(labels.values()) for labels in ROWS.values())
    with tqdm.tqdm(total=round(total * fraction), unit=" rows") as progress:
        for name, labels in ROWS.items():
            path = folder / f"{name}.pcap_ISCX.csv"
            names = np.repeat(
                list(labels),
                [max(1, round(n * fraction)) for n in labels.values()],
            )
            rng.shuffle(names)
            for start in range(0, len(names), CHUNK):
                part = names[start : start + CHUNK]
                _table(rng, part, features).to_csv(
                    path,
                    mode="a",
                    index=False,
                    header=not start,
                    encoding="latin-1",
                )
                rows += len(part)
                progress.update(len(part))
    return sum(path.stat().st_size for path in folder.iterdir()), rows


def _table(rng, labels, features):
    """A table of numbers with as many digits as the genuine ones have."""
    count = len(labels)
    columns = {}
    for index, name in enumerate(features):
        if index % 6 == 0:
            columns[name] = rng.integers(0, 60_000, count)
        elif index % 6 == 1:
            columns[name] = np.round(rng.exponential(1e5, count), 2)
        else:
            columns[name] = rng.integers(0, 2, count)
    columns["Flow Bytes/s"] = np.round(rng.exponential(1e5, count), 2)
    frame = pd.DataFrame({**columns, "Label": labels})
    source = rng.integers(0, count, round(count * REPEATED))
    frame.iloc[rng.integers(0, count, len(source))] = frame.iloc[source]
    frame.loc[rng.integers(0, count, 20), "Flow Bytes/s"] = np.inf
    frame.loc[rng.integers(0, count, 10), "Flow Bytes/s"] = np.nan
    frame["Fwd Header Length.1"] = frame["Fwd Header Length"]
    return frame


def _build(folder, config):
    """Runs `tfds build`; returns its seconds and its peak of memory."""
    started = time.perf_counter()
    subprocess.run(
        [
            *(sys.executable, "-m", "tensorflow_datasets.scripts.cli.main"),
            *("build", FOLDER, f"--config={config}"),
            *(f"--manual_dir={folder / 'csv'}", f"--data_dir={folder}"),
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, usage.ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
