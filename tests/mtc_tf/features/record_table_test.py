import csv
import gzip
import time

import numpy as np
import pytest
from small_record_tables import FEATURES
from small_record_tables import KEPT
from small_record_tables import LATER_HEADERS
from small_record_tables import later_table
from small_record_tables import random_records
from small_record_tables import table

from mtc_tf.errors import InputError
from mtc_tf.features import record_table
from mtc_tf.features.record_table import check_record_table
from mtc_tf.features.record_table import open_record_table


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a table; returns lines, values and labels."""

    def read(content, columns=("a", "b"), with_labels=False):
        path = tmp_path / "records.csv"
        path.write_bytes(content)
        with open_record_table(path) as opened:
            chunks = list(opened.chunks(columns, with_labels=with_labels))
        return (
            [line for chunk in chunks for line in chunk.lines.tolist()],
            [row for chunk in chunks for row in chunk.values.tolist()],
            [x for chunk in chunks if with_labels for x in chunk.labels],
        )

    return read


def test_columns_in_any_order_among_others(read):
    lines, values, _ = read(b" b, note,a \n1,x,2\n3,y,4.5\n")
    assert (lines, values) == ([2, 3], [[2, 1], [4.5, 3]])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_mark(end, start, read):
    content = start + end.join([b"a,b", b"1,2", b"", b"3,4", b""])
    assert read(content)[:2] == ([2, 4], [[1, 2], [3, 4]])


def test_texts_of_missing_and_infinite_values(read):
    _, values, _ = read(b"a,b\nNaN,Infinity\n,inf\nnan,-inf\n")
    np.testing.assert_array_equal(
        values, [[np.nan, np.inf], [np.nan, np.inf], [np.nan, -np.inf]]
    )


def test_rows_without_any_value_are_passed_over(read):
    lines, _, labels = read(b"a,b,Label\n1,2,x\n,,\n3,4,y\n", with_labels=True)
    assert (lines, labels) == ([2, 4], ["x", "y"])
    lines, values, _ = read(b"a,b,c\n1,2,3\n,,3\n,,\n3,4,\n")
    assert lines == [2, 3, 5]
    assert np.isnan(values[1]).all()


@pytest.mark.parametrize(
    ("dash", "text"),
    [(b"\x96", "�"), ("�".encode(), "�"), (b"-", "-"), ("–".encode(), "–")],
)
def test_labels_in_every_encoding(dash, text, read):
    content = b"a,b, Label\n1,2, Web Attack " + dash + b" XSS\n"
    assert read(content, with_labels=True)[2] == [f"Web Attack {text} XSS"]


def test_lines_are_counted_across_chunks(read, monkeypatch):
    monkeypatch.setattr(record_table, "CHUNK_ROWS", 2)
    lines, values, _ = read(b"a,b\n1,1\n2,2\n\n3,3\n4,4\n")
    assert lines == [2, 3, 5, 6]
    assert [a for a, _ in values] == [1, 2, 3, 4]
    with pytest.raises(InputError, match="line 5, column 'b'.*received 'x'"):
        read(b"a,b\n1,1\n2,2\n3,3\n4,x\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n1,2\n", "the file is empty, or its first line is"),
        (b"a,c\n1,2\n", r"1 of 2 are missing: 'b'. It has 2: 'a', 'c'"),
        (b"a;b\n1;2\n", r"2 of 2 are missing: 'a', 'b'. It has 1: 'a;b'"),
        (b"a,b, a\n1,2,3\n", "the column 'a' is there twice"),
        (b"a,b,a.1\n1,2,3\n", "the column 'a' is there twice"),
        (b"a,b\n1,2\nabc,4\n", "line 3, column 'a': expected a number, .*'abc"),
        (b"a,b\nTrue,2\nFalse,4\n", "line 2, column 'a': .*received 'True'"),
        (b"a,b\n1,2,3\n", "line 2 has more cells than the 2 of the header"),
        (b"a,b\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
        (b'a,b\n1,"2\n', "cannot be read as CSV: .*EOF inside string"),
        (b"a,b\n1,#DIV/0!\n", "line 2, column 'b': .*received '#DIV/0!'"),
        ("a,b\n1,∞\n".encode(), "line 2, column 'b': .*received '∞'"),
        (b'a,b\n1,"2,5"\n', "line 2, column 'b': .*received '2,5'"),
        (b'a,b\n1,2\n"1,234,567",3\n', "line 3, .*received '1,234,567'"),
        (b"a,b\n0x1F,2\n", "line 2, column 'a': .*received '0x1F'"),
        (b"a,b\n1,2\na,b\n3,4\n", "line 3, column 'a': .*received 'a'"),
        (b"7,8\n1,2\n", r"2 of 2 are missing.* It has 2: '7', '8'"),
        (b"x" * 200_000, "the first line cannot be read as CSV: field larger"),
        (b"a," * 50_000 + b"\n", "'b'. It has 50001: 'a', 'a.1'"),
    ],
)
def test_table_of_no_use(content, message, read):
    with pytest.raises(InputError, match=message) as caught:
        read(content)
    assert "records.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_row_cut_off_before_its_label(read):
    with pytest.raises(InputError, match="line 3, column 'Label': the label"):
        read(b"a,b,Label\n1,2,x\n3,\n", with_labels=True)


def test_the_column_that_genuine_files_hold_twice(read):
    content = b" Fwd Header Length,b,Fwd Header Length\n1,2,3\n"
    columns = ("Fwd Header Length", "Fwd Header Length.1")
    assert read(content, columns)[1] == [[1, 3]]
    assert read(content, columns[:1])[1] == [[1]]


def test_header_alone_holds_no_record(read):
    assert read(b"a,b\n") == ([], [], [])


def test_check_reads_the_header_only(tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(b"a,b\nno,number\n")
    check_record_table(path, ["a"])
    with pytest.raises(InputError, match="'c'"):
        check_record_table(path, ["a", "c"])


def test_numbers_with_exponents_and_spaces(read):
    assert read(b"a,b\n1e3, 12 \n-2.5E-1,\t7\n")[1] == [[1000, 12], [-0.25, 7]]


def test_names_of_two_generations_side_by_side(tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(b"Min Pkt Len,CWE Flag Cnt,Average Packet Size\n1,2,3\n")
    with open_record_table(path) as opened:
        [chunk] = opened.chunks(
            ["Average Packet Size", "CWE Flag Count", "Min Packet Length"]
        )
        assert opened.generation == "CSE-CIC-IDS2018"
    assert chunk.values.tolist() == [[3, 2, 1]]


def test_index_of_pandas_plays_no_part(read):
    assert read(b",a,b\n0,1,2\n1,3,4\n")[1] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("generation", LATER_HEADERS)
def test_names_of_later_generations(generation, tmp_path):
    rows = random_records(["BENIGN"] * 5)
    path = tmp_path / "records.csv"
    path.write_bytes(later_table(rows, generation))
    with open_record_table(path) as opened:
        [chunk] = opened.chunks(FEATURES, with_labels=True)
        assert opened.generation == generation
    expected = [[float(cell) for cell in row[:-2]] for row in rows]
    assert chunk.values.tolist() == expected
    check_record_table(path, KEPT)


def test_names_of_genuine_files_are_of_no_later_generation(tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(table([]))
    with open_record_table(path) as opened:
        assert opened.generation == record_table.GENERATION == "CICIDS2017"


def test_column_under_the_names_of_two_generations(read):
    content = b"Dst Port,Destination Port\n1,2\n"
    with pytest.raises(InputError, match="'Destination Port' is there twice"):
        read(content, ["Destination Port"])


def test_listed_names_lead_to_features_and_are_none_themselves():
    path = record_table.importlib.resources.files("mtc_tf.features")
    text = (path / "record_column_names.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["feature"] for row in rows} < set(FEATURES)
    assert not {row["name"] for row in rows} & set(FEATURES)
    assert {row["generation"] for row in rows} == set(LATER_HEADERS)
    features = {}
    for row in rows:
        features.setdefault(row["name"], set()).add(row["feature"])
    assert all(len(names) == 1 for names in features.values())


def test_table_of_many_other_columns(tmp_path):
    """Time grows with their number, not with its square."""
    path = tmp_path / "records.csv"
    names = [f"c{number}" for number in range(40_000)]
    path.write_text(",".join(names) + "\n")
    started = time.process_time()
    check_record_table(path, names[:49])
    # 0.1 s; looking each name up among those before it took 36.
    assert time.process_time() - started < 2
    row = ",".join(["1"] * 4_000)
    path.write_text("\n".join([",".join(names[:4_000]), *[row] * 3]) + "\n")
    with open_record_table(path) as opened:
        [chunk] = opened.chunks(names[:2])
    assert chunk.values.tolist() == [[1, 1]] * 3


def test_chunks_of_wide_tables_have_fewer_rows(read, monkeypatch):
    monkeypatch.setattr(record_table, "CHUNK_CELLS", 4)
    frames = []
    make = record_table._chunk
    monkeypatch.setattr(
        record_table,
        "_chunk",
        lambda path, frame, *args: (
            frames.append(len(frame)) or make(path, frame, *args)
        ),
    )
    read(b"a,b\n1,1\n2,2\n3,3\n")
    assert frames == [2, 1]


def test_too_large_for_float32_is_infinite(read, tmp_path):
    path = tmp_path / "records.csv"
    path.write_bytes(b"a\n1e39\n-1e39\n1e38\n")
    with open_record_table(path) as opened:
        [chunk] = opened.chunks(["a"])
    assert np.isfinite(chunk.values).all()
    assert chunk.float32().ravel().tolist() == [
        np.inf,
        -np.inf,
        float(np.float32(1e38)),
    ]


def test_compressed_table_that_is_cut_off(read):
    rows = b"".join(b"%d,%d\n" % (n, n * 7919 % 10_007) for n in range(20_000))
    whole = gzip.compress(b"a,b\n" + rows)
    assert len(read(whole)[0]) == 20_000
    with pytest.raises(
        InputError, match="records.csv: gzip: Compressed file end"
    ):
        read(whole[: len(whole) // 2])
