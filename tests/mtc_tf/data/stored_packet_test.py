import zlib

import numpy as np
import pytest
import tensorflow_datasets as tfds

from mtc_tf.data.stored_examples import decode_rows
from mtc_tf.data.stored_packet import HEAD_BYTES
from mtc_tf.data.stored_packet import STORED
from mtc_tf.data.stored_packet import pack_packets
from mtc_tf.data.stored_packet import unpack_packets

PACKETS = [
    b"",
    b"\x45",
    b"\x00\x07",
    bytes(range(256)) * 5,
    b"\xff" * 1499,
    b"\xff" * 1500,
]
FEATURE = tfds.features.Tensor(
    shape=(1500,), dtype=np.uint8, encoding=tfds.features.Encoding.ZLIB
)


def _streams(packets):
    sizes, heads, tails, checksums = pack_packets(packets)
    rows = zip(heads, packets, tails, checksums, strict=True)
    streams = [
        head.tobytes() + packet + tail + checksum
        for head, packet, tail, checksum in rows
    ]
    assert list(map(len, streams)) == sizes.tolist()
    return streams


def _rows(packets):
    rows = [packet.ljust(1500, b"\x00") for packet in packets]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 1500)


def test_stream_of_a_packet_of_one_byte():
    [stream] = _streams([b"\x45"])
    assert stream[:8].hex() == "78010001" + "00feff" + "45"
    assert stream[-4:] == zlib.adler32(b"\x45".ljust(1500, b"\0")).to_bytes(4)


def test_streams_take_little_more_than_the_packets():
    for packet, stream in zip(PACKETS, _streams(PACKETS), strict=True):
        assert len(stream) <= len(packet) + 26


def test_every_length():
    packets = [b"\x01" * length for length in range(1501)]
    for row, stream in zip(_rows(packets), _streams(packets), strict=True):
        assert zlib.decompress(stream) == row.tobytes()


@pytest.mark.parametrize("chosen", [slice(None), slice(0)])
def test_readers_give_the_rows_back(chosen):
    streams = _streams(PACKETS)[chosen]
    rows = _rows(PACKETS)[chosen]
    np.testing.assert_array_equal(unpack_packets(streams), rows)
    received = decode_rows(np.array(streams, object), FEATURE)
    np.testing.assert_array_equal(received, rows)


def test_streams_as_tfds_writes_them():
    rows = _rows(PACKETS)
    streams = [FEATURE.encode_example(row) for row in rows]
    # One of the two kinds makes a batch of the other.
    streams[0] = _streams(PACKETS[:1])[0]
    np.testing.assert_array_equal(unpack_packets(streams), rows)
    received = decode_rows(np.array(streams, object), FEATURE)
    np.testing.assert_array_equal(received, rows)


def test_tfds_reads_what_is_stored_so():
    [stream] = _streams(PACKETS[3:4])
    [row] = _rows(PACKETS[3:4])
    assert stream.startswith(STORED)
    assert stream[HEAD_BYTES:].startswith(PACKETS[3])
    np.testing.assert_array_equal(FEATURE.decode_example(stream), row)
    np.testing.assert_array_equal(FEATURE.decode_example_np(stream), row)


@pytest.mark.parametrize("stream", [b"", b"no stream", zlib.compress(b"short")])
def test_what_is_no_packet(stream):
    with pytest.raises(ValueError):
        unpack_packets([stream])
