"""What is cleared inside of tunnels: packets in hex, then pairs of packets."""

import pytest
from capture_bytes import ethernet
from capture_bytes import gre
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import tcp
from capture_bytes import udp
from capture_bytes import vxlan

from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.preprocessing import preprocess

RAW_IP = 101


def rows_of(packets, recipe="strict", masks=()):
    """The rows of packets without the zeros at their ends."""
    frames = FrameBatch.from_records(
        packets,
        ticks=[0] * len(packets),
        wire_lengths=list(map(len, packets)),
        interfaces=[(RAW_IP, 1)] * len(packets),
    )
    result = preprocess(frames, recipe, masks)
    assert result.packets.shape == (len(packets), 1500)
    return [row.tobytes().rstrip(b"\0") for row in result.packets]


def behind_ip(content, protocol, version=ipv4):
    """What stands behind the IP header in the row of recipe `strict`."""
    header = 20 if version is ipv4 else 40
    [row] = rows_of([version(content, protocol=protocol)])
    return row[header:]


# Inner packets, and what is left of them.
INNER = "45000044 00070000 4011eb4e c0a80701 c0a807029c409c41 0030abcd 78787878"
CLEARED = (
    "45000044 00070000 40110000 00000000 000000009c409c41 00300000 78787878"
)
ADDRESSES = "11" * 32
INNER6 = f"6abcdeff 0018 06 40 {ADDRESSES} 9c4001bb {'22' * 12} 3333 44 78"
CLEARED6 = f"6ab00000 0018 06 40 {'00' * 32} 9c4001bb {'22' * 12} 0000 44 78"
MACS = "020000000002 020000000001"
NO_MACS = "00" * 12


@pytest.mark.parametrize(
    "protocol, content, expected",
    [
        pytest.param(4, INNER, CLEARED, id="ip in ip"),
        pytest.param(41, INNER6, CLEARED6, id="ipv6 in ip"),
        pytest.param(47, f"00000800 {INNER}", f"00000800 {CLEARED}", id="gre"),
        pytest.param(
            47, f"000086dd {INNER6}", f"000086dd {CLEARED6}", id="gre, ipv6"
        ),
        pytest.param(
            47,
            f"b0000800 abcd0000 00000007 00000009 {INNER}",
            f"b0000800 00000000 00000007 00000009 {CLEARED}",
            id="gre with checksum, key and number",
        ),
        pytest.param(
            47,
            f"20000800 00000007 {INNER}",
            f"20000800 00000007 {CLEARED}",
            id="gre with key",
        ),
        pytest.param(
            47,
            f"20006558 00004d00 {MACS} 0800 {INNER}",
            f"20006558 00004d00 {NO_MACS} 0800 {CLEARED}",
            id="nvgre",
        ),
        pytest.param(
            47,
            f"000088be {MACS} 81000007 0800 {INNER}",
            f"000088be {NO_MACS} 81000007 0800 {CLEARED}",
            id="erspan of type 1, tag",
        ),
        pytest.param(
            47,
            f"100088be 00000001 10000000 00000000 {MACS} 0800 {INNER}",
            f"100088be 00000001 10000000 00000000 {NO_MACS} 0800 {CLEARED}",
            id="erspan of type 2",
        ),
        pytest.param(
            47,
            f"100022eb 00000001 {'20' * 11} 00 {MACS} 0800 {INNER}",
            f"100022eb 00000001 {'20' * 11} 00 {NO_MACS} 0800 {CLEARED}",
            id="erspan of type 3",
        ),
        pytest.param(
            47,
            f"100022eb 00000001 {'20' * 11} 01 {'aa' * 8} {MACS} 0800 {INNER}",
            f"100022eb 00000001 {'20' * 11} 01 {'aa' * 8} {NO_MACS} 0800"
            f"{CLEARED}",
            id="erspan of type 3 with a subheader",
        ),
        pytest.param(
            17,
            f"c35112b5 0062eeee 08000000 00004d00 {MACS} 0800 {INNER}",
            f"c35112b5 00620000 {'00' * 12} 08000000 00004d00 {NO_MACS} 0800"
            f"{CLEARED}",
            id="vxlan",
        ),
        pytest.param(
            47,
            f"000086dd 60000000 0060 2f 40 {ADDRESSES} 00000800"
            f"45000058 00000000 4004eeee {'22' * 8} {INNER}",
            f"000086dd 60000000 0060 2f 40 {'00' * 32} 00000800"
            f"45000058 00000000 40040000 {'00' * 8} {CLEARED}",
            id="tunnels in tunnels",
        ),
        pytest.param(
            4,
            f"48000044 00070000 4006eeee {'22' * 8} 070b04 {'33' * 9}"
            f"9c4001bb {'44' * 12} 5555 6666 78",
            f"48000044 00070000 40060000 {'00' * 8} {'00' * 12}"
            f"9c4001bb {'44' * 12} 0000 6666 78",
            id="options",
        ),
        pytest.param(
            41,
            f"60000000 0024 2b 40 {ADDRESSES}"
            f"2c02 0401 00000000 {'33' * 16} 1100 0001 00000007"
            "9c409c41 000ceeee 78787878",
            f"60000000 0024 2b 40 {'00' * 32} {'00' * 32}"
            "9c409c41 000c0000 78787878",
            id="extension headers",
        ),
        pytest.param(
            4,
            f"45000044 00072001 4011eeee {'22' * 8} 9c409c41 0030abcd 78",
            f"45000044 00072001 40110000 {'00' * 8} 9c409c41 0030abcd 78",
            id="later fragment",
        ),
        pytest.param(
            41,
            f"60000000 000c 3a 40 {ADDRESSES} 8000abcd 00010002 78787878",
            f"60000000 000c 3a 40 {'00' * 32} 80000000 00010002 78787878",
            id="icmpv6",
        ),
        pytest.param(136, "9c409c41 0008abcd 78", "9c409c41 00080000 78"),
        pytest.param(33, "9c409c41 0500abcd 78", "9c409c41 05000000 78"),
        # Cut off inside the inner header.
        pytest.param(4, INNER[:36], CLEARED[:27], id="cut in the source"),
        pytest.param(47, "00000800 4500", "00000800 45", id="cut early"),
    ],
)
@pytest.mark.parametrize("version", [ipv4, ipv6])
def test_inner_headers_are_cleared(version, protocol, content, expected):
    received = behind_ip(bytes.fromhex(content), protocol, version)
    assert received.hex() == bytes.fromhex(expected).rstrip(b"\0").hex()


@pytest.mark.parametrize(
    "protocol, content",
    [
        pytest.param(50, INNER, id="esp"),
        pytest.param(4, INNER6, id="not the version"),
        pytest.param(41, INNER, id="not the version, ipv6"),
        pytest.param(47, f"00010800 {INNER}", id="gre of version 1"),
        pytest.param(47, f"40000800 {INNER}", id="gre with routes"),
        pytest.param(47, f"0000000b {INNER}", id="gre with something else"),
        pytest.param(47, f"00000006 {INNER}", id="no EtherType"),
    ],
)
def test_other_content_is_kept(protocol, content):
    content = bytes.fromhex(content)
    assert behind_ip(content, protocol) == content


@pytest.mark.parametrize(
    "ports, first", [((50000, 4790), 8), ((4789, 50000), 8), ((1, 4789), 0)]
)
def test_other_udp_is_kept(ports, first):
    content = bytes((first,)) + vxlan(ethernet(bytes.fromhex(INNER)))[1:]
    assert behind_ip(udp(content, ports), 17)[20:] == content


def test_recipe_paper_keeps_what_is_inside():
    packet = ipv4(bytes.fromhex(f"00000800 {INNER}"), protocol=47)
    [row] = rows_of([packet], recipe="paper")
    assert row == packet[:12] + bytes(8) + packet[20:]


def test_masked_payload_leaves_nothing_to_follow():
    packet = ipv4(bytes.fromhex(f"00000800 {INNER}"), protocol=47)
    [row] = rows_of([packet], masks=["payload"])
    assert row == packet[:10]


def test_headers_beyond_the_row_are_cut_with_it():
    # The inner checksum would stand in bytes 1502 and 1503 of the row.
    options = gre(bytes(1450), ethertype=0x88CC)
    tags = ethernet(b"", tags=(0x8100,) * 364, ethertype=0x0800)
    packet = ipv4(gre(tags + bytes.fromhex(INNER), 0x6558), protocol=47)
    plain, row = rows_of([ipv4(options, protocol=47), packet])
    assert row[24:36] == bytes(12)
    assert len(row) <= 1500
    assert plain == ipv4(options, protocol=47)[:10] + bytes(10) + options[:4]


def _four_tunnels(source, destination, checksum):
    """GRE, IP in IP, VXLAN and ERSPAN around one datagram."""
    inner = ipv4(
        udp(b"x" * 40),
        protocol=17,
        source=source,
        destination=destination,
        checksum=checksum,
    )
    frame = ethernet(inner)
    return [
        ipv4(gre(inner), protocol=47),
        ipv4(inner, protocol=4),
        ipv4(udp(vxlan(frame), (50001, 4789)), protocol=17),
        ipv4(gre(bytes(8) + frame, 0x88BE, number=1), protocol=47),
    ]


def test_packets_that_differ_in_inner_addresses_have_equal_rows():
    one = _four_tunnels(b"\xc0\xa8\7\1", b"\xc0\xa8\7\2", 0xEB4E)
    other = _four_tunnels(b"\xac\x10\x63\x08", b"\xac\x10\x2c\3", 0x9376)
    assert rows_of(one) == rows_of(other)
    assert all(
        left != right
        for left, right in zip(
            rows_of(one, "paper"), rows_of(other, "paper"), strict=True
        )
    )


def test_neighbours_of_tunnels_stay_as_they_are():
    plain = [ipv4(tcp(b"data")), ipv4(udp(b"data"), protocol=17)]
    tunnels = _four_tunnels(b"\1\2\3\4", b"\5\6\7\x08", 0x1111)
    assert rows_of(plain + tunnels + plain) == [
        *rows_of(plain),
        *rows_of(tunnels),
        *rows_of(plain),
    ]
