import pytest

from lab.clients.talk_mumble import _number
from lab.clients.talk_mumble import _text
from lab.clients.talk_mumble import _variable
from lab.clients.talk_mumble import read_frames


def _page(lengths, content):
    head = b"OggS" + bytes(22) + bytes([len(lengths)])
    return head + bytes(lengths) + content


def test_frames_are_read_across_pages_and_without_the_headers():
    ogg = (
        _page([4], b"Head")
        + _page([4], b"Tags")
        # 300 bytes take two lengths; the last packet goes on in the next page
        + _page([2, 255, 45, 255], b"ab" + b"c" * 300 + b"d" * 255)
        + _page([5], b"d" * 5)
    )
    assert read_frames(ogg) == [b"ab", b"c" * 300, b"d" * 260]


def test_what_is_no_ogg_is_named():
    with pytest.raises(ValueError, match="expected an Ogg page at byte 33"):
        read_frames(_page([5], b"Opus!") + b"RIFF")


def test_fields_of_a_protocol_buffer():
    assert _number(1, 0x010304) == bytes.fromhex("08848604")
    assert _text(2, "1.3.4") == b"\x12\x051.3.4"


def test_integers_of_the_voice_packets():
    assert _variable(0x7F) == b"\x7f"
    assert _variable(0x80) == b"\x80\x80"
    assert _variable(0x2000 | 60) == b"\xa0\x3c"
