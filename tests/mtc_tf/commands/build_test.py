import os
import subprocess
import sys

import pytest
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.cli import main
from mtc_tf.commands import build as build_command
from mtc_tf.data import capture_builder
from mtc_tf.data import capture_scan
from mtc_tf.data.input_pipeline import load_builder


@pytest.fixture
def build(tmp_path, capsys):
    """Runs `mtc build` into a new folder: exit code, output, errors."""

    def run(*arguments):
        data_dir = f"--data_dir={tmp_path / 'data'}"
        code = main(["build", *map(str, arguments), data_dir])
        return code, *capsys.readouterr()

    return run


def test_own_captures(build, tmp_path):
    arguments = ("iscx_vpn_nonvpn", "--config=flow")
    code, output, errors = build(*arguments, f"--manual_dir={DUMMY_DATA}")
    assert code == 0
    # No bars, this being no terminal.
    assert "examples" not in errors
    place = tmp_path / "data/iscx_vpn_nonvpn/flow/2.0.1"
    assert "Split by flow" in output
    assert output.splitlines()[-1] == f"written to {place}"
    info = load_builder("iscx_vpn_nonvpn/flow", str(tmp_path / "data")).info
    assert info.splits["train"].num_examples > 0

    code, output, _ = build(*arguments, f"--manual_dir={DUMMY_DATA}")
    assert code == 0
    assert output == f"{place} is there already\n"


def test_captures_need_no_tensorflow(tmp_path):
    code = (
        "import sys; from mtc_tf.cli import main; assert not main(["
        f"'build', 'iscx_vpn_nonvpn', '--config=flow', '--data_dir={tmp_path}',"
        f"'--manual_dir={DUMMY_DATA}']); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_captures_are_read_once_for_several_configs(
    build, tmp_path, monkeypatch
):
    read = []
    preprocess_capture = capture_scan.preprocess_capture

    def preprocess(file, *, name, recipe, **arguments):
        read.append(recipe)
        return preprocess_capture(file, name=name, recipe=recipe, **arguments)

    monkeypatch.setattr(capture_scan, "preprocess_capture", preprocess)
    arguments = ("iscx_vpn_nonvpn", f"--manual_dir={DUMMY_DATA}")
    code, output, errors = build(*arguments, "--config=paper,capture,flow")
    assert code == 0
    assert output.count("\nwritten to ") == 3
    assert errors == ""
    assert sorted(read) == ["paper"] * 5 + ["strict"] * 5
    place = tmp_path / "data/iscx_vpn_nonvpn"
    together = _files(place)
    assert {path.parts[0] for path in together} == {"paper", "capture", "flow"}
    place.rename(tmp_path / "together")
    for name in ("capture", "paper", "flow"):
        assert build(*arguments, f"--config={name}")[0] == 0
    assert _files(place) == together


def test_one_that_is_left_of_several_reads_nothing_again(
    build, tmp_path, monkeypatch
):
    arguments = ("iscx_vpn_nonvpn", f"--manual_dir={DUMMY_DATA}")
    arguments = (*arguments, "--config=capture,flow")
    done = []
    write_dataset = capture_builder.write_dataset

    def write(*others, **more):
        if done:
            raise KeyboardInterrupt
        done.append("capture")
        return write_dataset(*others, **more)

    with monkeypatch.context() as patched:
        patched.setattr(capture_builder, "write_dataset", write)
        assert build(*arguments)[0] == 130
    monkeypatch.setattr(capture_scan, "preprocess_capture", None)
    assert build(*arguments)[0] == 0
    place = tmp_path / "data/iscx_vpn_nonvpn"
    assert sorted(x.name for x in place.glob("[!.]*")) == ["capture", "flow"]


def _files(folder):
    paths = (path for path in folder.glob("[!.]*/**/*") if path.is_file())
    return {path.relative_to(folder): path.read_bytes() for path in paths}


def test_config_that_is_none(build):
    code, _, errors = build("traffic_lab", "--config=flows")
    assert code == 1
    assert errors == (
        "mtc: error: --config must be one of paper, flow, capture, "
        "flow_series, capture_series of traffic_lab, or some with commas "
        "between; received: flows\n"
    )


@pytest.mark.parametrize("seed", ["-1", "one", "1.5", "4294967296", "9" * 5000])
def test_split_seed_that_is_none(build, seed):
    code, _, errors = build("traffic_lab", f"--split_seed={seed}")
    assert code == 1
    [line] = errors.splitlines()
    assert line.startswith(
        "mtc: error: --split_seed must be a whole number from 0 to 4294967295; "
        f"received: {seed[:40]}"
    )


@pytest.mark.parametrize(
    ("dataset", "config", "captures"),
    [
        ("iscx_vpn_nonvpn", "flow", DUMMY_DATA),
        ("cicids2017", "clean", DUMMY_RECORDS),
    ],
)
def test_other_split_seed(build, tmp_path, dataset, config, captures):
    arguments = (dataset, f"--config={config}", f"--manual_dir={captures}")
    assert build(*arguments)[0] == 0
    assert build(*arguments, "--split_seed=3")[0] == 0
    first, other = (
        load_builder(f"{dataset}/{name}", str(tmp_path / "data")).info.metadata
        for name in (config, f"{config}_seed3")
    )
    assert first["split_seed"] == 0
    assert other["split_seed"] == 3
    assert first["digests"] != other["digests"]
    assert first["label_map"] == other["label_map"]


def test_folder_that_is_none(build, tmp_path):
    code, _, errors = build("cicids2017", f"--manual_dir={tmp_path / 'none'}")
    assert code == 1
    assert (
        errors == f"mtc: error: --manual_dir={tmp_path / 'none'} is no folder\n"
    )


def test_workers_that_have_nothing_to_do(build, monkeypatch):
    monkeypatch.setattr(build_command, "read_beam_options", lambda *_: None)
    beam = "--beam_pipeline_options=runner=DirectRunner"
    for options, message in (
        (["--jobs=2"], "--jobs=2 is for datasets of captures; cicids2017 is"),
        ([beam], "--beam_pipeline_options is for datasets of captures; "),
        (
            ["--jobs=2", beam],
            "--jobs=2 and --beam_pipeline_options exclude each other",
        ),
    ):
        code, _, errors = build("cicids2017", *options)
        assert code == 1
        assert errors.startswith(f"mtc: error: {message}")


def test_folder_without_captures(build, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="iscx_vpn_nonvpn: error: "):
        build("iscx_vpn_nonvpn", f"--manual_dir={tmp_path / 'empty'}")


def test_dataset_that_is_none(build, capsys):
    with pytest.raises(SystemExit) as end:
        build("iscx")
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert "'cicids2017', 'iscx_vpn_nonvpn', 'traffic_lab'" in errors


def test_several_processes_and_array_record(build, tmp_path):
    pytest.importorskip("array_record")
    code, _, _ = build(
        *("iscx_vpn_nonvpn", "--config=flow", f"--manual_dir={DUMMY_DATA}"),
        *("--jobs=2", "--file_format=array_record"),
    )
    assert code == 0
    place = tmp_path / "data/iscx_vpn_nonvpn/flow/2.0.1"
    assert len(list(place.glob("*.array_record*"))) == 3


def test_jobs_that_are_none(build):
    code, _, errors = build("iscx_vpn_nonvpn", "--jobs=0")
    assert code == 1
    assert errors == (
        "mtc: error: --jobs must be a whole number from 1 to 1024; received: "
        "0\n"
    )


def test_jobs_for_records(build):
    code, _, errors = build("cicids2017", "--jobs=2")
    assert code == 1
    assert errors == (
        "mtc: error: --jobs=2 is for datasets of captures; cicids2017 is built "
        "by one process\n"
    )


@pytest.mark.slow
def test_command_of_tfds_gives_the_same_files(build, tmp_path):
    arguments = ["--config=flow", f"--manual_dir={DUMMY_DATA}"]
    assert build("iscx_vpn_nonvpn", *arguments)[0] == 0
    subprocess.run(
        [
            *(sys.executable, "-m", "tensorflow_datasets.scripts.cli.main"),
            *("build", str(DUMMY_DATA.parent), *arguments),
            f"--data_dir={tmp_path / 'other'}",
        ],
        env={
            **os.environ,
            "MTC_JOBS": "2",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        check=True,
    )
    mine, others = (
        {
            path.name: path.read_bytes()
            for path in (tmp_path / name).rglob("2.0.1/*")
        }
        for name in ("data", "other")
    )
    assert mine == others
    assert len(mine) > 6
