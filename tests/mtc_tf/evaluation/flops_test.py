import logging

import keras

from mtc_tf.evaluation.flops import flops


def _model(inputs, outputs, name):
    return keras.Model({name: inputs}, {"application": outputs})


def test_a_product_by_hand():
    inputs = keras.Input((1500,), dtype="uint8", name="packet")
    outputs = keras.layers.Dense(3, use_bias=False)(inputs)
    # A product and a sum for each weight.
    assert flops(_model(inputs, outputs, "packet")) == 2 * 1500 * 3


def test_a_loop_is_not_counted():
    inputs = keras.Input((4, 2), name="series")
    outputs = keras.layers.GRU(3)(inputs)
    assert flops(_model(inputs, outputs, "series")) is None


def test_the_profiler_is_silent(caplog):
    level = logging.getLogger("tensorflow").level
    inputs = keras.Input((5,), name="features")
    outputs = keras.layers.Dense(2, activation="softmax")(inputs)
    assert flops(_model(inputs, outputs, "features")) > 2 * 5 * 2
    assert caplog.records == []
    assert logging.getLogger("tensorflow").level == level
