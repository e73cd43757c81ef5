from mtc_tf.inference.row_frame import row_frame
from mtc_tf.runs.model_facts import ModelFacts

FACTS = ModelFacts({"application": ["x", "y"]}, "strict")
ROW = {
    "capture": "c",
    "packet": 7,
    "time": "9999-12-31T23:59:59.000001Z",
    "source": "10.0.0.1",
    "source_port": None,
    "protocol": "esp",
    "application": "unknown",
    "application_probability": None,
}


def test_columns_keep_their_types_whatever_a_block_lacks():
    with_ports = {**ROW, "source_port": 443, "application_probability": 0.5}
    frame = row_frame([[ROW], [], [with_ports, ROW]], FACTS)
    assert {name: str(x) for name, x in frame.dtypes.items()} == {
        "capture": "string",
        "packet": "int64",
        "time": "datetime64[us, UTC]",
        "source": "string",
        "source_port": "UInt16",
        "protocol": "string",
        "application": "string",
        "application_probability": "float64",
    }
    assert frame.index.tolist() == [0, 1, 2]
    assert frame["source_port"].isna().tolist() == [True, False, True]
    assert frame["source_port"][1] == 443
    assert frame["application_probability"].isna().tolist() == [
        *(True, False, True)
    ]
    assert frame["time"][0].year == 9999


def test_no_row():
    frame = row_frame([], FACTS)
    assert frame.columns.tolist() == ["application", "application_probability"]
    assert len(frame) == 0
