import json
import re

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.export import quantization
from mtc_tf.export.quantization import FLOAT16
from mtc_tf.export.quantization import VARIANTS
from mtc_tf.export.quantization import quantize
from mtc_tf.inference.litert import load_function
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.runs.run_directory import load_run


@pytest.mark.parametrize("variant", VARIANTS)
def test_model_with_a_score_of_the_unknown(
    variant, left_out_run, exported_left_out_run, capfd
):
    model = read_tflite(exported_left_out_run / "model.tflite").model
    rows = load_run(left_out_run).load_sample()
    smaller = quantize(model, variant, {"packets": rows})
    assert capfd.readouterr() == ("", "")
    # What the score reads stays in float32.
    share = {FLOAT16: 0.6}.get(variant, 1)
    assert len(smaller) < share * len(model)
    expected = load_function(model, "exact")(packets=rows)
    received = load_function(smaller, "smaller")(packets=rows)
    assert sorted(received) == sorted(expected)
    for name, values in expected.items():
        assert received[name].dtype == np.float32
        # The score, which is in no layer, is computed in float32.
        np.testing.assert_allclose(received[name], values, atol=0.1, rtol=0.1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_no_model(variant, capfd):
    with pytest.raises(InputError, match=f"cannot be had in {variant}: ") as e:
        quantize(b"TFL3" * 10, variant, {"packets": np.zeros((1, 1500))})
    assert "\n" not in str(e.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("outputs", "weights", "values"),
    [
        ("mtc_1/member1_1/tokens_1/Tensordot/MatMul1;", True, True),
        ("mtc_1/member1_1/block1_norm_1/mul;", True, False),
        ("mtc_1/block1_1/attention_1/SelectV2;", True, False),
        ("mtc_1/application_1/Softmax;", True, False),
        ("mtc_1/header_fields_1/MatMul1;", False, False),
        ("mtc_1/field_bins_1/mul;", False, False),
        ("quantile_scaling_1/mul/x;", False, False),
        # Two names of what is in no layer.
        ("mtc_1/Maximum;mtc_1/Mul;", False, False),
        ("MatMul_11;", False, False),
        ("StatefulPartitionedCall:3;", False, False),
    ],
)
def test_operations_that_have_8_bits(outputs, weights, values):
    """By the names of their outputs, as in the TFLite files of models."""
    assert bool(re.search(quantization._INTEGER_WEIGHTS, outputs)) == weights
    assert bool(re.search(quantization._INTEGER_VALUES, outputs)) == values


def test_numbers_that_layers_stretch_stay_as_they_are(exported_record_run):
    """Quantiles of records reach 1e9, of which 8 bits tell next to nothing."""
    metadata = json.loads((exported_record_run / "mtc.json").read_text())
    for name in ("model_dynamic.tflite", "model_int8.tflite"):
        assert max(metadata["parity"][name].values()) < 0.1
