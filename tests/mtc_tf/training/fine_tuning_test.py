"""Trainings that begin with the weights of another run."""

import hashlib
import shutil

import numpy as np
import pytest

from mtc_tf.data import input_pipeline
from mtc_tf.errors import InputError
from mtc_tf.models.all_models import DeepPacketSAE
from mtc_tf.models.all_models import FlowMLP
from mtc_tf.models.all_models import MTCLite
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training import trainer
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.protocol import Protocol

SIZES = {
    "hidden_dim": 8,
    "num_heads": 2,
    "intermediate_dim": 8,
    "num_bins": 4,
}


def make_model(num_classes, input_name, length):
    return MTCLite(num_classes, input_name, length, **SIZES)


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


def _train(builder, workdir, make_model=make_model, tasks=None, **protocol):
    workdir.mkdir(exist_ok=True)
    protocol = Protocol(batch_size=8, **{"epochs": 1, **protocol})
    return trainer.train(builder, workdir, protocol, make_model, tasks)


@pytest.fixture(scope="module")
def trained(builder, tmp_path_factory):
    """A run without the task `auxiliary`."""
    workdir = tmp_path_factory.mktemp("runs") / "trained"
    tasks = {"application": 1.0, "traffic_type": 1.0}
    _train(builder, workdir, tasks=tasks, seed=1)
    return workdir


def _weights(workdir):
    """The weights of the layers that both runs have, but for statistics."""
    model = load_run(workdir).load_model()
    bins = model.get_layer("field_bins").get_weights()
    assert any(x.any() for x in bins)
    return bins + [
        np.asarray(weight)
        for name in ("member1", "application", "traffic_type")
        for weight in model.get_layer(name).trainable_weights
    ]


@pytest.mark.slow
def test_weights_and_bins_are_those_of_the_run(
    builder, trained, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(MTCLite, "adapt", None)  # to call it is an error
    workdir = tmp_path / "run"
    # So slow that nothing moves.
    _train(
        builder,
        workdir,
        init=str(trained),
        learning_rate=1e-12,
        flow_fraction=0.1,
    )
    for received, expected in zip(
        _weights(workdir), _weights(trained), strict=True
    ):
        np.testing.assert_allclose(received, expected, atol=1e-6)
    said = capsys.readouterr().out
    assert f"begins with the weights of {trained}; new heads: auxiliary" in said
    run = load_run(workdir)
    digest = hashlib.sha256((trained / "model.keras").read_bytes()).hexdigest()
    record = {"name": str(trained), "sha256": digest}
    assert run.info["initial_model"] == record
    assert provenance(run)["initial_model"] == record
    assert "initial_model" not in load_run(trained).info


def make_mlp(num_classes, input_name, length):
    return FlowMLP(num_classes, input_name, length, units=(8, 8))


@pytest.mark.slow
def test_interrupted_run_does_not_begin_again(builder, tmp_path, monkeypatch):
    _train(builder, tmp_path / "source", make_mlp, seed=1)
    arguments = {
        "make_model": make_mlp,
        "init": str(tmp_path / "source"),
        "epochs": 2,
    }
    whole = _train(builder, tmp_path / "whole", **arguments)
    add_epoch = Progress.add_epoch

    def interrupt(progress, *args):
        add_epoch(progress, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "add_epoch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _train(builder, tmp_path / "run", **arguments)
    # It needs it no more.
    shutil.rmtree(tmp_path / "source")
    assert _train(builder, tmp_path / "run", **arguments) == whole


@pytest.mark.slow
def test_model_is_not_pretrained_again(builder, tmp_path, monkeypatch):
    def make_sae(num_classes, input_name, length):
        return DeepPacketSAE(
            num_classes, input_name, length, units=(8, 4), pretrain_epochs=1
        )

    _train(builder, tmp_path / "a", make_sae)
    monkeypatch.setattr(DeepPacketSAE, "pretrain", None)
    # Neither is it refused: of the flows left out nothing is seen.
    _train(
        builder,
        tmp_path / "b",
        make_sae,
        init=str(tmp_path / "a"),
        flow_fraction=0.5,
    )


def test_pretraining_would_see_all_flows(builder, tmp_path):
    def make_sae(num_classes, input_name, length):
        return DeepPacketSAE(num_classes, input_name, length, units=(8, 4))

    with pytest.raises(InputError, match="received: --flow_fraction=0.5"):
        _train(builder, tmp_path / "run", make_sae, flow_fraction=0.5)


@pytest.mark.slow
def test_run_of_another_model_is_refused(builder, trained, tmp_path):
    def make_larger(num_classes, input_name, length):
        return MTCLite(
            num_classes, input_name, length, **{**SIZES, "num_bins": 5}
        )

    with pytest.raises(InputError, match="num_bins 4, not 5"):
        _train(builder, tmp_path / "run", make_larger, init=str(trained))
