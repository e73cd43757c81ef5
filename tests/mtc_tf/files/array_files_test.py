import io
import os
import resource
import zipfile

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.files import array_files
from mtc_tf.files.array_files import read_rows

ROWS = np.arange(6, dtype=np.float32).reshape(2, 3)


def _write(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def _npy(header, data=b""):
    """The bytes of an array file with a header of one's own."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + data


def _archive(path, content, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("rows.npy", content)
    return path


def _read(path):
    return read_rows(path, "rows", "float32", (3,))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_rows_are_read(save, tmp_path):
    save(tmp_path / "x.npz", rows=ROWS, others=np.zeros(1))
    np.testing.assert_array_equal(_read(tmp_path / "x.npz"), ROWS)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[:0], "the sample holds no rows"),
        (ROWS[:, :2], r"float32 \(rows, 3\), received float32 \(2, 2\)"),
        (ROWS[0], r"expected float32 \(rows, 3\), received float32 \(3,\)"),
        (ROWS.astype(float), r"received float64 \(2, 3\)"),
        (ROWS.astype(">f4"), r"received >f4 \(2, 3\)"),
        (ROWS.astype("U9"), r"received <U9 \(2, 3\)"),
        (np.full_like(ROWS, np.inf), "expected numbers, received NaN or inf"),
        (np.zeros((5000, 3), np.float32), "at most 4096 rows, received 5000"),
        (np.array([[{}]]), r"received object \(1, 1\)"),
        (np.array(1.0), r"received float64 \(\)"),
    ],
)
def test_rows_of_no_use(rows, message, tmp_path):
    path = _write(tmp_path / "x.npz", rows=rows)
    with pytest.raises(InputError, match=message):
        _read(path)


def test_no_array_of_that_name(tmp_path):
    with pytest.raises(InputError, match="x.npz cannot be read: .*rows.npy"):
        _read(_write(tmp_path / "x.npz", others=ROWS))


@pytest.mark.parametrize("rows", [2**20, 2**40, 2**62, 2**70, -1, 3])
def test_header_claims_more_than_there_is(rows, tmp_path):
    header = {"descr": "<f4", "fortran_order": False, "shape": (rows, 3)}
    path = _archive(tmp_path / "x.npz", _npy(header, ROWS.tobytes()))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError):
        _read(path)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 10_000  # kB


def test_file_that_unpacks_to_more_than_fits(tmp_path, monkeypatch):
    path = _archive(tmp_path / "x.npz", bytes(1_000_000))
    monkeypatch.setattr(array_files, "LIMIT_BYTES", 999_999)
    with pytest.raises(InputError, match="at most 999999 bytes, .* 1000000"):
        _read(path)


def test_compression_that_numpy_does_not_write(tmp_path):
    path = _archive(tmp_path / "x.npz", b"", zipfile.ZIP_LZMA)
    with pytest.raises(InputError, match="stored or deflated"):
        _read(path)


def test_pickle_is_not_opened(tmp_path):
    header = {"descr": "|O", "fortran_order": False, "shape": (1, 3)}
    path = _archive(tmp_path / "x.npz", _npy(header, b"cos\nabort\n(tR."))
    with pytest.raises(InputError, match="received object"):
        _read(path)


@pytest.mark.parametrize("length", [0, 10, 100, -30, -1])
def test_truncated(length, tmp_path):
    path = _write(tmp_path / "x.npz", rows=ROWS)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match="x.npz cannot be read: ") as caught:
        _read(path)
    assert str(caught.value).isprintable()


def test_every_flipped_byte_is_noticed_or_without_effect(tmp_path):
    path = _write(tmp_path / "x.npz", rows=ROWS)
    content = path.read_bytes()
    noticed = 0
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        path.write_bytes(damaged)
        try:
            np.testing.assert_array_equal(_read(path), ROWS)
        except InputError as error:
            assert str(error).isprintable()
            noticed += 1
    assert noticed > len(content) / 2


def test_missing(tmp_path):
    with pytest.raises(InputError, match="x.npz is missing"):
        _read(tmp_path / "x.npz")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file(make, tmp_path):
    make(tmp_path / "x.npz")
    with pytest.raises(InputError, match="x.npz cannot be read: it is no reg"):
        _read(tmp_path / "x.npz")
