import json

import numpy as np
import pytest

from mtc_tf.explanation.attribution import Attributions
from mtc_tf.explanation.field_attribution import ABSENT
from mtc_tf.explanation.field_attribution import NAMES
from mtc_tf.explanation.field_attribution import attribution_averages
from mtc_tf.explanation.field_attribution import by_field
from mtc_tf.features.header_fields import HEADER_FIELDS

TCP, UDP = 6, 17


def _packets(*protocols):
    packets = np.zeros((len(protocols), 64), "uint8")
    packets[:, 0], packets[:, 9] = 0x45, protocols
    return packets


def _attributions(by_byte, by_number=None, answers=None):
    by_byte = np.array(by_byte, float)
    rows = len(by_byte)
    if by_number is None:
        by_number = np.zeros((rows, 0))
    sums = by_byte.sum(axis=1) + np.sum(by_number, axis=1)
    return Attributions(
        answers=np.zeros(rows, int) if answers is None else np.array(answers),
        differences=sums,
        by_byte=by_byte,
        by_number=np.array(by_number),
        steps=8,
    )


def _column(fields, name):
    return fields[:, NAMES.index(name)].tolist()


def test_bytes_are_added_up_by_field():
    by_byte = np.zeros((2, 64))
    by_byte[:, 8] = 3  # TTL
    by_byte[:, 24:28] = 1  # sequence number, or length and checksum of UDP
    by_byte[:, 40:] = 0.5
    fields = by_field(_packets(TCP, UDP), _attributions(by_byte))
    assert _column(fields, "ip.ttl") == [3, 3]
    assert _column(fields, "tcp.seq") == [4, 0]
    assert _column(fields, "udp.length") == [0, 2]
    assert _column(fields, "transport.checksum") == [0, 2]
    assert _column(fields, "payload") == [12, 12]
    np.testing.assert_allclose(fields.sum(axis=1), by_byte.sum(axis=1))


def test_numbers_go_to_their_field_or_to_absent_ones():
    by_number = np.zeros((2, 18))
    by_number[:, HEADER_FIELDS.index("lower_port")] = 1
    by_number[:, HEADER_FIELDS.index("source_port")] = 2
    by_number[:, HEADER_FIELDS.index("window")] = 5
    fields = by_field(
        _packets(TCP, UDP), _attributions(np.zeros((2, 64)), by_number)
    )
    assert _column(fields, "transport.ports") == [3, 3]
    assert _column(fields, "tcp.window") == [5, 0]
    # A UDP packet has no window; that it has none is known all the same.
    assert _column(fields, ABSENT) == [0, 5]


def test_averages_by_hand():
    by_byte = np.zeros((4, 64))
    by_byte[:, 8] = [1, -1, 1, 3]  # TTL
    by_byte[:, 9] = [0, 0, 0, 2]  # protocol
    result = attribution_averages(
        _packets(TCP, UDP, TCP, TCP),
        _attributions(by_byte, answers=[0, 0, 2, 2]),
        ["Chat", "Email", "VoIP"],
    )
    # Absolute attributions are 6 and 2 in all.
    assert result["fields"]["ip.ttl"] == {"mean": 1, "share": 0.75}
    assert result["fields"]["ip.protocol"] == {"mean": 0.5, "share": 0.25}
    assert result["fields"]["payload"] == {"mean": 0, "share": 0}
    assert result["headers"] == "IPv4, TCP"
    assert result["bytes"][8] == {"field": "ip.ttl", "mean": 1, "share": 0.75}
    assert result["bytes"][24]["field"] == "tcp.seq"
    assert len(result["bytes"]) == 64
    assert list(result["classes"]) == ["Chat", "VoIP"]
    voip = result["classes"]["VoIP"]
    assert voip["packets"] == 2
    assert voip["fields"]["ip.ttl"] == {
        "mean": 2,
        "share": pytest.approx(4 / 6),
    }
    assert result["difference"] == 1.5
    assert result["completeness_error"] == 0
    assert json.loads(json.dumps(result)) == result
