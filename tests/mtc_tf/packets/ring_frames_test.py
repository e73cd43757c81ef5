import struct

import pytest

from mtc_tf.packets.ring_frames import RingFrames

_BLOCK = 512
_IPV6 = bytes.fromhex("86dd")


def _fill(memory, block, frames, protocol=bytes(2)):
    """Writes frames into a block as the kernel does."""
    start = block * _BLOCK
    place = start + 48
    struct.pack_into("6I", memory, start, 1, 48, 1, len(frames), 48, 0)
    for number, frame in enumerate(frames):
        step = 80 + -(-len(frame) // 16) * 16
        fields = step, 1_700_000_000, number, len(frame), len(frame) + 100, 0
        struct.pack_into("6I2H", memory, place, *fields, 80, 80)
        memory[place + 50 : place + 52] = protocol
        memory[place + 80 : place + 80 + len(frame)] = frame
        place += step


def _status(memory, block):
    return struct.unpack_from("I", memory, block * _BLOCK + 8)[0]


def test_blocks_are_taken_in_turn_and_given_back():
    memory = bytearray(2 * _BLOCK)
    ring = RingFrames(memory, _BLOCK, link_type=1)
    assert ring.take() is None
    for turn in range(5):
        frames = [b"first", b"second of turn %d" % turn]
        _fill(memory, turn % 2, frames)
        records = ring.take()
        assert [bytes(frame) for frame, *_ in records] == frames
        assert records[1][1:] == (
            1_700_000_000_000_000_001,
            len(frames[1]) + 100,
            (1, 1_000_000_000),
        )
        assert _status(memory, turn % 2) == 0
        assert ring.take() is None


def test_block_without_frames():
    memory = bytearray(_BLOCK)
    _fill(memory, 0, [])
    assert RingFrames(memory, _BLOCK, link_type=1).take() == []


@pytest.mark.parametrize("size", [0, 1, 40])
def test_frames_without_their_headers_get_cooked_ones(size):
    memory = bytearray(_BLOCK)
    _fill(memory, 0, [bytes([7]) * size], protocol=_IPV6)
    ring = RingFrames(memory, _BLOCK, link_type=113, is_cooked=True)
    [(frame, _, length, interface)] = ring.take()
    assert bytes(frame) == bytes(14) + _IPV6 + bytes([7]) * size
    assert length == size + 100 + 16
    assert interface[0] == 113
