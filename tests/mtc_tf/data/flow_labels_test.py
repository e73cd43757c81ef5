import numpy as np
import pytest

from mtc_tf.data.flow_labels import NO_LABELS
from mtc_tf.data.labels import read_label_map
from mtc_tf.errors import InputError
from mtc_tf.packets.five_tuples import FiveTuples

# TCP to port 443, UDP to port 443, TCP to port 25, ESP.
FLOWS = FiveTuples(
    source_addresses=np.zeros((4, 16), np.uint8),
    destination_addresses=np.ones((4, 16), np.uint8),
    source_ports=np.array([40_000, 40_000, 40_000, 0], np.uint16),
    destination_ports=np.array([443, 443, 25, 0], np.uint16),
    protocols=np.array([6, 17, 6, 50], np.uint8),
    ip_versions=np.full(4, 4, np.uint8),
)


def _rows_of(*filters):
    lines = ["capture,application,traffic_type,flows"]
    lines += [f"day,App {number},,{x}" for number, x in enumerate(filters)]
    label_map = read_label_map("\n".join(lines).encode(), name="my labels")
    return label_map.lookup("day").rows_of(FLOWS).tolist()


def test_each_flow_has_the_row_that_matches_it():
    assert _rows_of("udp", "tcp port 25") == [NO_LABELS, 0, 1, NO_LABELS]


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        (["", "udp", "port 25"], [0, 1, 2, 0]),
        (["udp", "", "port 25"], [1, 0, 2, 1]),
        ([""], [0, 0, 0, 0]),
    ],
)
def test_row_without_a_filter_has_the_others(filters, rows):
    assert _rows_of(*filters) == rows


def test_two_rows_that_match_one_flow():
    with pytest.raises(
        InputError,
        match=r"my labels, column `flows`: .* flow udp 0.0.0.0:40000 - "
        r"1.1.1.1:443 of the capture 'day', received two: 'udp' of 'day' and "
        "'port 443' of 'day'",
    ):
        _rows_of("udp", "", "port 443")
