"""`mtc preprocess`, by its function and as a process."""

import argparse
import gzip
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from started_command import started_within

from mtc_tf.commands import preprocess as command
from mtc_tf.commands import preprocessed_captures
from mtc_tf.errors import InputError
from mtc_tf.packets import read_capture
from mtc_tf.packets.load_packets import load_packets

DATA = ethernet(ipv4(tcp(b"data")))
ACK = ethernet(ipv4(tcp(b"")))
ARP = ethernet(bytes(28), ethertype=0x0806)


def run(*arguments):
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["preprocess", *map(str, arguments)])
    return args.run(args)


@pytest.fixture
def captures(tmp_path):
    """Two captures: data, ACK, data, ARP, ACK; and one packet, cut off."""
    one, two = tmp_path / "one.pcap", tmp_path / "two.pcap"
    one.write_bytes(pcap([DATA, ACK, DATA, ARP, ACK]))
    two.write_bytes(pcap([DATA, DATA])[:-1])
    return one, two


def test_archive_holds_the_kept_packets_of_all_captures(captures, tmp_path):
    output = tmp_path / "x.npz"
    assert run(*captures, f"--output={output}") == 0
    with np.load(output) as archive:
        content = dict(archive)
    assert content["packets"].shape == (3, 1500)
    assert content["packets"].dtype == np.uint8
    assert content["timestamps"].tolist() == [0.0, 2.0, 0.0]
    assert content["lengths"].tolist() == [58, 58, 58]
    assert content["lengths"].dtype == np.int32
    assert content["flows"].dtype == np.int64
    assert content["capture"].tolist() == [0, 0, 1]
    assert content["capture"].dtype == np.int32
    assert content["captures"].tolist() == ["one", "two"]


def test_table(captures, tmp_path, capsys):
    output = tmp_path / "x.npz"
    run(*captures, f"--output={output}")
    out, err = capsys.readouterr()
    assert out == (
        "capture      read    kept    truncated  dropped\n"
        "one             5       2            0  empty_tcp 2, arp 1\n"
        "two             1       1            0\n"
        f"\n3 packets written to {output}\n"
    )
    assert err.startswith("mtc: warning: two: cut off or damaged at packet 1")
    assert err.count("\n") == 1


def test_json(captures, tmp_path, capsys):
    output = tmp_path / "x.npz"
    arguments = ("--json", "--recipe=paper", "--mask=ip.id,ip.ttl")
    run(captures[0], f"--output={output}", *arguments, "--mask=payload")
    assert json.loads(capsys.readouterr().out) == {
        "output": str(output),
        "recipe": "paper",
        "masks": ["ip.id", "ip.ttl", "payload"],
        "packets": 2,
        "captures": [
            {
                "capture": "one",
                "read": 5,
                "kept": 2,
                "truncated": 0,
                "dropped": {"arp": 1, "empty_tcp": 2},
                "warnings": [],
            }
        ],
    }
    row = np.load(output)["packets"][0]
    assert not row[4:6].any() and not row[8] and not row[40:].any()
    assert row[10:12].any()  # the checksum, which the recipe paper keeps


def test_no_packet_kept(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([ACK, ARP]))
    with pytest.raises(
        InputError, match="kept; x: 2 read, dropped: arp 1, empty_"
    ):
        run(path, f"--output={tmp_path / 'x.npz'}")
    assert list(tmp_path.iterdir()) == [path]


def test_two_captures_with_one_name(captures, tmp_path):
    (tmp_path / "more").mkdir()
    other = tmp_path / "more" / "one.pcapng"
    with pytest.raises(InputError, match="one: .*one.pcap and .*one.pcapng"):
        run(*captures, other, f"--output={tmp_path / 'x.npz'}")


@pytest.fixture
def folder(tmp_path):
    """Two captures, one of them below, and files that are none."""
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "one.pcap").write_bytes(pcap([DATA, ACK]))
    (folder / "below" / "two").write_bytes(pcap([DATA]))
    (folder / "notes.txt").write_text("about these captures")
    (folder / "below" / "empty.pcap").touch()
    (folder / "labels.csv").touch()
    (folder / ".hidden").touch()
    return folder


def test_folder_stands_for_its_captures(folder, captures, tmp_path, capsys):
    output = tmp_path / "x.npz"
    other = captures[1].rename(tmp_path / "three.pcap")
    assert run(folder, other, f"--output={output}") == 0
    assert np.load(output)["captures"].tolist() == ["two", "one", "three"]
    assert capsys.readouterr().err.splitlines()[:-1] == [
        f"mtc: warning: {folder}/below/empty.pcap: passed over: the file is "
        "empty",
        f"mtc: warning: {folder}/notes.txt: passed over: not a capture; "
        "expected a whole header of pcap or pcapng, received 61626f75 as the "
        "first bytes",
    ]


def test_folder_without_captures(folder, tmp_path):
    (folder / "one.pcap").unlink()
    (folder / "below" / "two").unlink()
    with pytest.raises(InputError, match="folder: expected captures .* none"):
        run(folder, f"--output={tmp_path / 'x.npz'}")


def test_rotated_captures_keep_their_names(tmp_path, capsys):
    paths = [tmp_path / f"dump.pcap{number}" for number in ("", 1, 2)]
    for path in paths:
        path.write_bytes(pcap([DATA, DATA]))
    run(*paths, f"--output={tmp_path / 'x.npz'}", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["packets"] == 6
    assert [capture["capture"] for capture in report["captures"]] == [
        "dump",
        "dump.pcap1",
        "dump.pcap2",
    ]
    # They show one conversation.
    assert len(set(np.load(tmp_path / "x.npz")["flows"].tolist())) == 1


def test_name_that_is_not_utf8(tmp_path, capsys):
    path = tmp_path / os.fsdecode(b"caf\xe9.pcap")
    output = tmp_path / os.fsdecode(b"caf\xe9.npz")
    path.write_bytes(pcap([DATA])[:-1] + bytes(60))
    assert run(path, f"--output={output}") == 0
    out, err = capsys.readouterr()
    assert r"caf\xe9     " in out
    assert out.endswith("1 packets written to " rf"{tmp_path}/caf\xe9.npz" "\n")
    assert err.startswith(r"mtc: warning: caf\xe9: cut off")
    assert np.load(output)["captures"].tolist() == [r"caf\xe9"]
    run(path, f"--output={output}", "--json")
    report = json.loads(capsys.readouterr().out)
    assert report["output"] == rf"{tmp_path}/caf\xe9.npz"


def test_control_characters_of_a_name_are_not_printed(tmp_path, capsys):
    path = tmp_path / "a\x1b[2J\n\x7fb.pcap"
    path.write_bytes(pcap([DATA, DATA])[:-1])
    run(path, f"--output={tmp_path / 'x.npz'}")
    out, err = capsys.readouterr()
    shown = r"a\x1b[2J\n\x7fb"
    assert out.splitlines()[1].split() == [shown, "1", "1", "0"]
    assert err.startswith(f"mtc: warning: {shown}: cut off")
    run(path, f"--output={tmp_path / 'x.npz'}", "--json")
    out, _ = capsys.readouterr()
    assert out[:-1].isprintable()
    [report] = json.loads(out)["captures"]
    assert report["capture"] == "a\x1b[2J\n\x7fb"


def test_standard_input(tmp_path, monkeypatch, capsys):
    content = io.TextIOWrapper(io.BytesIO(gzip.compress(pcap([DATA, ARP]))))
    monkeypatch.setattr(sys, "stdin", content)
    run("-", f"--output={tmp_path / 'x.npz'}", "--json")
    [report] = json.loads(capsys.readouterr().out)["captures"]
    assert (report["capture"], report["read"], report["kept"]) == ("-", 2, 1)


def test_standard_input_twice(tmp_path):
    with pytest.raises(InputError, match="- is standard input, which can be"):
        run("-", "-", f"--output={tmp_path / 'x.npz'}")


def test_standard_input_that_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="-: standard input is closed"):
        run("-", f"--output={tmp_path / 'x.npz'}")


def test_file_with_the_name_of_standard_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_bytes(pcap([DATA]))
    monkeypatch.setattr(sys, "stdin", None)
    assert run("./-", "--output=x.npz") == 0


def test_one_bad_capture_leaves_no_archive(captures, tmp_path):
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"no capture")
    with pytest.raises(InputError, match="bad.pcap: not a capture"):
        run(*captures, bad, f"--output={tmp_path / 'x.npz'}")
    assert sorted(tmp_path.iterdir()) == sorted([*captures, bad])


@pytest.mark.parametrize("name", ["x.parquet", "x.npz"])
def test_capture_that_vanishes_leaves_no_output(
    name, captures, tmp_path, monkeypatch
):
    def vanishing(*arguments, **options):
        captures[1].unlink(missing_ok=True)
        return preprocess_capture(*arguments, **options)

    preprocess_capture = preprocessed_captures.preprocess_capture
    monkeypatch.setattr(preprocessed_captures, "preprocess_capture", vanishing)
    with pytest.raises(InputError, match="two.pcap: No such file"):
        run(*captures, f"--output={tmp_path / name}")
    assert list(tmp_path.iterdir()) == [captures[0]]


def test_capture_that_grows_while_it_is_read(captures):
    path = captures[0]
    size = path.stat().st_size
    frames = read_capture(path, warnings=(warnings := []))
    assert len(next(frames)) == 5
    with path.open("ab") as file:
        file.write(pcap([DATA])[24:])
    assert list(frames) == []
    [warning] = warnings
    assert f"it had {size} bytes at first and {path.stat().st_size} in" in (
        warning
    )


def test_folder_that_cannot_be_written_to(captures):
    # Not even by root.
    with pytest.raises(InputError, match="/sys/x.parquet cannot be written: "):
        run(*captures, "--output=/sys/x.parquet")


@pytest.mark.parametrize("name", ["x", "x.csv", "x.parquet.gz"])
def test_suffix_of_the_output(name, captures, tmp_path):
    with pytest.raises(InputError, match="end in .parquet or .npz, received"):
        run(*captures, f"--output={tmp_path / name}")


def test_output_that_cannot_be(captures, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for output in (tmp_path, pipe):
        with pytest.raises(InputError, match="is a folder or a device"):
            run(*captures, f"--output={output}")
    with pytest.raises(InputError, match="there is no folder .*none"):
        run(*captures, f"--output={tmp_path / 'none' / 'x.npz'}")
    with pytest.raises(InputError, match="one.pcap: is the input"):
        run(*captures, f"--output={captures[0]}")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("--mask=ip.tos", "expected names of ip.checksum"),
        ("--mask=", "expected names of ip.checksum"),
        ("--recipe=none", "invalid choice: 'none'"),
    ],
)
def test_wrong_usage(captures, wrong, message, capsys):
    with pytest.raises(SystemExit) as exit_:
        run(*captures, "--output=x.npz", wrong)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_does_not_import_tensorflow():
    script = (
        "import sys; import mtc_tf.cli; "
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def mtc(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )


def test_as_a_process(captures, tmp_path):
    output = tmp_path / "x.npz"
    result = mtc("preprocess", captures[0], f"--output={output}", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["packets"] == 2


def test_standard_input_of_a_process(captures, tmp_path):
    with captures[0].open() as file:
        result = mtc(
            "preprocess", "-", f"--output={tmp_path}/x.npz", stdin=file
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1].split()[:3] == ["-", "5", "2"]


def test_error_is_one_line(tmp_path):
    result = mtc("preprocess", tmp_path / "none.pcap", "--output=x.npz")
    assert result.returncode == 1
    assert result.stdout == ""
    path = tmp_path / "none.pcap"
    assert result.stderr == f"mtc: error: {path}: No such file or directory\n"


# What takes long to import, and nothing here needs.
_HEAVY = {"numpy.ma", "pandas", "pyarrow.compute", "scipy", "sklearn"}
_HEAVY |= {"pydantic", "tabulate", "tqdm", "wcwidth", "importlib.metadata"}


def test_starts_in_half_a_second(captures, tmp_path):
    output = f"--output={tmp_path / 'x.parquet'}"
    _, modules = started_within(0.5, "preprocess", captures[0], output)
    assert not _HEAVY & modules


def test_progress_and_warnings_on_a_terminal(captures, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert run(*captures, f"--output={tmp_path / 'x.npz'}") == 0
    shown = terminal.getvalue()
    assert "0 packets [" in shown
    assert "\nmtc: warning: two: cut off" in shown.replace("\r", "\n")


def test_table_is_written(captures, tmp_path, capsys):
    output = tmp_path / "x.parquet"
    assert run(*captures, f"--output={output}", "--mask=ip.ttl") == 0
    out, _ = capsys.readouterr()
    assert out.endswith(f"3 packets written to {output}\n")
    packets, frame = load_packets(output)
    assert packets.shape == (3, 1500)
    assert frame["capture"].tolist() == ["one", "one", "two"]
    assert frame["number"].tolist() == [0, 2, 0]
    about = frame.attrs["mtc_tf"]
    assert about["masks"] == ["ip.ttl"]
    one, two = about["captures"]
    assert (one["read"], one["dropped"]) == (5, {"arp": 1, "empty_tcp": 2})
    assert two["warnings"][0].startswith("cut off or damaged at packet 1")
