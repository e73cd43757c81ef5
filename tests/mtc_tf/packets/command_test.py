"""`mtc preprocess`, by its function and as a process."""

import argparse
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

from mtc_tf.errors import InputError
from mtc_tf.packets import command

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
        "capture  read  kept  truncated  dropped\n"
        "one         5     2          0  empty_tcp 2, arp 1\n"
        "two         1     1          0\n"
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


def test_one_bad_capture_leaves_no_archive(captures, tmp_path):
    bad = tmp_path / "bad.pcap"
    bad.write_bytes(b"no capture")
    with pytest.raises(InputError, match="bad.pcap: not a capture"):
        run(*captures, bad, f"--output={tmp_path / 'x.npz'}")
    assert sorted(tmp_path.iterdir()) == sorted([*captures, bad])


def test_output_that_cannot_be(captures, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for output in (tmp_path, pipe):
        with pytest.raises(InputError, match="is a folder or a device"):
            run(*captures, f"--output={output}")
    with pytest.raises(InputError, match="there is no folder .*none"):
        run(*captures, f"--output={tmp_path / 'none' / 'x.npz'}")
    with pytest.raises(InputError, match="one.pcap: is a capture"):
        run(*captures, f"--output={captures[0]}")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("--mask=ip.tos", "expected names of ip.id"),
        ("--mask=", "expected names of ip.id"),
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


def mtc(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_as_a_process(captures, tmp_path):
    output = tmp_path / "x.npz"
    result = mtc("preprocess", captures[0], f"--output={output}", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["packets"] == 2


def test_error_is_one_line(tmp_path):
    result = mtc("preprocess", tmp_path / "none.pcap", "--output=x.npz")
    assert result.returncode == 1
    assert result.stdout == ""
    path = tmp_path / "none.pcap"
    assert result.stderr == f"mtc: error: {path}: No such file or directory\n"
