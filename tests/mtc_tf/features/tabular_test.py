"""Each step of cleaning, on rows written by hand."""

import numpy as np
import pytest
from small_record_tables import CLASS_OF_LABEL
from small_record_tables import COLUMNS
from small_record_tables import FEATURES
from small_record_tables import HEADER
from small_record_tables import LATER_HEADERS
from small_record_tables import later_table
from small_record_tables import record
from small_record_tables import table

from mtc_tf.errors import InputError
from mtc_tf.features import tabular

CLASSES = list(dict.fromkeys(CLASS_OF_LABEL.values()))


@pytest.fixture
def read(tmp_path):
    """Reads tables, each given as its rows."""

    def read(*tables, **how):
        paths = []
        for number, rows in enumerate(tables):
            paths.append(tmp_path / f"{number}.csv")
            paths[-1].write_bytes(table(rows, **how))
        return tabular.read_records(paths, CLASS_OF_LABEL, CLASSES, FEATURES)

    return read


def _ports(records):
    return records.values[:, FEATURES.index("Destination Port")].tolist()


def _record(port, label="BENIGN", **values):
    return record(label, **{"Destination Port": port, **values})


def test_records_of_several_files(read):
    records = read([_record(1), _record(2, "DDoS")], [_record(3, "Bot")])
    assert _ports(records) == [1, 2, 3]
    assert [CLASSES[index] for index in records.classes] == [
        "Benign",
        "DoS/DDoS",
        "Botnet ARES",
    ]
    assert records.files.tolist() == [0, 0, 1]
    assert records.lines.tolist() == [2, 3, 2]
    assert records.values.dtype == np.float32


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("BENIGN", "Benign"),
        ("DoS Hulk", "DoS/DDoS"),
        ("DoS GoldenEye", "DoS/DDoS"),
        ("DoS slowloris", "DoS/DDoS"),
        ("DoS Slowhttptest", "DoS/DDoS"),
        ("DDoS", "DoS/DDoS"),
        ("Heartbleed", "DoS/DDoS"),
        ("PortScan", "PortScan"),
        ("FTP-Patator", "Brute force"),
        ("SSH-Patator", "Brute force"),
        ("Web Attack - Brute Force", "Web attack"),
        ("Web Attack \x96 XSS", "Web attack"),
        ("Web Attack � Sql Injection", "Web attack"),
        ("Bot", "Botnet ARES"),
        ("Infiltration", "Infiltration"),
    ],
)
def test_class_of_each_label(label, name, read):
    encoding = "latin-1" if "\x96" in label else "utf-8"
    [index] = read([_record(1, label)], encoding=encoding).classes
    assert CLASSES[index] == name


def test_repeated_rows(read):
    records = read(
        [_record(1), _record(2), _record(1), _record(3)],
        # Another label is another row; other digits are not.
        [
            _record(3, "Bot"),
            _record("2.0"),
            _record(4),
            _record("-0"),
            _record(0),
        ],
    )
    assert _ports(tabular.remove_repeated(records, keep="first")) == (
        [1, 2, 3, 3, 4, 0]
    )
    assert _ports(tabular.remove_repeated(records, keep="none")) == [3, 3, 4]


def test_rows_that_lack_a_value_are_repeated_too(read):
    records = read(
        [_record(1, **{"Flow Bytes/s": text}) for text in ("", "NaN")]
    )
    assert len(tabular.remove_repeated(records, keep="first")) == 1
    assert len(tabular.remove_repeated(records, keep="none")) == 0


def test_repeated_rows_differ_in_features_that_are_not_kept_too(read):
    records = read([_record(1), _record(1, **{"Bwd PSH Flags": 1})])
    assert len(tabular.remove_repeated(records, keep="none")) == 2


def test_missing_and_infinite_values(read):
    texts = ["5", "", "NaN", "Infinity", "inf", "-inf"]
    records = read(
        [
            _record(port, **{"Flow Packets/s": text})
            for port, text in enumerate(texts)
        ]
    )
    assert _ports(tabular.remove_missing(records)) == [0, 3, 4, 5]
    assert _ports(tabular.remove_infinite(records)) == [0, 1, 2]


def test_removed_class(read):
    records = read([_record(1), _record(2, "Infiltration"), _record(3, "Bot")])
    index = CLASSES.index(tabular.REMOVED_CLASS)
    assert _ports(tabular.remove_class(records, index)) == [1, 3]


def test_unknown_label(read):
    with pytest.raises(InputError, match="1.csv: line 3.*'Label': .* 'DoS X'"):
        read([_record(1)], [_record(2), _record(3, "DoS X")])


def test_file_without_records(read):
    with pytest.raises(InputError, match="1.csv: the file holds no record"):
        read([_record(1)], [])


@pytest.mark.parametrize("port", ["80.5", "-1", "65536"])
def test_port_that_is_none(port, read):
    with pytest.raises(InputError, match="line 2, .*Port': expected a port"):
        read([_record(port)])


def test_columns_that_should_be_equal(read):
    row = _record(1, **{"Fwd Header Length": 20})
    row[COLUMNS.index("Label") - 1] = "21"
    with pytest.raises(InputError, match="no genuine file .* holds that"):
        read([row])


@pytest.mark.parametrize("generation", LATER_HEADERS)
def test_records_of_a_later_generation(generation, read, tmp_path):
    """The same rows, with the same ids, and no column there twice."""
    rows = [_record(1, **{"Fwd Header Length": 20}), _record(2, "Bot")]
    path = tmp_path / "later.csv"
    path.write_bytes(later_table(rows, generation))
    records = tabular.read_records([path], CLASS_OF_LABEL, CLASSES, FEATURES)
    plain = read(rows)
    np.testing.assert_array_equal(records.values, plain.values)
    assert records.ids.tolist() == plain.ids.tolist()
    path.write_bytes(later_table([_record("80.5")], generation))
    with pytest.raises(InputError, match="line 2, .*Port': expected a port"):
        tabular.read_records([path], CLASS_OF_LABEL, CLASSES, FEATURES)


def test_column_that_should_be_there_twice(read):
    header = HEADER.replace(" Fwd Header Length, Label", " Label")
    with pytest.raises(InputError, match="'Fwd Header Length.1'"):
        read([_record(1)], header=header)


def test_variant_with_addresses(read, tmp_path):
    """The 85 columns of the files that name the end points."""
    extra = "Flow ID, Source IP, Source Port, Destination IP, Protocol, "
    header = extra + "Timestamp," + HEADER
    ends = ["1-2", "10.0.0.1", "1", "10.0.0.2", "6", "03/07/2017 08:55"]
    records = read([ends + _record(1)], header=header)
    assert _ports(records) == [1]
    plain = read([_record(1)])
    assert records.ids == plain.ids


def test_filter_leaves_out_constant_and_earlier_correlated_features():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 500)).astype(np.float32)
    values = {
        "copied": first,
        "still": 3 + first / 1000,  # standard deviation 0.001
        "alone": second,
        "copied again": 2 * first + second / 10,  # r = 0.9988
        "copy": 5 * first,
        "opposite": -first,
        "noisy": first + second / 4,  # r = 0.970
    }
    chosen = tabular.filter_features(
        np.stack(list(values.values()), axis=1), list(values)
    )
    assert chosen == ["alone", "copy", "opposite", "noisy"]
