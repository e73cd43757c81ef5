import keras
import numpy as np
import pytest
from backends import requires_tensorflow
from keras.ops import convert_to_numpy
from small_models import small_model
from standard_checks import check_model
from standard_checks import check_model_learns

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.models.loading import load_model
from mtc_tf.models.mtc_lite import MTCLite

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}


def _packets(rows, length=64, seed=0):
    rng = np.random.default_rng(seed)
    packets = rng.integers(0, 256, (rows, length), dtype="uint8")
    packets[:, 0], packets[:, 9] = 0x45, rng.choice([6, 17], rows)
    return packets


def _outputs(model, packets, **kwargs):
    outputs = model({"packet": packets}, **kwargs)
    return {name: convert_to_numpy(y) for name, y in outputs.items()}


def _adapted(members=2, rows=500):
    model = small_model("MTCLite", CLASSES, members=members)
    model.adapt(_packets(rows))
    return model


def test_sizes():
    model = MTCLite(CLASSES)
    assert model.input["packet"].dtype == "uint8"
    assert model.input["packet"].shape == (None, 1500)
    assert {name: y.shape[1] for name, y in model.output.items()} == CLASSES
    bins = model.get_layer("field_bins").count_params()
    assert bins == 2 * 18 * 64
    # Heads read 64 + 64 + 128 features.
    backbone = model.get_layer("member1").count_params()
    assert model.count_params() == bins + backbone + 257 * 35 == 470_083


def test_members_share_the_bins_alone():
    sizes = [
        small_model("MTCLite", CLASSES, members=members).count_params()
        for members in (1, 2, 3)
    ]
    bins = 2 * 18 * 4
    assert sizes[1] - bins == 2 * (sizes[0] - bins)
    assert sizes[2] - bins == 3 * (sizes[0] - bins)


def test_standard_checks():
    check_model(small_model("MTCLite", CLASSES, members=2), CLASSES)


def test_only_the_first_64_bytes_count():
    model = small_model("MTCLite")
    config = {**model.get_config(), "length": 100}
    longer = MTCLite.from_config(config)
    longer.set_weights(model.get_weights())
    packets = _packets(5, length=100)
    expected = _outputs(model, packets[:, :64])
    packets[:, 64:] = 7
    for task, received in _outputs(longer, packets).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-6)


def test_heads_read_both_branches_and_the_fields():
    model = small_model("MTCLite", CLASSES)
    features = model.get_layer("member1_features")
    assert features.output.shape == (None, 8 + 64 + 128)
    for task in CLASSES:
        assert model.get_layer(task).input is features.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("branch", "width", "absent"),
    [("transformer", 8, "bottleneck"), ("cnn", 64, "encoder")],
)
def test_one_branch_alone(branch, width, absent):
    model = small_model("MTCLite", CLASSES, branches=[branch])
    features = model.get_layer("member1_features").output
    assert features.shape == (None, width + 128)
    names = " ".join(one.name for one in model.get_layer("member1").layers)
    assert absent not in names
    assert "upsampling" not in names and "downsampling" not in names
    check_model(model, CLASSES)


def test_members_answer_with_their_mean_and_learn_by_their_own_loss():
    model = _adapted(members=2)
    packets = _packets(6, seed=1)
    alone = [
        keras.Model(
            model.input, model.get_layer(f"member{m}_application").output
        )
        for m in (1, 2)
    ]
    members = [
        convert_to_numpy(member({"packet": packets})) for member in alone
    ]
    assert not np.allclose(*members)
    np.testing.assert_allclose(
        _outputs(model, packets)["application"],
        (members[0] + members[1]) / 2,
        atol=1e-6,
    )
    trained = _outputs(model, packets, training=True)["application"]
    assert (trained.sum(axis=1) < 1 - 1e-4).all()


def test_adapt_names_the_fields_that_tell_nothing():
    model = small_model("MTCLite")
    packets = _packets(50)
    packets[:, 1], packets[:, 8] = 0, 64
    packets[:, 9] = 17
    constant = model.adapt(packets)
    of_tcp = HEADER_FIELDS[HEADER_FIELDS.index("seq_high") : -1]
    assert constant == ["tos", "ttl", "protocol", *of_tcp]
    # A model that was fitted on UDP answers TCP, and IPv6.
    others = _packets(4)
    others[2:, 0] = 0x60
    for probabilities in _outputs(model, others).values():
        assert np.isfinite(probabilities).all()


def test_fields_tell_nothing_before_adapt():
    model = small_model("MTCLite")
    packets = _packets(4)
    bins = keras.Model(model.input, model.get_layer("field_bins").output)
    assert not convert_to_numpy(bins({"packet": packets})).any()
    model.adapt(packets)
    assert convert_to_numpy(bins({"packet": packets})).any()


@pytest.mark.slow
def test_file_keeps_the_bins(tmp_path):
    model = _adapted()
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", compile=False)
    for received, expected in zip(
        loaded.get_layer("field_bins").get_weights(),
        model.get_layer("field_bins").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(received, expected)
    expected = _outputs(model, _packets(4))
    for task, received in _outputs(loaded, _packets(4)).items():
        np.testing.assert_allclose(received, expected[task], atol=1e-6)


@pytest.mark.slow
def test_training_leaves_the_bins():
    model = _adapted()
    before = model.get_layer("field_bins").get_weights()
    loss = dict.fromkeys(CLASSES, "sparse_categorical_crossentropy")
    model.compile("adam", loss, run_eagerly=True)
    model.train_on_batch(
        {"packet": _packets(8)}, dict.fromkeys(CLASSES, np.zeros(8, int))
    )
    for received, expected in zip(
        model.get_layer("field_bins").get_weights(), before, strict=True
    ):
        np.testing.assert_array_equal(received, expected)


@pytest.mark.slow
def test_it_learns_every_task():
    model = small_model("MTCLite", dropout=0.0)
    check_model_learns(model, steps=40)


@pytest.mark.slow
@requires_tensorflow
def test_exports_answer_as_the_model_does(tmp_path):
    from mtc_tf.export.saved_model import write_saved_model
    from mtc_tf.export.tflite import tflite_model
    from mtc_tf.inference import litert
    from mtc_tf.inference import saved_model
    from mtc_tf.inference.keras_model import serving_function

    model = _adapted()
    signatures = {"serving_default": serving_function(model, None)}
    write_saved_model(model, signatures, tmp_path / "1")
    packets = _packets(40, seed=2)
    packets[::3, 0] = 0x60
    expected = _outputs(model, packets)
    for function in (
        saved_model.load_function(tmp_path / "1"),
        litert.load_function(tflite_model(tmp_path / "1"), "model.tflite"),
    ):
        for rows in (packets, packets[:1]):
            answers = function(packets=rows)
            for task, probabilities in expected.items():
                np.testing.assert_allclose(
                    answers[task], probabilities[: len(rows)], atol=1e-5
                )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_name": "features"}, "`input_name` must be 'packet'.*features"),
        ({"length": 63}, "`length` must be 64 at least.*63"),
        ({"members": 0}, "`members` must be 1 at least.*0"),
        ({"branches": ()}, "`branches` must be one or both of.*branches"),
        ({"branches": ["rnn"]}, "`branches` must be one or both of.*rnn"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        MTCLite(CLASSES, **arguments)
