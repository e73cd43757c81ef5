import pytest

from lab.routers import pass_routers

_MACS = "020000000001 020000000002"
# The example of RFC 1071's readers: its checksum is b1e6 at 40 hops.
_IPV4 = "0800 4500003c1c46400040 06 b1e6 ac100a63 ac100a0c"
_IPV6 = "86dd 60000000 0004 {kind} {hops}" + 32 * "20" + "{first} 00 0000"


def _frame(text):
    return bytes.fromhex(f"{_MACS} {text}".replace(" ", ""))


def _checksum(header):
    """The sum of the words, which is all ones if the checksum is right."""
    words = [header[i : i + 2] for i in range(0, len(header), 2)]
    total = sum(int.from_bytes(word) for word in words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_each_router_takes_one_and_the_checksum_stays_right():
    frame = _frame(_IPV4)
    assert _checksum(frame[14:34]) == 0xFFFF
    for count in (1, 20, 63):
        passed = pass_routers(frame, count)
        assert passed[22] == 64 - count
        assert _checksum(passed[14:34]) == 0xFFFF
        assert (passed[:22], passed[23:24]) == (frame[:22], frame[23:24])
        assert passed[26:] == frame[26:]


def test_checksum_that_overflows():
    # b1e6 + 0x3f00 carries nothing, ffe6 + 0x0100 does.
    frame = _frame(_IPV4.replace("b1e6", "ffe6"))
    assert pass_routers(frame, 1)[24:26].hex() == "00e7"


def test_hop_limit_of_ipv6():
    frame = _frame(_IPV6.format(kind="11", hops="80", first="00"))
    passed = pass_routers(frame, 3)
    assert passed[21] == 125
    assert (passed[:21], passed[22:]) == (frame[:21], frame[22:])


@pytest.mark.parametrize(
    "text", [_IPV4, _IPV6.format(kind="11", hops="40", first="00")]
)
def test_packet_whose_time_is_over_is_given_up(text):
    assert pass_routers(_frame(text), 64) is None


@pytest.mark.parametrize(
    "text",
    [
        "0806 0001080006040001",  # ARP
        _IPV6.format(kind="3a", hops="ff", first="87"),  # a neighbour?
        _IPV6.format(kind="3a", hops="ff", first="88"),  # a neighbour!
    ],
)
def test_what_is_between_neighbours_stays(text):
    assert pass_routers(_frame(text), 5) == _frame(text)


def test_echo_of_ipv6_is_not_between_neighbours():
    frame = _frame(_IPV6.format(kind="3a", hops="ff", first="80"))
    assert pass_routers(frame, 5)[21] == 250


def test_frame_to_more_than_one_stays():
    frame = b"\x01" + _frame(_IPV4)[1:]
    assert pass_routers(frame, 5) == frame
