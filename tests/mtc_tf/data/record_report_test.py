import pytest

from mtc_tf.data.record_report import ALL_FILES
from mtc_tf.data.record_report import format_record_report
from mtc_tf.data.record_report import record_report

COUNTS = {
    "Benign": {
        "train": {"real": 6, "synthetic": 0},
        "validation": {"real": 2, "synthetic": 0},
        "test": {"real": 1000, "synthetic": 0},
    },
    "Botnet ARES": {
        "train": {"real": 1, "synthetic": 4},
        "validation": {"real": 0, "synthetic": 0},
        "test": {"real": 0, "synthetic": 3},
    },
}


def _metadata(files, recipe="paper"):
    return {
        "split": "row",
        "split_seed": 4,
        "recipe": recipe,
        "features": ["a", "b"],
        "digests": {"train": "01", "test": "02"},
        "report": record_report(
            files,
            {
                "read": [1005, *[10] * (len(files) - 1)],
                "without repeated rows": [1003, *[8] * (len(files) - 1)],
            },
            {"Benign": 1010, "Botnet ARES": 1, "Infiltration": 0},
            COUNTS,
            {"Benign": 5, "Botnet ARES": 0},
            {"validation": 0, "test": 1234},
            recipe,
            ["CSE-CIC-IDS2018", *["CICIDS2017"] * (len(files) - 1)],
        ),
    }


REPORT = """\
Split by row, split seed 4; recipe paper; 2 features

file       read    kept
one.csv   1,005   1,003
two.csv      10       8
one.csv: columns named as in CSE-CIC-IDS2018

step                     here
read                    1,015
without repeated rows   1,011

attack         cleaned    train    validation    test    synthetic
Benign           1,010        6             2   1,000            0
Botnet ARES          1        5             0       3            7

train       sha256 01
test        sha256 02

Records that equal one of an earlier part: validation 0, test 1,234
Synthetic records in test: 3
Nothing in validation of: Botnet ARES
SMOTE found fewer than 5 neighbours (0: none added): Botnet ARES 0"""


def test_report():
    lines = format_record_report(_metadata(["one.csv", "two.csv"])).splitlines()
    assert "\n".join(line.rstrip() for line in lines) == REPORT


def test_published_counts_beside_ours():
    files = [file.upper() for file in ALL_FILES]
    metadata = _metadata([f"{files[0]}.gz", *files[1:]])
    lines = {
        tuple(line.split())
        for line in format_record_report(metadata).splitlines()
    }
    assert ("read", "1,075", "2,830,743") in lines
    assert ("without", "repeated", "rows", "1,059", "2,427,193") in lines
    [benign] = [line for line in lines if line[:1] == ("Benign",)]
    assert benign[-2:] == ("2,035,505", "1,330,000")
    [header] = [line for line in lines if line[:1] == ("attack",)]
    assert header[-2:] == ("published", "balanced")


@pytest.mark.parametrize(
    ("files", "recipe"),
    [(sorted(ALL_FILES), "clean"), (sorted(ALL_FILES)[1:], "paper")],
)
def test_published_counts_of_other_rows_are_not_shown(files, recipe):
    metadata = _metadata(files, recipe)
    assert not metadata["report"]["published"]
    assert "2,830,743" not in format_record_report(metadata)


def test_names_that_a_terminal_would_obey():
    text = format_record_report(_metadata(["one\x1b[2J\n.csv", "two.csv"]))
    lines = text.splitlines()
    assert all(map(str.isprintable, lines))
    assert r"one\x1b[2J\n.csv   1,005   1,003" in lines
