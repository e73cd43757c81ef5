import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6

from mtc_tf.features.header_fields import HEADER_BYTES
from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields
from mtc_tf.layers.header_fields import HeaderFields

_TCP = TCP(sport=51234, dport=443, seq=0x89ABCDEF, dataofs=8, flags="PA")
# Of each transport under each IP, the largest numbers, and one of no transport.
PACKETS = [
    IP(tos=0x2E, id=0xBEEF, flags="DF", ttl=57, len=1480) / _TCP,
    IP(frag=3, flags="MF", len=9) / UDP(sport=53, dport=60000, len=1208),
    IPv6(tc=0xA5, fl=0xFFFFF, plen=65535, hlim=3) / _TCP,
    IPv6(plen=1208, hlim=64) / UDP(sport=60001, dport=60000, len=65535),
    IP(proto=50, len=120) / bytes(range(1, 81)),
    IPv6(nh=50, plen=80) / bytes(range(1, 81)),
    b"\xff" * HEADER_BYTES,
]
ROWS = np.stack(
    [
        np.frombuffer(bytes(packet)[:100].ljust(100, b"\0"), np.uint8)
        for packet in PACKETS
    ]
)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_it_computes_what_numpy_computes(dtype):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2000, 100), np.uint8)
    # Half of them IPv4 or IPv6 with one of the two transports.
    noise[:1000, 0] = rng.choice([0x45, 0x60, 0x6F], 1000)
    noise[:1000, [6, 9]] = rng.choice([6, 17], (1000, 2))
    rows = np.concatenate([ROWS, noise])
    fields = HeaderFields(dtype=dtype)(rows)
    assert keras.backend.standardize_dtype(fields.dtype) == "float32"
    np.testing.assert_array_equal(convert_to_numpy(fields), header_fields(rows))


def test_field_of_a_packet_by_hand():
    fields = convert_to_numpy(HeaderFields()(ROWS[:1]))[0]
    received = dict(zip(HEADER_FIELDS, fields.tolist(), strict=True))
    assert received["source_port"] == received["higher_port"] == 51234
    assert received["lower_port"] == 443
    assert received["seq_high"] == 0x89AB and received["seq_low"] == 0xCDEF
    assert received["data_offset"] == 8 and received["udp_length"] == 0


def test_in_a_model_that_is_saved_and_loaded(tmp_path):
    inputs = keras.Input((100,), dtype="uint8")
    model = keras.Model(inputs, HeaderFields(name="fields")(inputs))
    assert model.output.shape == (None, len(HEADER_FIELDS))
    assert model.weights == []
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        convert_to_numpy(loaded(ROWS)), header_fields(ROWS)
    )
    assert loaded.get_layer("fields").get_config() == (
        model.get_layer("fields").get_config()
    )


def test_rows_that_are_too_short():
    with pytest.raises(ValueError, match="60 bytes at least.*59"):
        HeaderFields()(np.zeros((3, 59), np.uint8))
