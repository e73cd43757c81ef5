import keras
import numpy as np
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.models.multitask_transformer import MultitaskTransformer

PACKET = {"application": 17, "traffic_type": 12, "auxiliary": 6}
FLOW = {"attack": 6, "malicious": 2}
SMALL = {
    "length": 23,
    "num_tokens": 3,
    "hidden_dim": 8,
    "num_heads": 2,
    "num_encoders": 2,
    "intermediate_dim": 16,
    "dropout": 0.0,
}


def test_sizes_of_the_packet_model():
    model = MultitaskTransformer(PACKET)
    assert model.input["packet"].shape == (None, 1500)
    assert model.get_layer("encoder7").output.shape == (None, 30, 50)
    # Seven encoders (attention 9,794, normalisations 200, fully connected
    # 103,474), a normalisation of 100 and heads from 50 averages.
    assert model.count_params() == 7 * (9_794 + 200 + 103_474) + 100 + 51 * 35
    assert model.count_params() == 796_161


def test_sizes_of_the_record_model():
    model = MultitaskTransformer(
        FLOW, "features", 49, num_tokens=7, hidden_dim=7, num_heads=7
    )
    # An encoder: 3 x (7 x 7 + 7) + 7 x 7 + 7 for attention, two
    # normalisations of 14, 7 x 1024 + 1024 and 1024 x 7 + 7. One more
    # normalisation behind the last one.
    assert model.count_params() == 7 * (224 + 28 + 15_367) + 14 + 8 * 8
    assert model.count_params() == 109_411


@pytest.mark.parametrize(
    ("classes", "input_name"), [(PACKET, "packet"), (FLOW, "features")]
)
def test_standard_checks(classes, input_name):
    model = MultitaskTransformer(classes, input_name, **SMALL)
    check_model(model, classes)


@pytest.mark.slow
def test_it_learns_every_task():
    keras.utils.set_random_seed(0)
    classes = dict.fromkeys(PACKET, 3)
    model = MultitaskTransformer(classes, **SMALL)
    check_model_learns(model)


@pytest.mark.parametrize("norm_first", [True, False])
def test_tokens_are_normalised_before_their_average(norm_first):
    model = MultitaskTransformer(PACKET, **SMALL, norm_first=norm_first)
    tokens = keras.Model(model.input, model.get_layer("average").input)
    packet = np.random.default_rng(0).integers(0, 256, (2, 23), dtype="uint8")
    tokens = keras.ops.convert_to_numpy(tokens({"packet": packet}))
    np.testing.assert_allclose(tokens.mean(axis=2), 0, atol=1e-5)
    np.testing.assert_allclose(tokens.std(axis=2), 1, atol=1e-3)


def test_it_knows_where_a_token_stands():
    model = MultitaskTransformer(PACKET, **SMALL | {"length": 24})
    packet = np.random.default_rng(0).integers(0, 256, (1, 24), dtype="uint8")
    swapped = np.concatenate(
        [packet[:, 8:16], packet[:, :8], packet[:, 16:]], 1
    )
    rows = {"packet": np.concatenate([packet, swapped])}
    first, second = model.predict_on_batch(rows)["application"]
    assert not np.allclose(first, second, atol=1e-4)


def test_tokens_that_the_input_does_not_fill_are_an_error():
    with pytest.raises(ValueError, match="`num_tokens` tokens of `hidden_dim`"):
        MultitaskTransformer(PACKET, **SMALL | {"length": 16})
