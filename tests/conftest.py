"""What many tests ask for, made once for all processes of pytest.

Tests read these folders and change copies of them.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

# Before TensorFlow starts its threads: each of pytest's processes has a core.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from small_captures import DUMMY_DATA
from small_models import linear_model
from small_models import small_mtc
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """A function that makes a folder, unless another process has made it."""

    def make(name, fill):
        folder = tmp_path_factory.getbasetemp()
        if "PYTEST_XDIST_WORKER" in os.environ:
            folder = folder.parent  # that of all processes
        folder = folder / name
        with open(f"{folder}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = folder.with_suffix(".done")
            if not done.exists():
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def prepared_data_dir(made_once):
    """A folder with `iscx_vpn_nonvpn/flow`, prepared from the dummy data."""

    def prepare(data_dir):
        from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder

        _prepare(Builder(data_dir=data_dir, config="flow"), DUMMY_DATA)

    return made_once("prepared", prepare)


@pytest.fixture(scope="session")
def trained_run(prepared_data_dir, made_once):
    """The directory of a run of one epoch with a small MTC."""
    weights = {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0}
    return made_once(
        "trained",
        lambda workdir: _train(
            "iscx_vpn_nonvpn/flow", prepared_data_dir, workdir, weights
        ),
    )


@pytest.fixture(scope="session")
def left_out_run(prepared_data_dir, made_once):
    """An evaluated run of a linear model that has never seen Torrent."""

    def train(workdir):
        from mtc_tf.cli import main
        from mtc_tf.data import input_pipeline
        from mtc_tf.training import trainer
        from mtc_tf.training.protocol import Protocol

        trainer.train(
            input_pipeline.load_builder(
                "iscx_vpn_nonvpn/flow", prepared_data_dir
            ),
            workdir,
            Protocol(
                epochs=2,
                batch_size=8,
                learning_rate=0.01,
                flow_cap=2,
                monitor="fw16",
                leave_out="Torrent",
            ),
            make_model=linear_model,
            loss_weights={"application": 1.0, "traffic_type": 1.0},
        )
        evaluate = ["evaluate", f"--workdir={workdir}", "--no_baselines"]
        assert main(evaluate) == 0

    return made_once("left_out", train)


@pytest.fixture(scope="session")
def exported_left_out_run(left_out_run, made_once):
    """What `mtc export` writes of `left_out_run`."""

    def export(folder):
        from mtc_tf.export.artifacts import export_run
        from mtc_tf.runs.run_directory import load_run

        # So few rows can lose any number of points.
        run = load_run(left_out_run)
        export_run(run, folder / "export", max_f1_loss=100)

    return made_once("exported_left_out", export) / "export"


@pytest.fixture(scope="session")
def exported_run(trained_run, made_once):
    """What `python -m export` wrote of `trained_run`, and `stdout.txt`."""

    def export(folder):
        # Others copy the run meanwhile, and this writes to it.
        run = shutil.copytree(trained_run, folder / "run")
        process = subprocess.run(
            [
                sys.executable,
                "-m",
                "export",
                f"--workdir={run}",
                f"--output={folder / 'export'}",
                "--max_f1_loss=100",
            ],
            cwd=pathlib.Path(__file__).parents[1],
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        (folder / "stdout.txt").write_text(process.stdout)

    return made_once("exported", export) / "export"


@pytest.fixture(scope="session")
def prepared_record_dir(made_once):
    """A folder with `cicids2017/clean`, prepared from the dummy data."""

    def prepare(data_dir):
        from cicids2017.cicids2017_dataset_builder import Builder

        _prepare(Builder(data_dir=data_dir, config="clean"), DUMMY_RECORDS)

    return made_once("prepared_records", prepare)


@pytest.fixture(scope="session")
def trained_record_run(prepared_record_dir, made_once):
    """The directory of a run of one epoch with a small MTC of flows."""
    return made_once(
        "trained_records",
        lambda workdir: _train(
            "cicids2017/clean", prepared_record_dir, workdir, loss_weights=None
        ),
    )


@pytest.fixture(scope="session")
def exported_record_run(trained_record_run, made_once):
    """What `python -m export` writes of `trained_record_run`."""

    def export(folder):
        from mtc_tf.export.artifacts import export_run
        from mtc_tf.runs.run_directory import load_run

        run = load_run(trained_record_run)
        export_run(run, folder / "export", max_f1_loss=100)

    return made_once("exported_records", export) / "export"


@pytest.fixture
def few_trees(monkeypatch):
    """The baselines as they are, with so few trees that a test is quick."""
    from mtc_tf.evaluation.baselines import shallow_models

    for name, baselines in shallow_models.BASELINES.items():
        fewer = {key: (x, _fewer(y)) for key, (x, y) in baselines.items()}
        monkeypatch.setitem(shallow_models.BASELINES, name, fewer)


def _fewer(estimator):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.ensemble import RandomForestClassifier

    if isinstance(estimator, RandomForestClassifier):
        return RandomForestClassifier(n_estimators=5, random_state=0)
    if isinstance(estimator, HistGradientBoostingClassifier):
        return HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2)
    return estimator


def _prepare(builder, manual_dir):
    import tensorflow_datasets as tfds

    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )


def _train(dataset, data_dir, workdir, loss_weights):
    from mtc_tf.data import input_pipeline
    from mtc_tf.training import trainer
    from mtc_tf.training.protocol import Protocol

    trainer.train(
        input_pipeline.load_builder(dataset, data_dir),
        workdir,
        Protocol(epochs=1, batch_size=8),
        make_model=small_mtc,
        loss_weights=loss_weights,
    )
