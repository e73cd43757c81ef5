import numpy as np

from mtc_tf.packets.five_tuples import FiveTuples


def _ends(*addresses):
    return np.array([list(bytes(16 - len(x)) + x) for x in addresses], np.uint8)


def test_flows_as_text():
    flows = FiveTuples(
        source_addresses=_ends(bytes((10, 0, 0, 1)), bytes((10, 0, 0, 1))),
        destination_addresses=_ends(bytes((10, 0, 0, 2)), bytes((9, 9, 9, 9))),
        source_ports=np.array([40_000, 0], np.uint16),
        destination_ports=np.array([443, 0], np.uint16),
        protocols=np.array([6, 50], np.uint8),
        ip_versions=np.array([4, 4], np.uint8),
    )
    assert len(flows) == 2
    assert flows.text(0) == "tcp 10.0.0.1:40000 - 10.0.0.2:443"
    assert flows.text(1) == "protocol 50 10.0.0.1 - 9.9.9.9"


def test_flow_of_ipv6_as_text():
    flows = FiveTuples(
        source_addresses=_ends(bytes(15) + b"\1"),
        destination_addresses=_ends(b"\x20\x01" + bytes(13) + b"\2"),
        source_ports=np.array([53], np.uint16),
        destination_ports=np.array([5353], np.uint16),
        protocols=np.array([17], np.uint8),
        ip_versions=np.array([6], np.uint8),
    )
    assert flows.text(0) == "udp [::1]:53 - [2001::2]:5353"
