"""Header fields by name, for the recipes and the masks."""

import dataclasses
import functools

import numpy as np

HEADERS = "headers"
# Where a field stands in each header that has it: first byte, byte behind the
# last one. The flags of TCP are those of byte 13; byte 12 also holds the
# data offset.
FIELDS = {
    "ip.checksum": {"ipv4": (10, 12)},
    "transport.checksum": {"tcp": (16, 18), "udp": (6, 8)},
    "ip.id": {"ipv4": (4, 6)},
    "ip.flow_label": {"ipv6": (1, 4)},
    "ip.ttl": {"ipv4": (8, 9), "ipv6": (7, 8)},
    "ip.length": {"ipv4": (2, 4), "ipv6": (4, 6)},
    "udp.length": {"udp": (4, 6)},
    "transport.ports": {"tcp": (0, 4), "udp": (0, 4)},
    "tcp.seq": {"tcp": (4, 8)},
    "tcp.ack": {"tcp": (8, 12)},
    "tcp.window": {"tcp": (14, 16)},
    "tcp.flags": {"tcp": (13, 14)},
    HEADERS: {
        "ipv4": (0, 20),
        "ipv6": (0, 40),
        "tcp": (0, 20),
        "udp": (0, 20),
    },
}

# Those of step (2), for every recipe.
ADDRESSES = {"ipv4": (12, 20), "ipv6": (8, 40)}

# Bits of a field's first byte that belong to the field before it.
OTHER_BITS = {"ip.flow_label": 0xF0}

_RECIPE_FIELDS = {
    "paper": (),
    # The checksums give the zeroed addresses away: their sum follows from the
    # checksum and the other fields. A flow label is the name of a flow.
    "strict": ("ip.checksum", "transport.checksum", "ip.flow_label"),
}

RECIPES = tuple(_RECIPE_FIELDS)
PAYLOAD = "payload"
# All but `LENGTHS`, and what tells where these stand.
ALL_BUT_LENGTHS = "all_but_lengths"
LENGTHS = ("ip.length", "udp.length")
MASKS = (
    "ip.checksum",
    "transport.checksum",
    "ip.id",
    "ip.flow_label",
    "ip.ttl",
    "ip.length",
    "udp.length",
    "transport.ports",
    "tcp.seq",
    "tcp.ack",
    "tcp.window",
    "tcp.flags",
    PAYLOAD,
    HEADERS,
    ALL_BUT_LENGTHS,
)


def check_names(recipe, masks):
    """Raises `ValueError` for a recipe or mask that does not exist."""
    if recipe not in RECIPES:
        raise ValueError(
            f"`recipe` must be one of {', '.join(RECIPES)}. Received: {recipe}"
        )
    unknown = [mask for mask in masks if mask not in MASKS]
    if unknown:
        raise ValueError(
            f"`masks` must be of {', '.join(MASKS)}. "
            f"Received: {', '.join(unknown)}"
        )


def hides_length(masks):
    """Whether masks hide how long a packet is, but for its zeros at the end."""
    return not {"ip.length", HEADERS}.isdisjoint(masks)


def zero_fields(ip, transport, recipe):
    """Sets the fields that a recipe names to zero.

    Args:
        ip: `IPPackets`.
        transport: `TransportPackets` of the same packets.
        recipe: str. One of `RECIPES`.

    Returns:
        Tuple of `IPPackets` and `TransportPackets`.
    """
    # In the order of the numbers below; others keep all.
    ip_bits = _kept_bits(recipe, ("ipv4", "ipv6"), ip.headers.shape[1])
    transport_bits = _kept_bits(
        recipe, (None, "tcp", "udp"), transport.headers.shape[1]
    )
    is_ipv6 = (ip.versions == 6).astype(np.int64)
    transports = transport.is_tcp + 2 * transport.is_udp
    return (
        dataclasses.replace(ip, headers=ip.headers & ip_bits[is_ipv6]),
        dataclasses.replace(
            transport, headers=transport.headers & transport_bits[transports]
        ),
    )


@functools.cache
def _kept_bits(recipe, layers, length):
    """The bits of headers that a recipe keeps, a row for each layer."""
    return ~np.stack([recipe_bits(recipe, layer, length) for layer in layers])


def recipe_bits(recipe, layer, length):
    """Says which bits of a header a recipe sets to zero.

    Args:
        recipe: str. One of `RECIPES`.
        layer: str. `ipv4`, `ipv6`, `tcp` or `udp`; None for another one.
        length: int. Bytes of the header.

    Returns:
        uint8 array `(length,)`.
    """
    bits = np.zeros(length, np.uint8)
    for name in _RECIPE_FIELDS[recipe]:
        if layer in FIELDS[name]:
            first, last = FIELDS[name][layer]
            bits[first:last] = 0xFF
            bits[first] &= ~OTHER_BITS.get(name, 0) & 0xFF
    return bits
