"""Small tables in the form of CICIDS2017's files, and the dummy data.

`python tests/small_record_tables.py` writes the dummy data anew.
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

# What later versions of the tool write: end points, then the features in the
# order of FEATURES, then the label.
LATER_HEADERS = {
    "CSE-CIC-IDS2018": """
        Protocol,Timestamp,
        Dst Port,Flow Duration,Tot Fwd Pkts,Tot Bwd Pkts,TotLen Fwd Pkts,
        TotLen Bwd Pkts,Fwd Pkt Len Max,Fwd Pkt Len Min,Fwd Pkt Len Mean,
        Fwd Pkt Len Std,Bwd Pkt Len Max,Bwd Pkt Len Min,Bwd Pkt Len Mean,
        Bwd Pkt Len Std,Flow Byts/s,Flow Pkts/s,Flow IAT Mean,Flow IAT Std,
        Flow IAT Max,Flow IAT Min,Fwd IAT Tot,Fwd IAT Mean,Fwd IAT Std,
        Fwd IAT Max,Fwd IAT Min,Bwd IAT Tot,Bwd IAT Mean,Bwd IAT Std,
        Bwd IAT Max,Bwd IAT Min,Fwd PSH Flags,Bwd PSH Flags,Fwd URG Flags,
        Bwd URG Flags,Fwd Header Len,Bwd Header Len,Fwd Pkts/s,Bwd Pkts/s,
        Pkt Len Min,Pkt Len Max,Pkt Len Mean,Pkt Len Std,Pkt Len Var,
        FIN Flag Cnt,SYN Flag Cnt,RST Flag Cnt,PSH Flag Cnt,ACK Flag Cnt,
        URG Flag Cnt,CWE Flag Count,ECE Flag Cnt,Down/Up Ratio,Pkt Size Avg,
        Fwd Seg Size Avg,Bwd Seg Size Avg,Fwd Byts/b Avg,Fwd Pkts/b Avg,
        Fwd Blk Rate Avg,Bwd Byts/b Avg,Bwd Pkts/b Avg,Bwd Blk Rate Avg,
        Subflow Fwd Pkts,Subflow Fwd Byts,Subflow Bwd Pkts,Subflow Bwd Byts,
        Init Fwd Win Byts,Init Bwd Win Byts,Fwd Act Data Pkts,
        Fwd Seg Size Min,Active Mean,Active Std,Active Max,Active Min,
        Idle Mean,Idle Std,Idle Max,Idle Min,Label""",
    "CICFlowMeter 4": """
        Flow ID,Src IP,Src Port,Dst IP,Protocol,Timestamp,
        Dst Port,Flow Duration,Total Fwd Packet,Total Bwd packets,
        Total Length of Fwd Packet,Total Length of Bwd Packet,
        Fwd Packet Length Max,Fwd Packet Length Min,Fwd Packet Length Mean,
        Fwd Packet Length Std,Bwd Packet Length Max,Bwd Packet Length Min,
        Bwd Packet Length Mean,Bwd Packet Length Std,Flow Bytes/s,
        Flow Packets/s,Flow IAT Mean,Flow IAT Std,Flow IAT Max,Flow IAT Min,
        Fwd IAT Total,Fwd IAT Mean,Fwd IAT Std,Fwd IAT Max,Fwd IAT Min,
        Bwd IAT Total,Bwd IAT Mean,Bwd IAT Std,Bwd IAT Max,Bwd IAT Min,
        Fwd PSH Flags,Bwd PSH Flags,Fwd URG Flags,Bwd URG Flags,
        Fwd Header Length,Bwd Header Length,Fwd Packets/s,Bwd Packets/s,
        Packet Length Min,Packet Length Max,Packet Length Mean,
        Packet Length Std,Packet Length Variance,FIN Flag Count,
        SYN Flag Count,RST Flag Count,PSH Flag Count,ACK Flag Count,
        URG Flag Count,CWR Flag Count,ECE Flag Count,Down/Up Ratio,
        Average Packet Size,Fwd Segment Size Avg,Bwd Segment Size Avg,
        Fwd Bytes/Bulk Avg,Fwd Packet/Bulk Avg,Fwd Bulk Rate Avg,
        Bwd Bytes/Bulk Avg,Bwd Packet/Bulk Avg,Bwd Bulk Rate Avg,
        Subflow Fwd Packets,Subflow Fwd Bytes,Subflow Bwd Packets,
        Subflow Bwd Bytes,FWD Init Win Bytes,Bwd Init Win Bytes,
        Fwd Act Data Pkts,Fwd Seg Size Min,Active Mean,Active Std,Active Max,
        Active Min,Idle Mean,Idle Std,Idle Max,Idle Min,Label""",
}


def later_table(rows, generation):
    """The bytes of a file in the columns of a later version.

    Args:
        rows: list of rows as of `record`.
        generation: str. One of `LATER_HEADERS`.
    """
    names = [name.strip() for name in LATER_HEADERS[generation].split(",")]
    ends = ["6"] * (len(names) - len(FEATURES) - 1)
    rows = [[*ends, *row[: len(FEATURES)], row[-1]] for row in rows]
    return table(rows, header=",".join(names))


def record(label="BENIGN", **values):
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


def random_records(labels, seed=0):
    """A row for each label, whose class shows in the port and in a length."""
    rng = np.random.default_rng(seed)
    names = list(CLASS_OF_LABEL)
    return [
        record(
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
    monday = random_records(["BENIGN"] * 40, seed=1)
    monday += [monday[0], monday[1], monday[1]]
    monday.append(
        record(**{"Destination Port": 80, "Flow Bytes/s": "Infinity"})
    )
    monday.append(record(**{"Destination Port": 81, "Flow Bytes/s": ""}))
    (folder / "Monday-WorkingHours.pcap_ISCX.csv").write_bytes(table(monday))
    labels = ["BENIGN"] * 20 + ["DDoS"] * 12 + ["DoS Hulk"] * 4
    labels += ["PortScan"] * 9 + ["FTP-Patator"] * 5 + ["Bot"] * 4
    labels += ["Web Attack - XSS"] * 4 + ["Infiltration"] * 2
    rows = random_records(labels, seed=2)
    for row in rows:
        row[-1] = row[-1].replace("Web Attack -", "Web Attack \x96")
    (folder / "Friday-WorkingHours-Morning.pcap_ISCX.csv").write_bytes(
        table(rows, encoding="latin-1")
    )


if __name__ == "__main__":
    write_dummy_data(DUMMY_DATA)
