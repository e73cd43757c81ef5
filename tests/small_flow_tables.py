"""Small tables in the form of CICIDS2017's files, and the dummy data.

`python tests/small_flow_tables.py` writes the dummy data anew.
"""

import csv
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parents[1] / "datasets/cicids2017"
DUMMY_DATA = FOLDER / "dummy_data"

with (FOLDER / "features.csv").open(newline="") as file:
    ROLES = {row["feature"]: row["role"] for row in csv.DictReader(file)}
FEATURES = list(ROLES)
KEPT = [name for name, role in ROLES.items() if role == "kept"]
with (FOLDER / "labels.csv").open(newline="") as file:
    CLASS_OF_LABEL = {r["label"]: r["attack"] for r in csv.DictReader(file)}

DOUBLED = "Fwd Header Length"
# As in the genuine files: a space before most names, one name twice.
COLUMNS = [*FEATURES, DOUBLED, "Label"]
HEADER = ",".join(f" {name}" for name in COLUMNS)


def flow(label="BENIGN", **values):
    """One row as a list of text.

    Args:
        label: str.
        **values: features by their names; the others are 0. What is given for
            `Fwd Header Length` stands in both of its columns.
    """
    cells = dict.fromkeys(FEATURES, "0")
    for name, value in values.items():
        if name not in cells:
            raise KeyError(name)
        cells[name] = str(value)
    return [*cells.values(), cells[DOUBLED], label]


def table(rows, header=HEADER, encoding="utf-8"):
    """The bytes of a file with these rows."""
    lines = [header, *(",".join(row) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def random_flows(labels, seed=0):
    """A row for each label, whose class shows in the port and in a length."""
    rng = np.random.default_rng(seed)
    names = list(CLASS_OF_LABEL)
    return [
        flow(
            label,
            **{
                "Destination Port": names.index(label) * 1000
                + rng.integers(100),
                "Flow Duration": rng.integers(1, 10**6),
                "Fwd Packet Length Max": names.index(label) * 50
                + rng.integers(40),
                "Flow IAT Mean": round(rng.exponential(1e5), 3),
                "Fwd Header Length": rng.integers(20, 400),
                "Init_Win_bytes_forward": rng.integers(-1, 65536),
            },
        )
        for label in labels
    ]


def write_dummy_data(folder):
    """Writes two small files with what the genuine ones hold."""
    folder.mkdir(exist_ok=True)
    monday = random_flows(["BENIGN"] * 40, seed=1)
    monday += [monday[0], monday[1], monday[1]]
    monday.append(flow(**{"Destination Port": 80, "Flow Bytes/s": "Infinity"}))
    monday.append(flow(**{"Destination Port": 81, "Flow Bytes/s": ""}))
    (folder / "Monday-WorkingHours.pcap_ISCX.csv").write_bytes(table(monday))
    labels = ["BENIGN"] * 20 + ["DDoS"] * 12 + ["DoS Hulk"] * 4
    labels += ["PortScan"] * 9 + ["FTP-Patator"] * 5 + ["Bot"] * 4
    labels += ["Web Attack - XSS"] * 4 + ["Infiltration"] * 2
    rows = random_flows(labels, seed=2)
    for row in rows:
        row[-1] = row[-1].replace("Web Attack -", "Web Attack \x96")
    (folder / "Friday-WorkingHours-Morning.pcap_ISCX.csv").write_bytes(
        table(rows, encoding="latin-1")
    )


if __name__ == "__main__":
    write_dummy_data(DUMMY_DATA)
