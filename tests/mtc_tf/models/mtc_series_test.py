import keras
import numpy as np
import pytest
from standard_checks import check_model
from standard_checks import check_model_learns
from standard_checks import separable_rows

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.packet_series import DIRECTION
from mtc_tf.features.packet_series import GAP
from mtc_tf.features.packet_series import POSITION
from mtc_tf.features.packet_series import SIZE
from mtc_tf.features.packet_series import packet_series
from mtc_tf.models.mtc_series import MTCSeries

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}
SMALL = {
    "hidden_dim": 8,
    "num_heads": 2,
    "intermediate_dim": 8,
    "num_bins": 4,
    "encoder_dropout": 0.0,
    "cnn_dropout": 0.0,
}


def _small(classes=CLASSES, length=6, **arguments):
    return MTCSeries(classes, "series", length, **SMALL, **arguments)


def _answer(model, series):
    outputs = model({"series": series}, training=False)
    return keras.ops.convert_to_numpy(outputs["application"])


def test_size():
    assert MTCSeries(CLASSES).count_params() == 317_155


@pytest.mark.slow
def test_standard_checks():
    check_model(_small(members=2), CLASSES)


@pytest.mark.slow
def test_it_learns_every_task():
    model = _small(dict.fromkeys(CLASSES, 3))
    inputs, _ = separable_rows(model, rows=96)
    model.adapt(inputs["series"])
    check_model_learns(model)


def test_what_stands_in_absent_packets_counts_for_nothing():
    model = _small()
    inputs, _ = separable_rows(model, rows=4)
    series = inputs["series"]
    model.adapt(series)
    # What is no packet has no size.
    others = series.copy()
    others[:, 3:] = 0
    expected = _answer(model, others)
    others[:, 3:, :64] = 9
    np.testing.assert_allclose(_answer(model, others), expected, atol=1e-6)
    assert np.abs(_answer(model, series) - expected).max() > 1e-4


def test_window_without_packets_is_answered():
    answer = _answer(_small(), np.zeros((1, 6, 68), "float32"))
    np.testing.assert_allclose(answer.sum(), 1, rtol=1e-5)


def test_a_byte_and_each_other_column_change_the_answer():
    model = _small()
    inputs, _ = separable_rows(model, rows=1)
    series = inputs["series"]
    model.adapt(series)
    expected = _answer(model, series)
    for column in (1, 63, SIZE, DIRECTION, GAP, POSITION):
        changed = series.copy()
        changed[:, 1, column] = changed[:, 1, column] == 0
        difference = np.abs(_answer(model, changed) - expected).max()
        assert difference > 1e-6, column


def test_bins_are_those_of_the_packets_that_there_are():
    packets = np.zeros((2, 64), np.uint8)
    packets[:, 0], packets[:, 9] = 0x45, 17
    packets[:, 3] = 40, 200
    series = np.zeros((1, 6, 68), "float32")
    series[0, :2] = packet_series(packets, [0, 1], [0, 1], [0, 1])
    model = _small()
    constant = model.adapt(series)
    # All but one; absent packets would have told another.
    assert set(constant) == set(HEADER_FIELDS) - {"ip_length"}
    starts = keras.ops.convert_to_numpy(model.get_layer("field_bins").starts)
    lengths = starts[HEADER_FIELDS.index("ip_length")]
    np.testing.assert_allclose(lengths, [40, 80, 120, 160])


def test_sizes_gaps_and_positions_have_bins_that_float16_can_hold():
    # Gaps that differ by less than it could tell, and some that do not.
    gaps = np.concatenate(
        [np.linspace(1e-3, 1.0001e-3, 6), np.geomspace(1, 9, 6)]
    )
    series = np.zeros((2, 6, 68), "float32")
    series[:, :, SIZE] = np.arange(40, 52).reshape(2, 6)
    series[:, :, GAP] = gaps.reshape(2, 6)
    series[:, :, POSITION] = np.arange(6)
    model = _small()
    model.adapt(series)
    slopes = keras.ops.convert_to_numpy(model.get_layer("number_bins").slopes)
    assert (slopes.max(axis=1) > 0).all()
    assert slopes.max() < 1001


def test_members_answer_with_their_mean():
    model = _small(members=2)
    inputs, _ = separable_rows(model, rows=3)
    model.adapt(inputs["series"])
    heads = [model.get_layer(f"member{n}_application").output for n in (1, 2)]
    each = keras.Model(model.input, heads)(inputs)
    first, second = map(keras.ops.convert_to_numpy, each)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_allclose(
        _answer(model, inputs["series"]), (first + second) / 2, atol=1e-6
    )


def test_no_member_is_an_error():
    with pytest.raises(ValueError, match="`members` must be 1 at least"):
        _small(members=0)
