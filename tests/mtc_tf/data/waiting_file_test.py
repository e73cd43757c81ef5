import errno
import os
import pickle

import pytest
from etils import epath

from mtc_tf.data.waiting_file import WaitingFile
from mtc_tf.errors import InputError


@pytest.mark.parametrize("kind", [epath.Path, lambda path: path])
def test_content_begins_where_it_is_said(kind, tmp_path):
    with WaitingFile(kind(tmp_path / "file"), "packets") as file:
        assert [file.add(x) for x in (b"ab", b"", b"cde")] == [0, 2, 2]
    file = pickle.loads(pickle.dumps(file))
    assert file.path.read_bytes() == b"abcde"


def test_folder_that_is_missing(tmp_path):
    message = "none: no room for the packets to wait in: No such file"
    with pytest.raises(InputError, match=message):
        WaitingFile(tmp_path / "none/file", "packets").__enter__()


def test_disk_that_is_full_when_all_is_written(tmp_path, monkeypatch):
    file = WaitingFile(tmp_path / "file", "rows").__enter__()

    class Full:
        def close(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file._file.close()
    monkeypatch.setattr(file, "_file", Full())
    with pytest.raises(InputError, match="rows to wait in: No space left"):
        file.__exit__(None, None, None)
