import numpy as np
import pytest

from mtc_tf import flow_table
from mtc_tf.errors import InputError
from mtc_tf.flow_table import check_flow_table
from mtc_tf.flow_table import read_flow_table


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a table; returns lines, values and labels."""

    def read(content, columns=("a", "b"), with_labels=False):
        path = tmp_path / "flows.csv"
        path.write_bytes(content)
        chunks = list(read_flow_table(path, columns, with_labels=with_labels))
        return (
            [line for chunk in chunks for line in chunk.lines.tolist()],
            [row for chunk in chunks for row in chunk.values.tolist()],
            [x for chunk in chunks if with_labels for x in chunk.labels],
        )

    return read


def test_columns_in_any_order_among_others(read):
    lines, values, _ = read(b" b, note,a \n1,x,2\n3,y,4.5\n")
    assert (lines, values) == ([2, 3], [[2, 1], [4.5, 3]])


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
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


@pytest.mark.parametrize(
    ("dash", "text"),
    [(b"\x96", "�"), ("�".encode(), "�"), (b"-", "-"), ("–".encode(), "–")],
)
def test_labels_in_every_encoding(dash, text, read):
    content = b"a,b, Label\n1,2, Web Attack " + dash + b" XSS\n"
    assert read(content, with_labels=True)[2] == [f"Web Attack {text} XSS"]


def test_lines_are_counted_across_chunks(read, monkeypatch):
    monkeypatch.setattr(flow_table, "CHUNK_ROWS", 2)
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
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "2 of 2 are missing"),
    ],
)
def test_table_of_no_use(content, message, read):
    with pytest.raises(InputError, match=message) as caught:
        read(content)
    assert "flows.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_row_cut_off_before_its_label(read):
    with pytest.raises(InputError, match="line 3, column 'Label': the label"):
        read(b"a,b,Label\n1,2,x\n3,\n", with_labels=True)


def test_the_column_that_genuine_files_hold_twice(read):
    content = b" Fwd Header Length,b,Fwd Header Length\n1,2,3\n"
    columns = ("Fwd Header Length", "Fwd Header Length.1")
    assert read(content, columns)[1] == [[1, 3]]
    assert read(content, columns[:1])[1] == [[1]]


def test_header_alone_holds_no_flow(read):
    assert read(b"a,b\n") == ([], [], [])


def test_check_reads_the_header_only(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_bytes(b"a,b\nno,number\n")
    check_flow_table(path, ["a"])
    with pytest.raises(InputError, match="'c'"):
        check_flow_table(path, ["a", "c"])
