"""Each step on packets written out in hex, then everything at once."""

import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import mpls
from capture_bytes import pppoe
from capture_bytes import snap
from capture_bytes import tcp
from capture_bytes import udp
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from packet_reference import reference_row
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet6 import IPv6

from mtc_tf.packets.fields import RECIPES
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import preprocess

RAW_IP = 101
ETHERNET = 1

IPV4_HEADER = "4500002a 12340000 4006abcd 0a000001 0a000002"
WITHOUT_ADDRESSES = "4500002a 12340000 4006abcd 00000000 00000000"
TCP_HEADER = "9c4001bb 11111111 22222222 50183333 44445555"
PACKET = bytes.fromhex(f"{IPV4_HEADER} {TCP_HEADER} 6162")
ROW = bytes.fromhex(f"{WITHOUT_ADDRESSES} {TCP_HEADER} 6162")


def chunk(frames, link_types, wire_lengths=None):
    return FrameBatch.from_records(
        frames,
        ticks=[0] * len(frames),
        wire_lengths=wire_lengths or list(map(len, frames)),
        interfaces=[(link_type, 1) for link_type in link_types],
    )


def row_of(frame, link_type=RAW_IP, recipe="paper", masks=()):
    """The row of one packet without the zeros at its end."""
    result = preprocess(chunk([frame], [link_type]), recipe, masks)
    assert result.packets.shape == (1, 1500)
    return result.packets.tobytes().rstrip(b"\0")


def reason_of(frame, link_type=RAW_IP):
    """Why one packet is dropped, or None."""
    result = preprocess(chunk([frame], [link_type]), "paper", ())
    return reason_names(result)[0]


def reason_names(result):
    names = {code: reason for reason, code in CODES.items()} | {KEPT: None}
    return [names[code] for code in result.reasons.tolist()]


# === Step (1) ===


@pytest.mark.parametrize(
    "link_type, header",
    [
        pytest.param(1, "020000000001020000000002 0800", id="ethernet"),
        pytest.param(1, f"{'00' * 12} 81000007 0800", id="one tag"),
        pytest.param(1, f"{'00' * 12} 81000007 81000008 0800", id="two tags"),
        pytest.param(1, f"{'00' * 12} 88a80007 81000008 0800", id="802.1ad"),
        pytest.param(1, f"{'00' * 12} 91000007 0800", id="9100"),
        pytest.param(
            1, f"{'00' * 12} 8864 11000001002c 0021", id="pppoe in ethernet"
        ),
        pytest.param(12, "", id="raw 12"),
        pytest.param(14, "", id="raw 14"),
        pytest.param(101, "", id="raw 101"),
        pytest.param(228, "", id="raw ipv4"),
        pytest.param(0, "02000000", id="null little endian"),
        pytest.param(0, "00000002", id="null big endian"),
        pytest.param(108, "00000002", id="loop"),
        pytest.param(1, f"{'00' * 12} {'81000007' * 16} 0800", id="16 tags"),
        pytest.param(
            1, f"{'00' * 12} 88a80007 88e7 00000001 {'02' * 12} 0800", id="ah"
        ),
        pytest.param(1, f"{'00' * 12} 8926 00000000 0800", id="vn-tag"),
        pytest.param(1, f"{'00' * 12} 893f {'00' * 6} 0800", id="802.1br"),
        pytest.param(
            1, f"{'00' * 12} 0032 aaaa03 000000 0800", id="llc and snap"
        ),
        pytest.param(
            1,
            f"{'00' * 12} 81000007 0032 aaaa03 000000 0800",
            id="snap behind a tag",
        ),
        pytest.param(1, f"{'00' * 12} 002d 060603", id="llc of ip"),
        pytest.param(1, f"{'00' * 12} 8847 00064140", id="mpls"),
        pytest.param(
            1, f"{'00' * 12} 8848 00010040 00064040 00001140", id="mpls stack"
        ),
        pytest.param(
            1, f"{'00' * 12} 81000007 8847 00064140", id="mpls behind a tag"
        ),
        pytest.param(
            1, f"{'00' * 12} 8864 11000001002b 21", id="pppoe, short protocol"
        ),
        pytest.param(104, "0f00 0800", id="cisco hdlc"),
        pytest.param(50, "8f00 0800", id="cisco hdlc as ppp"),
        pytest.param(138, f"{'00' * 16} 0800", id="firewire"),
        pytest.param(
            113, f"{'00' * 14} 0004 aaaa03 000000 0800", id="cooked, snap"
        ),
        pytest.param(276, f"8100 {'00' * 18} 0007 0800", id="cooked v2, tag"),
        pytest.param(9, "21", id="ppp, short protocol"),
        pytest.param(9, "ff0321", id="ppp with address, short protocol"),
        pytest.param(9, "0281 00064140", id="ppp, mpls"),
        pytest.param(113, f"{'00' * 14} 0800", id="cooked"),
        pytest.param(113, f"{'00' * 14} 8100 0007 0800", id="cooked, tag"),
        pytest.param(276, f"0800 {'00' * 18}", id="cooked v2"),
        pytest.param(9, "0021", id="ppp"),
        pytest.param(9, "ff030021", id="ppp with address"),
        pytest.param(50, "ff030021", id="ppp in hdlc"),
        pytest.param(51, "11000001002c 0021", id="pppoe"),
    ],
)
def test_link_header_is_removed(link_type, header):
    assert row_of(bytes.fromhex(header) + PACKET, link_type) == ROW


@pytest.mark.parametrize(
    "link_type, header",
    [
        pytest.param(1, f"{'00' * 12} 86dd", id="ethernet"),
        pytest.param(101, "", id="raw"),
        pytest.param(229, "", id="raw ipv6"),
        pytest.param(0, "18000000", id="null, netbsd"),
        pytest.param(0, "1c000000", id="null, freebsd"),
        pytest.param(0, "0000001e", id="null, macos, big endian"),
        pytest.param(9, "0057", id="ppp"),
        pytest.param(9, "57", id="ppp, short protocol"),
        pytest.param(1, f"{'00' * 12} 8847 00064140", id="mpls"),
        pytest.param(1, f"{'00' * 12} 0032 aaaa03 000000 86dd", id="snap"),
    ],
)
def test_link_header_before_ipv6_is_removed(link_type, header):
    packet = ipv6(tcp())
    row = row_of(bytes.fromhex(header) + packet, link_type)
    assert row == packet[:8] + bytes(32) + packet[40:]


def test_padding_of_ethernet_is_no_payload():
    frame = ethernet(ipv4(tcp(b""))).ljust(60, b"\xee")
    assert reason_of(frame, ETHERNET) == "empty_tcp"


def test_bytes_behind_the_ip_packet_are_cut():
    assert row_of(PACKET + b"\xee\xee\xee\xee") == ROW
    packet = ipv6(tcp())
    assert row_of(packet + b"\xee") == packet[:8] + bytes(32) + packet[40:]


@pytest.mark.parametrize(
    "packet",
    [ipv4(tcp(b"offload"), total=0), ipv6(tcp(b"offload"), length=0)],
    ids=["ipv4", "ipv6"],
)
def test_total_length_0_means_to_the_end_of_the_frame(packet):
    assert row_of(packet).endswith(b"offload")


@pytest.mark.parametrize("total", [None, 0], ids=["stated", "offload"])
def test_packet_cut_by_the_snap_length_is_kept_and_truncated(total):
    packet = ipv4(tcp(b"0123456789"), **({} if total is None else {"total": 0}))
    frames = chunk([packet[:-3], packet], [RAW_IP] * 2, [len(packet)] * 2)
    result = preprocess(frames, "paper", ())
    assert result.ip.truncated.tolist() == [True, False]
    assert result.packets[0].tobytes().rstrip(b"\0").endswith(b"0123456")


def test_ipv4_options_are_cut():
    packet = ipv4(tcp(), options=bytes.fromhex("94040000 01010101"))
    expected = packet[:12] + bytes(8) + tcp()
    assert row_of(packet) == expected


def test_ipv6_extension_headers_are_cut():
    chain = (
        bytes.fromhex("3c00 000000000000")  # hop-by-hop, then destination
        + bytes.fromhex("2b01 0000000000000000000000000000")  # 16 bytes
        + bytes.fromhex("2c00 000000000000")  # routing, then fragment
        + bytes.fromhex("0600 0001 00000007")  # first fragment, then TCP
    )
    packet = ipv6(chain + tcp(), protocol=0)
    assert row_of(packet) == packet[:8] + bytes(32) + tcp()


# === Step (2) ===


def test_ipv4_addresses_become_zero():
    assert row_of(PACKET)[:20] == bytes.fromhex(WITHOUT_ADDRESSES)


def test_ipv6_addresses_become_zero():
    row = row_of(ipv6(udp(b"x"), protocol=17))
    assert row[:40] == bytes.fromhex("60000000 0009 11 40") + bytes(32)


# === Step (3) ===


def test_tcp_options_are_cut():
    timestamps = bytes.fromhex("0101080a 00000001 00000002")
    row = row_of(ipv4(tcp(b"data", options=timestamps)))
    # The data offset stays 8, as all bytes of the kept header.
    assert row[20:] == tcp(b"data", offset=8)


def test_zeros_stand_directly_behind_the_udp_header():
    row = row_of(ipv4(udp(b"data"), protocol=17))
    assert row[20:] == bytes.fromhex("9c4001bb000c6666") + bytes(12) + b"data"


@pytest.mark.parametrize("protocol", [47, 50, 51, 132])
def test_other_transports_are_kept_unchanged(protocol):
    packet = ipv4(b"\x01\x02\x03", protocol=protocol)
    assert row_of(packet) == packet[:12] + bytes(8) + b"\x01\x02\x03"
    packet = ipv6(b"\x01\x02\x03", protocol=protocol)
    assert row_of(packet) == packet[:8] + bytes(32) + b"\x01\x02\x03"


# === Step (4) ===

LATER_FRAGMENT = bytes.fromhex("0600 0008 00000007")
CUT_EXTENSION = bytes.fromhex("0602 000000000000")


@pytest.mark.parametrize(
    "reason, packet",
    [
        ("dns", ipv4(udp(ports=(40000, 53)), protocol=17)),
        ("dns", ipv4(udp(ports=(53, 40000)), protocol=17)),
        ("dns", ipv4(tcp(ports=(40000, 53)))),
        ("dns", ipv4(udp(b"", ports=(40000, 53)), protocol=17)),
        ("dhcp", ipv4(udp(ports=(68, 67)), protocol=17)),
        ("ntp", ipv4(udp(ports=(123, 123)), protocol=17)),
        ("netbios", ipv4(udp(ports=(137, 137)), protocol=17)),
        ("netbios", ipv4(udp(ports=(138, 138)), protocol=17)),
        ("netbios", ipv4(tcp(ports=(40000, 139)))),
        ("ssdp", ipv4(udp(ports=(40000, 1900)), protocol=17)),
        ("mdns", ipv4(udp(ports=(5353, 5353)), protocol=17)),
        ("llmnr", ipv6(udp(ports=(40000, 5355)), protocol=17)),
        ("dhcpv6", ipv6(udp(ports=(546, 547)), protocol=17)),
        ("icmp", ipv4(bytes(8), protocol=1)),
        ("icmpv6", ipv6(bytes(8), protocol=58)),
        ("igmp", ipv4(bytes(8), protocol=2)),
        ("empty_tcp", ipv4(tcp(b""))),
        ("empty_tcp", ipv6(tcp(b"", options=bytes(12)))),
        ("empty_tcp", ipv4(tcp(b"behind", offset=15))),
        ("empty_udp", ipv4(udp(b""), protocol=17)),
        ("fragment", ipv4(b"rest of a datagram", fragment=1)),
        ("fragment", ipv4(b"rest of a datagram", fragment=0x3FFF)),
        ("fragment", ipv6(LATER_FRAGMENT + b"rest", protocol=44)),
        ("malformed", ipv4(tcp(b"data", offset=4))),
        ("malformed", ipv4(tcp()[:19])),
        ("malformed", ipv4(udp()[:7], protocol=17)),
        ("malformed", ipv4(tcp(), version_length=0x44)),
        ("malformed", ipv4(b"", version_length=0x46)),
        ("malformed", ipv4(tcp(), total=19)),
        ("malformed", ipv4(tcp())[:19]),
        ("malformed", ipv6(tcp())[:39]),
        ("malformed", ipv6(CUT_EXTENSION + tcp(b"")[:8], protocol=60)),
        ("malformed", ipv6(b"\x06", protocol=0)),
        ("not_ip", b""),
        ("not_ip", b"\x50" + bytes(40)),
        (None, ipv4(tcp(b"x"), fragment=0x2000)),
        (None, ipv4(tcp(b"x"), fragment=0x4000)),
        ("empty_other", ipv4(b"", protocol=50)),
        ("empty_other", ipv6(b"", protocol=59)),
        ("empty_other", ipv6(bytes.fromhex("3b00 000000000000"), protocol=60)),
        ("payload_cut", ipv4(tcp(b"data"))[:40]),
        ("payload_cut", ipv4(tcp(b"data", options=bytes(12)))[:45]),
        ("payload_cut", ipv4(tcp(b"data", options=bytes(12)))[:52]),
        ("payload_cut", ipv4(udp(b"data"), protocol=17)[:28]),
        ("payload_cut", ipv6(udp(b"data"), protocol=17)[:48]),
        ("payload_cut", ipv4(b"data", protocol=50)[:20]),
        ("empty_tcp", ipv4(tcp(b"", options=bytes(12)))[:45]),
        ("empty_tcp", ipv4(tcp(b"behind", offset=15))[:40]),
        ("malformed", ipv4(tcp(b"data"))[:39]),
        (None, ipv4(b"x", protocol=50)),
    ],
)
def test_drop_reason(reason, packet):
    assert reason_of(packet) == reason


@pytest.mark.parametrize(
    "reason, frame",
    [
        ("arp", ethernet(bytes(28), ethertype=0x0806)),
        ("arp", ethernet(bytes(28), ethertype=0x0806, tags=(0x8100,))),
        ("not_ip", ethernet(bytes(46), ethertype=0x88CC)),
        ("unread_link_header", ethernet(PACKET, tags=(0x8100,) * 17)),
        ("unread_link_header", ethernet(mpls(bytes(40)), 0x8847)),
        ("unread_link_header", ethernet(mpls(PACKET), 0x8848)[:18]),
        ("unread_link_header", ethernet(bytes(46), 0x88E5)),
        ("unread_link_header", ethernet(pppoe(b"\x00\xfd" + PACKET), 0x8864)),
        ("not_ip", ethernet(pppoe(b"\xc0\x21" + PACKET), 0x8864)),
        ("not_ip", ethernet(bytes(46), 46)),
        ("not_ip", ethernet(snap(PACKET, 0x05DC), 50)),
        ("not_ip", ethernet(snap(PACKET), 1501)),
        ("not_ip", ethernet(snap(PACKET), 50)[:21]),
        ("not_ip", ethernet(mpls(PACKET, labels=2), 0x8847)[:21]),
        ("arp", ethernet(snap(bytes(28), 0x0806), 36)),
        ("not_ip", ethernet(PACKET)[:13]),
        ("malformed", ethernet(PACKET, ethertype=0x86DD)),
        ("malformed", ethernet(PACKET)[:14]),
    ],
)
def test_drop_reason_of_ethernet(reason, frame):
    assert reason_of(frame, ETHERNET) == reason


def test_packets_of_an_unknown_link_type_are_dropped():
    assert reason_of(PACKET, link_type=147) == "unknown_link_type"


def test_data_with_the_flag_ack_is_kept():
    ack_and_push = tcp(b"data")
    assert ack_and_push[13] == 0x18
    assert reason_of(ipv4(ack_and_push)) is None


# === Step (5) ===


@pytest.mark.parametrize("length", [1459, 1460, 1461, 9000])
def test_row_has_1500_bytes(length):
    packet = ipv4(tcp(b"\xff" * length))
    row = preprocess(chunk([packet], [RAW_IP]), "paper", ()).packets[0]
    assert row.dtype == np.uint8
    assert np.count_nonzero(row[40:] == 0xFF) == min(length, 1460)
    assert row[40 : 40 + length].all() and not row[40 + length :].any()


def test_neighbours_in_a_chunk_do_not_touch_each_other():
    frames = [PACKET, ipv4(udp(b"\xee" * 2000), protocol=17)] * 300
    result = preprocess(chunk(frames, [RAW_IP] * 600), "paper", ())
    assert {row.tobytes() for row in result.packets[::2]} == {
        ROW.ljust(1500, b"\0")
    }


def test_empty_chunk():
    result = preprocess(chunk([], []), "strict", ())
    assert result.packets.shape == (0, 1500)


# === Recipes and masks ===


def test_strict_also_zeroes_the_checksums():
    assert row_of(PACKET, recipe="strict") == bytes.fromhex(
        "4500002a 12340000 40060000 00000000 00000000"
        "9c4001bb 11111111 22222222 50183333 00005555 6162"
    )
    row = row_of(ipv4(udp(b"data"), protocol=17), recipe="strict")
    assert row[20:] == bytes.fromhex("9c4001bb000c0000") + bytes(12) + b"data"


def test_strict_also_zeroes_the_flow_label():
    packet = ipv6(tcp(b"data"), flow_label=0xABCDE)
    packet = packet[:1] + b"\xba" + packet[2:]  # and half a traffic class
    assert row_of(packet)[:4] == bytes.fromhex("60babcde")
    assert row_of(packet, recipe="strict")[:4] == bytes.fromhex("60b00000")
    row = row_of(packet, masks=["ip.flow_label"])
    assert row == packet[:1] + b"\xb0\0\0" + packet[4:8] + bytes(32) + tcp()


@pytest.mark.parametrize(
    "mask, zeroed",
    [
        ("ip.checksum", range(10, 12)),
        ("transport.checksum", range(36, 38)),
        ("udp.length", range(0)),
        ("ip.id", range(4, 6)),
        ("ip.flow_label", range(0)),
        ("ip.ttl", range(8, 9)),
        ("ip.length", range(2, 4)),
        ("transport.ports", range(20, 24)),
        ("tcp.seq", range(24, 28)),
        ("tcp.ack", range(28, 32)),
        ("tcp.flags", range(33, 34)),
        ("tcp.window", range(34, 36)),
        ("payload", range(40, 42)),
        ("headers", range(0, 40)),
        ("all_but_lengths", [1, *range(4, 9), *range(10, 42)]),
    ],
)
def test_mask_zeroes_its_bytes_of_ipv4(mask, zeroed):
    expected = bytearray(ROW)
    for position in zeroed:
        expected[position] = 0
    if mask == "all_but_lengths":
        expected[0] = 0x40  # the version stays
    assert row_of(PACKET, masks=[mask]) == bytes(expected).rstrip(b"\0")


@pytest.mark.parametrize(
    "mask, zeroed",
    [
        ("ip.id", range(0)),
        ("ip.ttl", range(7, 8)),
        ("ip.length", range(4, 6)),
        ("udp.length", range(44, 46)),
        ("ip.checksum", range(0)),
        ("transport.checksum", range(46, 48)),
        ("transport.ports", range(40, 44)),
        ("tcp.seq", range(0)),
        ("payload", range(60, 64)),
        ("headers", range(0, 60)),
    ],
)
def test_mask_zeroes_its_bytes_of_udp_in_ipv6(mask, zeroed):
    packet = ipv6(udp(b"data"), protocol=17)
    expected = bytearray(row_of(packet))
    for position in zeroed:
        expected[position] = 0
    assert row_of(packet, masks=[mask]) == bytes(expected).rstrip(b"\0")


def test_masked_payload_of_another_transport_leaves_the_ip_header():
    packet = ipv4(b"\xff" * 30, protocol=50)
    assert row_of(packet, masks=["payload"]) == packet[:12]


def test_masks_add_up():
    assert row_of(PACKET, masks=["headers", "payload"]) == b""


# === Against references ===


@pytest.mark.parametrize("version", [IP, IPv6])
def test_row_equals_the_packet_that_scapy_builds_without_addresses(version):
    original = version(
        bytes(version() / TCP(options=[("Timestamp", (1, 2))]) / b"data")
    )
    packet = original.copy()
    packet.src = packet.dst = "0.0.0.0" if version is IP else "::"
    packet[TCP].options = []
    assert row_of(bytes(original)) == bytes(packet)


def check_against_reference(frames, link_types, wire_lengths):
    for recipe in RECIPES:
        result = preprocess(chunk(frames, link_types, wire_lengths), recipe, ())
        expected = [
            reference_row(frame, link_type, wire_length, recipe)
            for frame, link_type, wire_length in zip(
                frames, link_types, wire_lengths, strict=True
            )
        ]
        assert reason_names(result) == [reason for _, reason, _ in expected]
        rows = [(row, cut) for row, reason, cut in expected if reason is None]
        assert [row.tobytes() for row in result.packets] == [
            row for row, _ in rows
        ]
        assert result.ip.truncated.tolist() == [cut for _, cut in rows]


LINK_HEADERS = [
    (1, bytes(12)),
    (1, bytes(12) + b"\x81\x00\x00\x07"),
    (1, bytes(12) + b"\x91\x00\x00\x07\x88\xa8\x00\x07"),
    (113, bytes(14)),
    (101, b""),
]
PORTS = st.sampled_from([53, 67, 123, 138, 1900, 5353, 443, 443, 443, 40000])
PROTOCOLS = st.sampled_from([0, 1, 2, 6, 6, 6, 17, 17, 43, 44, 50, 58, 59, 60])


@st.composite
def ip_packets(draw):
    """IP packets that are nearly right: the rules meet at their edges."""
    ports = draw(st.tuples(PORTS, PORTS))
    payload = draw(st.binary(max_size=40)) * draw(st.sampled_from([1, 40]))
    body = draw(
        st.sampled_from(
            [
                udp(payload, ports),
                tcp(payload, ports, options=bytes(12)),
                tcp(payload, ports, offset=draw(st.integers(0, 15))),
                payload,
            ]
        )
    )
    if draw(st.booleans()):
        extensions = draw(st.lists(PROTOCOLS, max_size=3))
        for protocol in extensions:
            fragment = draw(st.sampled_from([b"\0\0", b"\0\1", b"\0\x08"]))
            length = draw(st.integers(0, 2))
            body = bytes([protocol, length]) + fragment + bytes(4) + body
        kwargs = {}
        if draw(st.integers(0, 4)) == 0:
            kwargs["length"] = draw(st.integers(0, len(body) + 9))
        return 0x86DD, ipv6(body, draw(PROTOCOLS), **kwargs)
    kwargs = {}
    if draw(st.integers(0, 4)) == 0:
        kwargs["total"] = draw(st.integers(0, len(body) + 30))
    if draw(st.integers(0, 4)) == 0:
        kwargs["fragment"] = draw(st.sampled_from([1, 0x2000, 0x4000, 0x1FFF]))
    options = bytes(4 * draw(st.sampled_from([0, 0, 1, 10])))
    return 0x0800, ipv4(body, draw(PROTOCOLS), options, **kwargs)


@st.composite
def records(draw):
    """Tuples of frame, link type, and length on the wire."""
    ethertype, packet = draw(ip_packets())
    link_type, header = draw(st.sampled_from(LINK_HEADERS))
    if link_type != 101:
        header += ethertype.to_bytes(2, "big")
    frame = header + packet + draw(st.binary(max_size=6))
    wire_length = len(frame)
    if draw(st.integers(0, 3)) == 0:
        frame = frame[: draw(st.integers(0, len(frame)))]
    return frame, link_type, wire_length


@settings(max_examples=100, deadline=None)
@given(st.lists(records(), min_size=1, max_size=6))
def test_nearly_right_packets_equal_the_reference(drawn):
    check_against_reference(*map(list, zip(*drawn, strict=True)))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.binary(max_size=120),
            st.sampled_from([0, 1, 9, 12, 50, 51, 101, 108, 113, 228, 229, 276])
            | st.integers(0, 65535),
            st.integers(0, 2**32 - 1),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_arbitrary_bytes_never_raise_and_equal_the_reference(drawn):
    check_against_reference(*map(list, zip(*drawn, strict=True)))
