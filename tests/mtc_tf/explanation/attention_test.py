import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.explanation.attention import attention_received
from mtc_tf.explanation.attention import token_names
from mtc_tf.explanation.opened_model import OpenedModel


def _packets(length, count=4):
    return np.random.default_rng(0).integers(0, 256, (count, length), "uint8")


def _received(model, packets):
    return attention_received(model, packets, lambda rows: None)


def test_tokens_that_all_score_alike_share_the_attention():
    model = small_model("MultitaskTransformer")
    for number in (1, 2):
        attention = model.get_layer(f"encoder{number}").attention
        dense = attention.query_key_value
        dense.set_weights([0 * weights for weights in dense.get_weights()])
    received = _received(OpenedModel(model), _packets(24))
    assert list(received) == ["encoder1", "encoder2"]
    for shares in received.values():
        np.testing.assert_allclose(shares, 1 / 3, atol=1e-6)


def test_a_token_that_all_look_at_gets_all():
    # Without the encoders' first normalisation, by which tokens lose their
    # size.
    model = small_model("MultitaskTransformer", norm_first=False)
    dense = model.get_layer("encoder1").attention.query_key_value
    kernel, bias = (0 * weights for weights in dense.get_weights())
    # All ask for the same; only the third token is bright.
    bias[:4] = 1000
    kernel[:, 8:12] = 1
    dense.set_weights([kernel, bias])
    packets = np.zeros((2, 24), "uint8")
    packets[:, 16:] = 255
    received = _received(OpenedModel(model), packets)
    np.testing.assert_allclose(received["encoder1"], [0, 0, 1], atol=0.5)


@pytest.mark.parametrize(
    ("name", "num_tokens", "last"),
    [("MTC", 3, "bytes 16-23"), ("MTCLite", 17, "header fields")],
)
def test_blocks_and_tokens_of(name, num_tokens, last):
    model = OpenedModel(small_model(name))
    received = _received(model, _packets(64 if name == "MTCLite" else 24))
    assert list(received) == ["block1", "block2", "block3"]
    for shares in received.values():
        assert shares.shape == (num_tokens,)
        assert shares.sum() == pytest.approx(1, abs=1e-5)
    names = token_names(model, num_tokens)
    assert len(names) == num_tokens
    assert names[-1] == last


@pytest.mark.slow
def test_mean_goes_over_batches_and_members(monkeypatch):
    from mtc_tf.explanation import attention

    keras.utils.set_random_seed(0)
    model = OpenedModel(small_model("MTCLite", members=2))
    packets = _packets(64, count=3)
    whole = _received(model, packets)
    monkeypatch.setattr(attention, "PACKETS_PER_BATCH", 2)
    for block, shares in _received(model, packets).items():
        np.testing.assert_allclose(shares, whole[block], atol=1e-6)


def test_a_single_encoder():
    model = OpenedModel(small_model("MultitaskTransformer", num_encoders=1))
    assert list(_received(model, _packets(24))) == ["encoder1"]


def test_models_without_encoders_have_none():
    model = OpenedModel(small_model("DeepPacketCNN"))
    assert _received(model, _packets(24)) == {}
