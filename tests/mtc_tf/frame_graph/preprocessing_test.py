"""The graph against NumPy: generated frames, and all real ones at hand."""

import pathlib

import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import tcp
from capture_bytes import udp
from fuzz import graph_frames
from lab_captures import LAB_CAPTURES
from shared_data import SHARED
from shared_data import requires_shared

from mtc_tf.errors import InputError
from mtc_tf.packets import read_capture
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT


def test_frame_worked_out_on_paper():
    frame = ethernet(ipv4(udp(b"data", (40000, 443)), 17))
    dropped = ethernet(ipv4(udp(b"data", (40000, 53)), 17))
    rows, reasons = graph_frames.graph("paper", ())([frame, dropped], [1, 1])
    expected = "45000020 12340000 4011abcd 00000000 00000000"
    expected += "9c4001bb 000c6666 000000000000000000000000 64617461"
    row = rows[0].numpy().tobytes()
    assert row == bytes.fromhex(expected).ljust(1500, b"\0")
    assert reasons.numpy().tolist() == [KEPT, CODES["dns"]]


def test_no_frame():
    rows, reasons = graph_frames.graph("paper", ())([], [])
    assert rows.shape == (0, 1500)
    assert reasons.shape == (0,)


@pytest.mark.slow
def test_generated_frames():
    assert sum(graph_frames.fuzz(count=4_000, seed=0)) == 4_000


def test_difference_is_found(monkeypatch):
    def one_byte_off(recipe, masks):
        def rows_and_reasons(frames, link_types):
            rows, reasons = graph(recipe, masks)(frames, link_types)
            return rows ^ 1, reasons

        return rows_and_reasons

    graph = graph_frames.graph
    monkeypatch.setattr(graph_frames, "graph", one_byte_off)
    frame = ipv4(tcp())
    with pytest.raises(AssertionError, match=f"frame {frame.hex()}: reason 0"):
        graph_frames.check_frames([b"", frame], [101, 101], "paper", ())


@pytest.mark.parametrize("number", range(0, 40, 5))
def test_frames_of_the_lab(number):
    captures = sorted(LAB_CAPTURES.glob("*.pcap.gz"))[number::40]
    assert sum(map(_check_capture, captures)) > 0


@requires_shared
def test_frames_of_public_captures():
    folders = ("iscx_vpn_nonvpn", "other_captures", "bug_reports")
    kept = [
        _check_capture(path)
        for folder in folders
        for path in sorted((SHARED / folder).rglob("*"))
        if path.is_file() and path.suffix not in (".csv", ".md")
    ]
    assert len(list(filter(None, kept))) > 50


def _check_capture(path):
    """Compares the first frames of a capture; returns how many are kept."""
    try:
        batch = next(read_capture(pathlib.Path(path)), None)
    except InputError:  # some reports are of files that are no captures
        return 0
    if batch is None:
        return 0
    frames = batch.frames()
    link_types = batch.link_types.tolist()
    [kept, _] = [
        graph_frames.check_frames(frames, link_types, *variant)
        for variant in graph_frames.VARIANTS
    ]
    return kept


def test_frame_of_nothing_but_headers_is_cut_like_one_of_a_capture():
    # Payload length 0: to the end of the frame, which never comes.
    header = bytes.fromhex("6000000000003c40") + bytes(32)
    frame = header + bytes([60, 0, *bytes(6)]) * 50_000
    [reason] = graph_frames.graph("paper", ())([frame], [101])[1].numpy()
    assert reason == CODES["malformed"]
