import numpy as np
import pytest

from mtc_tf.evaluation.randomised_fields import randomise_field


def _packets(count, protocol=6):
    """IPv4 packets whose bytes are all different, but for their kind."""
    packets = np.arange(count * 64, dtype="uint8").reshape(count, 64)
    packets[:, 0] = 0x45
    packets[:, 9] = protocol
    return packets


def test_two_packets_exchange_the_field_and_nothing_else():
    packets = _packets(2)
    changed = randomise_field(packets, "ip.ttl")
    expected = packets.copy()
    expected[:, 8] = packets[::-1, 8]
    np.testing.assert_array_equal(changed, expected)


def test_no_packet_keeps_its_own_bytes_and_all_are_given():
    packets = _packets(4)
    changed = randomise_field(packets, "transport.ports")
    before, after = packets[:, 20:24], changed[:, 20:24]
    assert (before != after).any(axis=1).all()
    assert sorted(map(bytes, before)) == sorted(map(bytes, after))


def test_bytes_come_from_packets_of_the_same_kind():
    tcp, udp = _packets(2), _packets(2, protocol=17)
    udp[:, 20:24] = 200
    packets = np.concatenate([tcp, udp])
    changed = randomise_field(packets, "transport.ports")
    assert (changed[2:, 20:24] == 200).all()
    assert not (changed[:2, 20:24] == 200).any()


@pytest.mark.parametrize("field", ["udp.length", "ip.flow_label"])
def test_packets_without_the_field_stay(field):
    packets = _packets(3)
    np.testing.assert_array_equal(randomise_field(packets, field), packets)


def test_the_only_packet_of_its_kind_stays():
    packets = _packets(1)
    np.testing.assert_array_equal(randomise_field(packets, "ip.ttl"), packets)


def test_draw_follows_from_the_seed():
    packets = _packets(30)
    first, again, other = (
        randomise_field(packets, "payload", seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
