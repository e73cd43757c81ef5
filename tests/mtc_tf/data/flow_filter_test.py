import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp

from mtc_tf.data.flow_filter import read_flow_filter
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.five_tuples import FiveTuples

# 10.0.0.1 and 10.0.0.2, or 2001::1 and 2001::2, if nothing else is said.
V6, ESP = 0x86DD, 50
FRAMES = {
    "web": ethernet(ipv4(tcp(ports=(40_000, 443)))),
    "web back": ethernet(
        ipv4(
            tcp(ports=(443, 40_000)),
            source=bytes((10, 0, 0, 2)),
            destination=bytes((10, 0, 0, 1)),
        )
    ),
    "quic": ethernet(ipv4(udp(ports=(40_001, 443)), protocol=17)),
    "sip": ethernet(
        ipv4(
            udp(ports=(5060, 5060)),
            protocol=17,
            source=bytes((192, 168, 7, 9)),
        )
    ),
    "web 6": ethernet(ipv6(tcp(ports=(40_002, 443))), V6),
    # ::10.0.0.1, whose last bytes are those of 10.0.0.1.
    "quic 6": ethernet(
        ipv6(
            udp(ports=(40_003, 443)),
            protocol=17,
            destination=bytes(12) + bytes((10, 0, 0, 1)),
        ),
        V6,
    ),
    "esp": ethernet(ipv4(b"secret", protocol=ESP)),
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory):
    path = tmp_path_factory.mktemp("captures") / "x.pcap"
    path.write_bytes(pcap(list(FRAMES.values())))
    [batch] = preprocess_capture(path)
    return FiveTuples.of_packets(batch, np.arange(len(FRAMES)))


def _chosen(flows, text):
    matches = read_flow_filter(text, "here").matches(flows)
    assert matches.dtype == bool
    return [name for name, own in zip(FRAMES, matches, strict=True) if own]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tcp", ["web", "web back", "web 6"]),
        ("udp", ["quic", "sip", "quic 6"]),
        ("port 443", ["web", "web back", "quic", "web 6", "quic 6"]),
        ("port 40000", ["web", "web back"]),
        ("tcp port 443", ["web", "web back", "web 6"]),
        ("udp port 443", ["quic", "quic 6"]),
        # ESP has none.
        ("port 0", []),
        ("host 10.0.0.1", ["web", "web back", "quic", "esp"]),
        ("host 2001::1", ["web 6", "quic 6"]),
        ("host ::10.0.0.1", ["quic 6"]),
        ("net 192.168.0.0/16", ["sip"]),
        ("net 10.0.0.0/31", ["web", "web back", "quic", "esp"]),
        ("net 10.0.0.2", ["web", "web back", "quic", "sip", "esp"]),
        ("net 2001::/127", ["web 6", "quic 6"]),
        ("net 0.0.0.0/0", ["web", "web back", "quic", "sip", "esp"]),
        ("net ::/0", ["web 6", "quic 6"]),
        ("not tcp and not udp", ["esp"]),
        ("not (tcp or udp)", ["esp"]),
        ("not not udp", ["quic", "sip", "quic 6"]),
        ("tcp and host 10.0.0.1", ["web", "web back"]),
        # As in pcap-filter, from left to right: (sip or tcp) and net.
        (
            "port 5060 or tcp and net 10.0.0.0/8",
            ["web", "web back", "sip"],
        ),
        (
            "port 5060 or host 2001::1 and net ::/0",
            ["web 6", "quic 6"],
        ),
        (
            "port 5060 or (host 2001::1 and net ::/0)",
            ["sip", "web 6", "quic 6"],
        ),
        # `not` binds closest.
        ("not tcp and port 443", ["quic", "quic 6"]),
        ("(udp)and(port 5060)", ["sip"]),
    ],
)
def test_flows_that_are_chosen(text, names, flows):
    assert _chosen(flows, text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected tcp, udp, port, host, net, not or (, received the end"),
        ("TCP", "net, not or (, received 'TCP' at character 1"),
        ("src port 80", "net, not or (, received 'src' at character 1"),
        ("port http", "a port from 0 to 65535, received 'http' at character 6"),
        ("udp port", "expected a port from 0 to 65535, received the end"),
        ("tcp port 65536", "received '65536' at character 10"),
        ("port -1", "received '-1' at character 6"),
        ("port ４４３", "received '４４３' at character 6"),
        (f"port {'9' * 5000}", "expected a port from 0 to 65535, received"),
        ("port 80 or 443", "net, not or (, received '443' at character 12"),
        ("tcp 80", "expected and, or or the end, received '80' at character 5"),
        ("host ace", "expected an IP address, received 'ace' at character 6"),
        ("host 10.0.0.0/8", "an IP address, received '10.0.0.0/8'"),
        ("host fe80::1%eth0", "an IP address, received 'fe80::1%eth0'"),
        ("net 10.0.0.1/8", "without bits behind its mask, received '10.0.0.1/"),
        ("net 10.0.0.0/255.0.0.0", "expected a network such as 10.0.0.0/8"),
        ("net 10", "a network such as 10.0.0.0/8, without bits behind its ma"),
        ("tcp and", "net, not or (, received the end"),
        ("not", "net, not or (, received the end"),
        ("(tcp or udp", "expected and, or or ), received the end"),
        ("tcp)", "expected and, or or the end, received ')' at character 4"),
        ("()", "net, not or (, received ')' at character 2"),
        ("(" * 51, "expected at most 50 levels of not and (, received '('"),
        ("not " * 51 + "tcp", "at most 50 levels of not and (, received 'not'"),
    ],
)
def test_no_filter(text, message):
    with pytest.raises(InputError) as caught:
        read_flow_filter(text, "labels.csv, line 3, column `flows`")
    assert message in str(caught.value)
    assert str(caught.value).startswith("labels.csv, line 3, column `flows`: e")


def test_long_and_deep_filters(flows):
    assert _chosen(flows, " or ".join(["port 1"] * 10_000)) == []
    assert _chosen(flows, "(" * 50 + "port 5060" + ")" * 50) == ["sip"]


def test_text_has_single_spaces():
    assert read_flow_filter(" tcp   port 1 ", "here").text == "tcp port 1"
