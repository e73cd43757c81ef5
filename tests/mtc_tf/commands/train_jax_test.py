"""Runs that are trained without TensorFlow, and used with it."""

import json
import subprocess
import sys

import numpy as np
import pytest
from backend_process import WITHOUT_TENSORFLOW
from backend_process import run_under
from small_arrays import write_small_arrays
from small_captures import DUMMY_DATA

from mtc_tf.cli import main
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training.checkpoint import Progress

TRAIN = f"""
{WITHOUT_TENSORFLOW}
from mtc_tf.cli import main
sys.exit(main(["train", *sys.argv[1:]]))
"""
# As if the machine had gone, behind the first epoch.
INTERRUPTED = f"""
{WITHOUT_TENSORFLOW}
from mtc_tf.cli import main
from mtc_tf.training.checkpoint import Progress
add_epoch = Progress.add_epoch
def add(*args):
    add_epoch(*args)
    sys.stdout.flush()
    import os
    os._exit(0)
Progress.add_epoch = add
sys.exit(main(["train", *sys.argv[1:]]))
"""
LITE = (
    *("--model=mtc_lite", "--batch_size=8", "--epochs=3", "--optimizer=adamw"),
    *("--schedule=cosine", "--warmup=0.1", "--clip_norm=1", "--flow_cap=16"),
    *("--class_power=0.5", "--randomize_fields=0.5", "--monitor=fw16"),
    "--label_smoothing=0.05",
)


@pytest.fixture(scope="module")
def arrays(prepared_data_dir, tmp_path_factory):
    pytest.importorskip("jax", reason="jax is not installed")
    path = tmp_path_factory.mktemp("arrays") / "rows.npz"
    arguments = [f"--data_dir={prepared_data_dir}", f"--output={path}"]
    assert main(["arrays", "iscx_vpn_nonvpn/flow", *arguments]) == 0
    return path


@pytest.fixture(scope="module")
def run(arrays, tmp_path_factory):
    """A run of MTC-Lite that was interrupted once, and what was printed."""
    workdir = tmp_path_factory.mktemp("runs") / "lite"
    command = [
        *("--backend=jax", f"--arrays={arrays}", f"--workdir={workdir}"),
        *LITE,
    ]
    run_under("jax", "-c", INTERRUPTED, *command)
    assert len(Progress.load(workdir).history) == 1
    return workdir, run_under("jax", "-c", TRAIN, *command)


def test_interrupted_run_goes_on_without_tensorflow(run):
    workdir, printed = run
    assert "3 epochs done; best is epoch " in printed
    assert f"next: mtc evaluate --workdir={workdir}" in printed
    info = load_run(workdir).info
    assert info["backend"] == "jax"
    assert info["dataset"]["config"] == "flow"
    assert info["protocol"]["monitor"] == "fw16"
    flags = (workdir / "flags.txt").read_text().splitlines()
    assert "--backend=jax" in flags
    assert "--dataset=iscx_vpn_nonvpn/flow" in flags


def test_another_run_begins_with_its_weights(run, arrays, tmp_path):
    workdir, _ = run
    printed = run_under(
        *("jax", "-c", TRAIN, "--backend=jax", f"--arrays={arrays}"),
        *(*LITE, "--flow_fraction=0.5", "--epochs=1", "--learning_rate=1e-12"),
        *(f"--init={workdir}", f"--workdir={tmp_path}"),
    )
    assert f"begins with the weights of {workdir}; no head is new" in printed
    expected, received = map(load_run, (workdir, tmp_path))
    assert received.info["initial_model"]["name"] == str(workdir)
    # But for the statistics of normalisations, which follow any rows.
    weights = [x.load_model().trainable_weights for x in (received, expected)]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_run_is_evaluated_under_tensorflow(run, prepared_data_dir, capsys):
    workdir, _ = run
    arguments = [f"--workdir={workdir}", f"--data_dir={prepared_data_dir}"]
    assert main(["evaluate", *arguments]) == 0
    metrics = json.loads((workdir / "metrics.json").read_text())
    assert metrics["tasks"]["application"]["rows"] > 0
    # The validation figures of the epoch that is kept are those of TensorFlow.
    assert main(["evaluate", *arguments, "--part=validation"]) == 0
    metrics = json.loads((workdir / "metrics_validation.json").read_text())
    history = Progress.load(workdir).history
    best = max(history, key=lambda logs: logs["val_fw16"])
    for task, figures in metrics["tasks"].items():
        assert figures["accuracy"] == pytest.approx(
            best[f"val_{task}_accuracy"]
        )


def test_run_is_exported_and_labels_packets(run, tmp_path, capsys):
    workdir, _ = run
    exported = tmp_path / "export"
    assert main(["export", f"--workdir={workdir}", f"--output={exported}"]) == 0
    capture = str(DUMMY_DATA / "aimchat2.pcap")
    assert main(["classify", capture, f"--model={exported}"]) == 0
    assert "192.0.2.10" in capsys.readouterr().out


def test_run_does_not_go_on_under_tensorflow(run, capsys):
    workdir, _ = run
    flags = [f"--flagfile={workdir}/flags.txt", "--arrays="]
    assert main(["train", *flags, "--backend=tensorflow"]) == 1
    assert "another run, which differs in --backend=jax " in (
        capsys.readouterr().err
    )


def test_runs_train_together(arrays, tmp_path):
    paths = []
    for seed in (0, 1):
        paths.append(tmp_path / f"{seed}.flags")
        paths[-1].write_text(f"--seed={seed}\n--workdir={tmp_path}/{seed}\n")
    printed = run_under(
        "jax",
        *("-c", TRAIN, "--backend=jax", f"--arrays={arrays}", *LITE),
        *("--epochs=1", "--precision=mixed_bfloat16"),
        f"--together={paths[0]},{paths[1]}",
    )
    assert "Epoch 1/1: 2 of 2 models, val_fw16 " in printed
    for seed in (0, 1):
        run = load_run(tmp_path / str(seed))
        assert run.info["protocol"]["seed"] == seed
        # Whatever it was trained in, here it computes in float32.
        assert run.load_model().compute_dtype == "float32"
        flags = (run.path / "flags.txt").read_text()
        assert f"--workdir={run.path}\n" in flags
        assert "--together" not in flags


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--backend=jax"], "--backend=jax needs --arrays=FILE"),
        (
            ["--backend=jax", "--arrays=x.npz", "--strategy=mirrored"],
            "--strategy is of --backend=tensorflow",
        ),
        (["--arrays=x.npz"], "--arrays is of --backend=jax"),
        (["--precision=mixed_bfloat16"], "--precision is of --backend=jax"),
    ],
)
def test_flags_of_the_other_backend_are_refused(
    arguments, message, tmp_path, capsys
):
    assert main(["train", f"--workdir={tmp_path}/run", *arguments]) == 1
    _, err = capsys.readouterr()
    assert err.startswith("mtc train: error: ")
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["--workdir=a", "--workdir=a"], "2 flagfiles with 1 folders"),
        (
            ["--workdir=a", "--workdir=b\n--precision=mixed_bfloat16"],
            "share --precision; received: float32, mixed_bfloat16",
        ),
        (["--workdir=a", "--seed=1"], "--workdir=DIR is required"),
        (
            ["--workdir=a", "--workdir=b\n--backend=tensorflow"],
            "--together is of --backend=jax; received: tensorflow",
        ),
    ],
)
def test_flagfiles_that_do_not_go_together(lines, message, tmp_path, capsys):
    paths = []
    for number, line in enumerate(lines):
        paths.append(tmp_path / f"{number}.flags")
        paths[-1].write_text(line)
    arguments = ["--backend=jax", "--arrays=x.npz"]
    together = ",".join(map(str, paths))
    assert main(["train", *arguments, f"--together={together}"]) != 0
    assert message in capsys.readouterr().err


def test_without_jax_it_says_what_brings_it(tmp_path):
    path = write_small_arrays(tmp_path / "rows.npz")
    code = (
        "import sys\nsys.modules['jax'] = None\n"
        "from mtc_tf.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    process = subprocess.run(
        [
            *(sys.executable, "-c", code, "train", "--backend=jax"),
            *(f"--arrays={path}", f"--workdir={tmp_path}/run"),
        ],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert process.stderr == (
        "mtc train: error: --backend=jax needs JAX, which is not installed; "
        "`pip install 'mtc-tf[jax]'` brings it\n"
    )


def test_damaged_arrays_are_refused_before_anything_is_written(tmp_path):
    pytest.importorskip("jax", reason="jax is not installed")
    path = write_small_arrays(tmp_path / "rows.npz")
    path.write_bytes(path.read_bytes()[:1000])
    code = f"{WITHOUT_TENSORFLOW}\nfrom mtc_tf.cli import main\n"
    process = subprocess.run(
        [
            *(sys.executable, "-c", code + "sys.exit(main(sys.argv[1:]))"),
            *("train", "--backend=jax", f"--arrays={path}"),
            f"--workdir={tmp_path}/run",
        ],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert "rows.npz cannot be read: expected what `mtc arrays` writes" in (
        process.stderr
    )
    assert not (tmp_path / "run").exists()
