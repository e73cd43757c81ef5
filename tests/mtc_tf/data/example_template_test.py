import numpy as np
from tensorflow_datasets.proto import tf_example_pb2

from mtc_tf.data.example_template import ExampleTemplate

KNOWN = {"task": -1, "other": 300, "capture": "café", "group": ""}
COLUMNS = {"flow": np.int64, "length": np.int32, "time": np.float64}


def _parsed(example):
    features = tf_example_pb2.Example.FromString(example).features.feature
    return {
        name: list(value.int64_list.value) or list(value.bytes_list.value)
        for name, value in features.items()
    }


def test_examples_hold_what_they_are_given():
    template = ExampleTemplate(KNOWN, COLUMNS, "row")
    rows = [b"", b"abc", b"z" * 100_000]
    columns = {
        "flow": np.array([0, -1, 2**63 - 1]),
        "length": np.array([40, 1500, 65535], np.int32),
        "time": np.array([0.0, 1.5, 1_700_000_000.125]),
    }
    heads = template.heads(np.array(list(map(len, rows))), columns)
    assert heads.shape == (3, template.size)
    for place, row in enumerate(rows):
        assert _parsed(heads[place].tobytes() + row) == {
            "task": [-1],
            "other": [300],
            "capture": ["café".encode()],
            "group": [b""],
            "flow": [columns["flow"][place]],
            "length": [columns["length"][place]],
            "time": [columns["time"][place].tobytes()],
            "row": [row],
        }


def test_known_values_may_come_in_any_order():
    one, other = (
        ExampleTemplate(dict(items), COLUMNS, "row").heads(
            np.array([3]), {name: np.zeros(1, x) for name, x in COLUMNS.items()}
        )
        for items in (KNOWN.items(), reversed(KNOWN.items()))
    )
    np.testing.assert_array_equal(one, other)


def test_long_texts():
    template = ExampleTemplate({"capture": "x" * 1000}, {}, "row")
    [head] = template.heads(np.array([1]), {})
    assert _parsed(head.tobytes() + b"r") == {
        "capture": [b"x" * 1000],
        "row": [b"r"],
    }
