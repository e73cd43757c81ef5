from small_audits import packet_audit
from small_audits import udp_packet

from mtc_tf.audit.shared_units import shared_units

PACKET = udp_packet(443)
ROWS = packet_audit(
    [
        ("train", "a", 1, "A", PACKET),
        ("test", "a", 1, "A", PACKET),
        ("test", "a", 1, "A", PACKET),
        ("test", "a", 2, "A", PACKET),
        ("train", "b", 3, "B", PACKET),
        # In two parts, and yet no test row of it has seen training.
        ("validation", "c", 4, "C", PACKET),
        ("test", "c", 4, "C", PACKET),
    ]
)


def test_planted_shared_flows():
    assert shared_units(ROWS, "flow") == {
        "units": 4,
        "shared": 2,
        "test_rows": 2,
        "test_share": 0.5,
        "examples": [
            {
                "name": 1,
                "capture": "a",
                "rows": {"train": 1, "validation": 0, "test": 2},
            },
            {
                "name": 4,
                "capture": "c",
                "rows": {"train": 0, "validation": 1, "test": 1},
            },
        ],
    }


def test_planted_shared_groups():
    found = shared_units(ROWS, "group")
    assert (found["units"], found["shared"], found["test_rows"]) == (3, 2, 3)
    assert found["examples"][0]["name"] == "a"
