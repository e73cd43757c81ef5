import keras
import pytest
from small_models import small_model

from benchmarks import layers
from mtc_tf.layers.byte_dropout import ByteDropout
from mtc_tf.layers.self_attention import SelfAttention


@pytest.mark.parametrize(
    ("variant", "own", "standing_in"),
    [
        ("Keras's MultiHeadAttention", SelfAttention, layers.KerasAttention),
        ("Keras's Dropout", ByteDropout, keras.layers.Dropout),
    ],
)
def test_variant_has_the_layers_of_keras(variant, own, standing_in):
    def count(model, kind):
        layers = model.backbone._flatten_layers()
        return sum(type(layer) is kind for layer in layers)

    plain = small_model("MTC")
    with layers.standing_in(layers.VARIANTS[variant]):
        model = small_model("MTC")
    assert count(model, standing_in) == count(plain, own) > 0
    assert count(model, own) == count(plain, standing_in) == 0
