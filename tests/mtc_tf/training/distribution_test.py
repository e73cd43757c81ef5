import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import types

import numpy as np
import pytest
from small_models import small_mtc

from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.errors import InputError
from mtc_tf.models.flow_dbn import FlowDBN
from mtc_tf.training import distribution
from mtc_tf.training import trainer
from mtc_tf.training.protocol import Protocol

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORKERS = 2
EPOCHS = 12  # so many that a signal after the first one comes before the last
PATIENCE = 180  # seconds until a process that hangs fails a test

# Trains in the way that the first argument says and saves the weights.
_TRAIN = """
import pathlib, sys
import numpy as np
import tensorflow as tf
from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.training import distribution, trainer
from mtc_tf.training.protocol import Protocol
from small_models import small_mtc

kind, data_dir, workdir, weights = sys.argv[1:]
if kind == "mirrored":
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
else:
    strategy = distribution.make_strategy(kind)
models = []

def make_model(*args):
    models.append(small_mtc(*args, cnn_dropout=0.5))
    return models[0]

pathlib.Path(workdir).mkdir(exist_ok=True)
trainer.train(
    input_pipeline.load_builder("iscx_vpn_nonvpn/flow", data_dir),
    workdir,
    Protocol(epochs=2, batch_size=8),
    make_model,
    {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0},
    strategy,
)
values = [v for v in models[0].variables if v.name != "seed_generator_state"]
np.savez(weights, *(value.numpy() for value in values))
"""


def _free_addresses(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def _start(command, index=None, addresses=()):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    if addresses:
        environment["TF_CONFIG"] = json.dumps(
            {
                "cluster": {"worker": addresses},
                "task": {"type": "worker", "index": index},
            }
        )
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _start_workers(command_of):
    addresses = _free_addresses(WORKERS)
    return [
        _start(command_of(index), index, addresses) for index in range(WORKERS)
    ]


def _end(processes):
    """The exit status and the errors of each process, none left behind."""
    try:
        errors = [each.communicate(timeout=PATIENCE)[1] for each in processes]
    finally:
        for each in processes:
            each.kill()
    return [each.returncode for each in processes], errors


def _weights(path):
    with np.load(path) as file:
        return [file[name] for name in file.files]


@pytest.mark.workers
def test_workers_and_devices_end_with_equal_weights(
    prepared_data_dir, tmp_path
):
    def command(kind, index):
        run = tmp_path / kind
        weights = tmp_path / f"{kind}{index}.npz"
        return ["-c", _TRAIN, kind, prepared_data_dir, run, weights]

    processes = _start_workers(lambda index: command("multiworker", index))
    codes, errors = _end(processes)
    assert codes == [0, 0], errors
    codes, errors = _end([_start(command("mirrored", 0))])
    assert codes == [0], errors

    first, second = (_weights(tmp_path / f"multiworker{i}.npz") for i in (0, 1))
    for mine, theirs in zip(first, second, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    # The devices of one machine get the same shares as two machines.
    workers, devices = (
        json.loads((tmp_path / kind / "checkpoint/state.json").read_text())
        for kind in ("multiworker", "mirrored")
    )
    for mine, theirs in zip(
        workers["history"], devices["history"], strict=True
    ):
        assert mine == pytest.approx(theirs, rel=1e-2)


def _command(data_dir, run, *more):
    return [
        # The model that starts fastest.
        *("train.py", "--model=flow_mlp", "--batch_size=8"),
        *(f"--epochs={EPOCHS}", f"--stopping_patience={EPOCHS}"),
        *(f"--data_dir={data_dir}", f"--workdir={run}", *more),
    ]


def _train_with_workers(data_dir, run):
    command = _command(data_dir, run, "--strategy=multiworker")
    return _start_workers(lambda index: command)


def _state(run):
    """All that two runs alike share: not how long their epochs took."""
    state = json.loads((run / "checkpoint/state.json").read_text())
    assert len(state.pop("seconds")) == len(state["history"])
    return state


@pytest.fixture(scope="module")
def whole_run(prepared_data_dir, tmp_path_factory):
    """A run of two workers that nothing interrupted."""
    run = tmp_path_factory.mktemp("workers") / "whole"
    codes, errors = _end(_train_with_workers(prepared_data_dir, run))
    assert codes == [0, 0], errors
    return run


@pytest.mark.workers
@pytest.mark.parametrize(
    ("lost", "how", "goes_on_alone"),
    [
        (0, signal.SIGKILL, False),
        (1, signal.SIGKILL, True),
        (0, signal.SIGINT, False),
    ],
)
def test_lost_worker_leaves_a_run_that_goes_on(
    lost, how, goes_on_alone, whole_run, prepared_data_dir, tmp_path
):
    run = tmp_path / "run"
    processes = _train_with_workers(prepared_data_dir, run)
    deadline = time.monotonic() + PATIENCE
    while (
        not (run / "checkpoint/state.json").exists()
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    processes[lost].send_signal(how)
    codes, errors = _end(processes)
    left = 1 - lost
    assert codes[lost] == (130 if how == signal.SIGINT else -how), errors[lost]
    assert codes[left] == 1, errors[left]
    assert "Traceback" not in errors[left]
    [message] = [
        x for x in errors[left].splitlines() if "mtc train: error" in x
    ]
    assert "a worker was lost" in message
    history = _state(run)["history"]
    assert 1 <= len(history) < EPOCHS
    assert history == _state(whole_run)["history"][: len(history)]

    if goes_on_alone:
        # The flagfile does not say who shared the batches.
        codes, errors = _end(
            [_start(["train.py", f"--flagfile={run}/flags.txt"])]
        )
        assert codes == [0], errors
        state = _state(run)
        assert state["finished"] and len(state["history"]) == EPOCHS
        assert state["history"][: len(history)] == history
    else:
        codes, errors = _end(_train_with_workers(prepared_data_dir, run))
        assert codes == [0, 0], errors
        assert _state(run) == _state(whole_run)


@pytest.mark.workers
def test_workers_that_differ_are_refused(prepared_data_dir, tmp_path):
    processes = _start_workers(
        lambda index: _command(
            prepared_data_dir,
            tmp_path / "run",
            "--strategy=multiworker",
            f"--seed={index}",
            f"--fraction={1 - index / 2}",
        )
    )
    codes, errors = _end(processes)
    assert codes == [1, 1], errors
    for text in errors:
        assert "the workers differ in --fraction, --seed" in text
        assert "Traceback" not in text


@pytest.mark.workers
def test_workers_that_see_different_runs_are_refused(
    whole_run, prepared_data_dir, tmp_path
):
    processes = _start_workers(
        lambda index: _command(
            prepared_data_dir,
            [whole_run, tmp_path / "other"][index],
            "--strategy=multiworker",
        )
    )
    codes, errors = _end(processes)
    assert codes == [1, 1], errors
    for text in errors:
        assert "the workers differ in the run in " in text


@pytest.mark.parametrize(
    "text",
    [
        None,
        "{",
        "[]",
        '{"cluster": {"worker": ["a:1"]}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", '
        '"index": 1}}',
        '{"cluster": {"worker": "a:1"}, "task": {"type": "worker", '
        '"index": 0}}',
        '{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}',
    ],
)
def test_workers_that_are_not_named(text, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="from the variable TF_CONFIG"):
        distribution.make_strategy("multiworker")


class _Context:
    """What `tf.distribute.InputContext` says of the second of two workers."""

    num_input_pipelines = 2
    input_pipeline_id = 1
    num_replicas_in_sync = 4


def test_replicas_share_the_batches_of_one_process(prepared_data_dir):
    builder = input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )

    def rows(context, batches):
        dataset = training_batches.read_for_training(
            builder, (), batch_size=8, seed=0, steps=5, context=context
        )
        return [x["packet"].numpy() for x, _, _ in dataset.take(batches)]

    whole = rows(None, 2)
    parts = rows(_Context, 4)
    assert [len(part) for part in parts] == [2, 2, 2, 2]
    for batch, first, second in zip(
        whole, parts[::2], parts[1::2], strict=True
    ):
        np.testing.assert_array_equal(batch[4:6], first)
        np.testing.assert_array_equal(batch[6:8], second)


def _replicas(count):
    """As much of a strategy as is asked before training starts."""
    return types.SimpleNamespace(
        num_replicas_in_sync=count,
        cluster_resolver=None,
        scope=contextlib.nullcontext,
    )


@pytest.mark.parametrize(
    ("replicas", "make_model", "message"),
    [
        (3, small_mtc, "--batch_size must be a multiple of 3; received: 8"),
        (2, FlowDBN, "FlowDBN is pre-trained layer by layer"),
    ],
)
def test_training_that_replicas_cannot_share(
    replicas, make_model, message, prepared_data_dir, tmp_path
):
    builder = input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )
    with pytest.raises(InputError, match=message):
        trainer.train(
            builder,
            tmp_path,
            Protocol(batch_size=8),
            make_model,
            None,
            _replicas(replicas),
        )
