import errno
import gzip
import os
import pathlib

import pytest
from capture_bytes import PcapNg
from capture_bytes import pcap
from etils import epath

from mtc_tf.errors import InputError
from mtc_tf.packets import capture_files
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_files import find_captures
from mtc_tf.packets.capture_files import whole_name


@pytest.mark.parametrize(
    "path, name",
    [
        ("a/b/X.pcap.gz", "X"),
        ("X.PCAP", "X"),
        ("x.1.pcapng", "x.1"),
        ("x.cap", "x"),
        ("x.pcap.zst", "x"),
        ("plain", "plain"),
        ("plain.gz", "plain"),
        (".pcap", ".pcap"),
        ("dump.pcap1", "dump.pcap1"),
        ("dump.pcap2.gz", "dump.pcap2"),
        ("dump.pcap.3", "dump.pcap.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("a/café [1].pcap", "café [1]"),
        ("tab\t.pcap", "tab\t"),
        (os.fsdecode(b"caf\xe9.pcap"), r"caf\xe9"),
        (pathlib.Path("a/x.pcap"), "x"),
    ],
)
def test_capture_name(path, name):
    assert capture_name(path) == name


@pytest.mark.parametrize(
    "name, whole",
    [
        ("dump.pcap1", "dump"),
        ("dump.PCAPNG023", "dump"),
        ("a.b.cap.7", "a.b"),
        ("dump", "dump"),
        ("dump1", "dump1"),
        ("10.0.0.1", "10.0.0.1"),
        ("dump.pcap", "dump.pcap"),
        (".pcap1", ".pcap1"),
    ],
)
def test_whole_name(name, whole):
    assert whole_name(name) == whole


@pytest.fixture
def folder(tmp_path):
    ng = PcapNg()
    files = {
        "b.pcap": pcap([b"frame"]),
        "dump.pcap1": pcap([]),
        "no suffix": ng.section() + ng.interface() + ng.packet(b"frame"),
        "below/deeper/a.txt": gzip.compress(pcap([b"frame"])),
        "labels.csv": b"capture",
        "._b.pcap": b"of a Mac",
        ".git/c.pcap": pcap([]),
        "below/list.csv": b"a,b",
        "c.pcap": b"",
        "cut.pcap": pcap([])[:20],
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken link.pcap").symlink_to("nowhere")
    (tmp_path / "below" / "back").symlink_to(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", [pathlib.Path, epath.Path])
def test_captures_are_told_by_content(kind, folder):
    captures, passed_over = find_captures(kind(folder))
    names = [path.relative_to(folder).as_posix() for path in captures]
    assert names == ["b.pcap", "below/deeper/a.txt", "dump.pcap1", "no suffix"]
    reasons = {
        path.relative_to(folder).as_posix(): reason.partition(";")[0]
        for path, reason in passed_over.items()
    }
    assert reasons.pop("cut.pcap").startswith("not a capture")
    assert reasons == {
        "below/list.csv": "not a capture",
        "broken link.pcap": "not a regular file",
        "c.pcap": "the file is empty",
        "pipe": "not a regular file",
    }


def test_folder_without_captures_names_what_it_holds(tmp_path):
    with pytest.raises(InputError, match=r"expected captures .*none$"):
        find_captures(tmp_path)
    (tmp_path / "x.pcap").write_bytes(b"hello")
    with pytest.raises(InputError, match="none; x.pcap: not a capture; ex"):
        find_captures(tmp_path)


def test_file_that_cannot_be_read_is_not_passed_over(tmp_path, monkeypatch):
    (tmp_path / "x.pcap").write_bytes(pcap([b"frame"]))

    def failing(binary, name):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(capture_files, "open_frames", failing)
    with pytest.raises(InputError, match="x.pcap: Input/output error"):
        find_captures(tmp_path)
