"""Filters of flows, in a small part of the language of pcap-filter.

    filter    = term { ("and" | "or") term }
    term      = "not" term | "(" filter ")" | primitive
    primitive = "tcp" | "udp" | ["tcp" | "udp"] "port" NUMBER
              | "host" ADDRESS | "net" NETWORK

What a filter says is what it says to tcpdump: `and` and `or` bind alike, from
left to right, and `not` binds closest. All of it is true of both directions of
a flow or of none, so there is no `src` and no `dst`.
"""

import collections.abc
import dataclasses
import functools
import ipaddress
import operator
import re

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.packets.five_tuples import PROTOCOLS

_WORD = re.compile(r"[()]|[^()\s]+")
# No mask but a length, and no name of an interface behind a `%`.
_ADDRESS = re.compile("[^%/]+(/[0-9]{1,3})?")
_PORT = re.compile("[0-9]{1,5}")
_PROTOCOLS = {name: number for number, name in PROTOCOLS.items()}
_OPERATORS = {"and": operator.and_, "or": operator.or_}
# Parentheses and `not` within each other: far below what Python stands.
_MOST_NESTED = 50
_TERM = "tcp, udp, port, host, net, not or ("
_NO_WORD = ("", None)


@dataclasses.dataclass(frozen=True)
class FlowFilter:
    """Tells which flows are chosen.

    Args:
        text: str. The filter as it was written, with single spaces.
        matches: function from `FiveTuples` to the bool array of shape
            `(flows,)` of those that are chosen.
    """

    text: str
    matches: collections.abc.Callable


def read_flow_filter(text, where):
    """Reads a filter.

    Args:
        text: str.
        where: str. What errors begin with: file, line and column.

    Returns:
        `FlowFilter`.

    Raises:
        InputError: if it is none; says at which character.
    """
    reader = _Reader(text, where)
    matches = reader.filter()
    reader.expect_end()
    return FlowFilter(" ".join(text.split()), matches)


class _Reader:
    """Reads a filter word by word; each method reads what it is named after."""

    def __init__(self, text, where):
        words = [(word[0], word.start() + 1) for word in _WORD.finditer(text)]
        self._words = iter(words)
        self._where = where
        self._nested = 0
        self._advance()

    def filter(self):
        terms = [(None, self._term())]
        while self._word in _OPERATORS:
            combine = _OPERATORS[self._take()]
            terms.append((combine, self._term()))
        return functools.partial(_match_chain, terms)

    def expect_end(self):
        if self._word:
            self._refuse("and, or or the end")

    def _term(self):
        if self._word == "not":
            return self._inner(self._negation)
        if self._word == "(":
            return self._inner(self._group)
        return self._primitive()

    def _inner(self, read):
        """Reads what holds a term or filter again."""
        if self._nested == _MOST_NESTED:
            self._refuse(f"at most {_MOST_NESTED} levels of not and (")
        self._nested += 1
        self._take()
        matches = read()
        self._nested -= 1
        return matches

    def _negation(self):
        return functools.partial(_match_other, self._term())

    def _group(self):
        matches = self.filter()
        if self._word != ")":
            self._refuse("and, or or )")
        self._take()
        return matches

    def _primitive(self):
        if self._word in _PROTOCOLS:
            number = _PROTOCOLS[self._take()]
            if self._word == "port":
                return functools.partial(_match_port, {number}, self._port())
            return functools.partial(_match_protocols, {number})
        if self._word == "port":
            numbers = set(_PROTOCOLS.values())
            return functools.partial(_match_port, numbers, self._port())
        if self._word == "host":
            address = self._parsed(ipaddress.ip_address, "an IP address")
            return functools.partial(
                _match_network, ipaddress.ip_network(address)
            )
        if self._word == "net":
            kind = "a network such as 10.0.0.0/8, without bits behind its mask"
            network = self._parsed(ipaddress.ip_network, kind)
            return functools.partial(_match_network, network)
        self._refuse(_TERM)

    def _port(self):
        self._take()
        if not _PORT.fullmatch(self._word) or int(self._word) >= 2**16:
            self._refuse("a port from 0 to 65535")
        return int(self._take())

    def _parsed(self, parse, kind):
        self._take()
        try:
            if not _ADDRESS.fullmatch(self._word):
                raise ValueError
            value = parse(self._word)
        except ValueError:
            self._refuse(kind)
        self._take()
        return value

    def _take(self):
        word = self._word
        self._advance()
        return word

    def _advance(self):
        self._word, self._position = next(self._words, _NO_WORD)

    def _refuse(self, expected):
        received = "the end"
        if self._word:
            received = f"{self._word!r} at character {self._position}"
        raise InputError(
            f"{self._where}: expected {expected}, received {received}"
        )


def _match_chain(terms, flows):
    (_, first), *others = terms
    result = first(flows)
    for combine, matches in others:
        result = combine(result, matches(flows))
    return result


def _match_other(matches, flows):
    return ~matches(flows)


def _match_protocols(numbers, flows):
    return np.isin(flows.protocols, list(numbers))


def _match_port(numbers, port, flows):
    # Other protocols have ports 0, which are none.
    of_port = flows.source_ports == port
    of_port |= flows.destination_ports == port
    return of_port & _match_protocols(numbers, flows)


def _match_network(network, flows):
    """Whether one of the ends lies in a network."""
    room = bytes(16 - network.max_prefixlen // 8)
    address, mask = (
        np.frombuffer(room + part.packed, np.uint8)
        for part in (network.network_address, network.netmask)
    )
    is_in = flows.ip_versions == network.version
    ends = (flows.source_addresses, flows.destination_addresses)
    return is_in & np.any(
        [((end & mask) == address).all(axis=1) for end in ends], axis=0
    )
