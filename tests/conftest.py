import pathlib
import subprocess
import sys

import pytest
from small_captures import DUMMY_DATA
from small_flow_tables import DUMMY_DATA as DUMMY_FLOWS
from small_models import small_mtc


@pytest.fixture(scope="session")
def prepared_data_dir(tmp_path_factory):
    """A folder with `iscx_vpn_nonvpn/flow`, prepared from the dummy data."""
    import tensorflow_datasets as tfds
    from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder

    data_dir = tmp_path_factory.mktemp("prepared")
    Builder(data_dir=data_dir, config="flow").download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=DUMMY_DATA)
    )
    return data_dir


@pytest.fixture(scope="session")
def trained_run(prepared_data_dir, tmp_path_factory):
    """The directory of a run of one epoch with a small MTC."""
    from mtc_tf import input_pipeline
    from mtc_tf import training

    workdir = tmp_path_factory.mktemp("trained") / "run"
    workdir.mkdir()
    training.train(
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir),
        workdir,
        training.Protocol(epochs=1, batch_size=8),
        make_model=small_mtc,
        loss_weights={
            "application": 6.0,
            "traffic_type": 2.0,
            "auxiliary": 1.0,
        },
    )
    return workdir


@pytest.fixture(scope="session")
def export_process(trained_run):
    """The ended process of `python -m export` on `trained_run`."""
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "export",
            f"--workdir={trained_run}",
            f"--output={trained_run.parent / 'export'}",
        ],
        cwd=pathlib.Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process


@pytest.fixture(scope="session")
def exported_run(export_process, trained_run):
    """What that process wrote."""
    return trained_run.parent / "export"


@pytest.fixture(scope="session")
def prepared_flow_dir(tmp_path_factory):
    """A folder with `cicids2017/clean`, prepared from the dummy data."""
    import tensorflow_datasets as tfds
    from cicids2017.cicids2017_dataset_builder import Builder

    data_dir = tmp_path_factory.mktemp("prepared_flows")
    Builder(data_dir=data_dir, config="clean").download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=DUMMY_FLOWS)
    )
    return data_dir


@pytest.fixture(scope="session")
def trained_flow_run(prepared_flow_dir, tmp_path_factory):
    """The directory of a run of one epoch with a small MTC of flows."""
    from mtc_tf import input_pipeline
    from mtc_tf import training

    workdir = tmp_path_factory.mktemp("trained_flows") / "run"
    workdir.mkdir()
    training.train(
        input_pipeline.load_builder("cicids2017/clean", prepared_flow_dir),
        workdir,
        training.Protocol(epochs=1, batch_size=8),
        make_model=small_mtc,
        loss_weights=None,
    )
    return workdir


@pytest.fixture(scope="session")
def exported_flow_run(trained_flow_run):
    """What `python -m export` writes of `trained_flow_run`."""
    from export.artifacts import export_run
    from mtc_tf.run_directory import load_run

    output = trained_flow_run.parent / "export"
    export_run(load_run(trained_flow_run), output)
    return output
