import json
import pathlib
import subprocess
import sys

import pytest

from mtc_tf.commands import protocol_flags
from mtc_tf.commands import train as command
from mtc_tf.commands import train_flags
from mtc_tf.commands.flag_models import make_model
from mtc_tf.errors import InputError
from mtc_tf.runs import run_lock
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training.checkpoint import Progress
from mtc_tf.training.protocol import Protocol

ROOT = pathlib.Path(__file__).resolve().parents[3]
# None of them at its default, to see that each arrives.
PROTOCOL = {
    "batch_size": 8,
    "class_power": 0.4,
    "clip_norm": 2.5,
    "drop_fields": 0.2,
    "ema": 0.6,
    "epochs": 1,
    "final_rate": 0.1,
    "flow_cap": 8,
    "flow_fraction": 0.95,
    "fraction": 0.9,
    "label_smoothing": 0.15,
    "learning_rate": 0.002,
    "leave_out": "Torrent",
    "max_steps": 300,
    "monitor": "fw16",
    "optimizer": "adamw",
    "plateau_factor": 0.2,
    "plateau_patience": 3,
    "randomize_fields": 0.3,
    "schedule": "cosine",
    "seed": 5,
    "stopping_patience": 4,
    "warmup": 0.05,
    "weight_decay": 0.003,
}
BACKBONE = {
    "hidden_dim": 100,
    "num_tokens": 15,
    "num_heads": 4,
    "encoder_dropout": 0.25,
    "cnn_dropout": 0.375,
    "stem_strides": 50,
    "norm_first": False,
    "batch_norm": False,
}
SMALL = (
    *(f"--{name}={value}" for name, value in {**PROTOCOL, **BACKBONE}.items()),
    "--num_encoders=1,0,0",
    "--loss_weights=application=3,traffic_type=2",
)


@pytest.fixture
def train(capsys):
    """Runs `mtc train` in this process: exit code, output, errors."""

    def run(*arguments):
        code = command.main([*map(str, arguments)])
        output, errors = capsys.readouterr()
        assert "Traceback" not in errors
        return code, output, errors

    return run


def _parse(*arguments):
    train_flags.parse([*map(str, arguments)])


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        (
            "--num_encoders=1,5",
            "--num_encoders takes 3 numbers for --model=mtc",
        ),
        (
            "--num_encoders=1,x,6",
            "--num_encoders takes 3 numbers for --model=mtc",
        ),
        ("--stem_strides=7", "--stem_strides must divide --hidden_dim=50"),
        ("--loss_weights=aplication=1", "received: 'aplication=1'"),
        ("--loss_weights=application=nan", "a weight above 0"),
        ("--loss_weights=", "--loss_weights names no task"),
        ("--learning_rate=nan", "--learning_rate must be finite"),
        ("--weight_decay=inf", "--weight_decay must be finite"),
        ("--clip_norm=inf", "--clip_norm must be finite"),
        (
            "--warmup=0.1",
            "--warmup shapes --schedule=cosine; received: --warmup=0.1 with "
            "--schedule=plateau",
        ),
        ("--final_rate=0.1", "--final_rate shapes --schedule=cosine"),
        ("--masks=ip.ttl,ports", "all_but_lengths; received: 'ports'"),
    ],
)
def test_bad_flag(flag, message, train, tmp_path):
    code, _, errors = train(f"--workdir={tmp_path / 'run'}", flag)
    assert code == 1
    [line] = errors.splitlines()
    assert line.startswith("mtc train: error: ") and message in line
    assert not (tmp_path / "run").exists()


def test_fields_that_are_replaced_and_dropped_at_once(train, tmp_path):
    code, _, errors = train(
        f"--workdir={tmp_path}", "--randomize_fields=0.5", "--drop_fields=0.6"
    )
    assert code == 1
    [line] = errors.splitlines()
    assert "must not exceed 1 together; received: 0.5 and 0.6" in line


@pytest.mark.parametrize(
    "flag", ["--masks=ip.ttl", "--shuffle_labels", "--leave_out=Tor"]
)
def test_flags_that_jax_does_not_have(flag, train, tmp_path):
    code, _, errors = train(
        *(f"--workdir={tmp_path / 'run'}", "--backend=jax", "--arrays=x", flag)
    )
    assert code == 1
    [line] = errors.splitlines()
    assert line.endswith(
        f"is of --backend=tensorflow; received: {flag} with --backend=jax"
    )


def test_application_is_not_left_out_by_shuffled_labels(train, tmp_path):
    code, _, errors = train(
        f"--workdir={tmp_path}", "--shuffle_labels", "--leave_out=Tor"
    )
    assert code == 1
    [line] = errors.splitlines()
    assert "deals out anew; received: both, --leave_out=Tor" in line


@pytest.mark.parametrize("flag", ["--leave_out=Tor", "--shuffle_labels"])
def test_weights_to_begin_with_know_too_much(flag, train, tmp_path):
    code, _, errors = train(f"--workdir={tmp_path / 'run'}", "--init=lab", flag)
    assert code == 1
    [line] = errors.splitlines()
    name, _, _ = flag.partition("=")
    assert line.startswith(f"mtc train: error: {name} leaves nothing")
    assert "--init" in line and "; received: both, " in line


@pytest.mark.parametrize("share", ["0", "1.5", "x"])
def test_share_of_flows_that_is_none(share, train):
    code, _, errors = train("--workdir=x", f"--flow_fraction={share}")
    assert code == 2
    [line] = errors.splitlines()
    assert "flow_fraction" in line


def test_run_to_begin_with_is_missing(prepared_data_dir, train, tmp_path):
    code, _, errors = train(
        *(f"--data_dir={prepared_data_dir}", f"--workdir={tmp_path / 'run'}"),
        *("--batch_size=8", f"--init={tmp_path / 'none'}", "--model=cnn"),
    )
    assert code == 1
    [line] = errors.splitlines()
    assert "mtc train: error: --init takes lab, a run directory or a" in line


def test_masks_of_records(train, prepared_record_dir, tmp_path):
    code, _, errors = train(
        *(f"--workdir={tmp_path / 'run'}", "--dataset=cicids2017/clean"),
        *(f"--data_dir={prepared_record_dir}", "--model=flow_mlp"),
        "--masks=ip.ttl,payload",
    )
    assert code == 1
    line = errors.splitlines()[-1]
    assert "holds features; received: --masks=ip.ttl,payload" in line


@pytest.mark.parametrize(
    ("begun", "asked"),
    [
        (["--masks=ip.ttl"], ["--masks=ip.id"]),
        (["--shuffle_labels"], ["--noshuffle_labels"]),
    ],
)
def test_rows_that_differ_make_another_run(begun, asked, tmp_path):
    _begun(tmp_path, *begun)
    command.check_workdir(tmp_path)
    _parse(f"--workdir={tmp_path}", *asked)
    with pytest.raises(InputError, match=f"{begun[0]}.*give a new folder"):
        command.check_workdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workdir=x", "--seed=-1"], "flag --seed=-1"),
        (["--workdir=x", "--warmup=1"], "flag --warmup=1"),
        (["--workdir=x", "--ema=1"], "flag --ema=1"),
        (["--workdir=x", "--monitor=f1"], "flag --monitor=f1"),
        (["--workdir=x", "--members=0"], "flag --members=0"),
        (["--workdir=x", "--plateau_factor=1.0"], "flag --plateau_factor=1.0"),
        (["--workdir=x", "--sede=1"], "Unknown command line flag 'sede'"),
        (["--workdir=x", "more"], "unexpected argument 'more'"),
        ([], "--workdir=DIR is required"),
        (["--workdir="], "--workdir=DIR is required"),
    ],
)
def test_wrong_usage_is_one_line(arguments, message, train):
    code, _, errors = train(*arguments)
    assert code == 2
    [line] = errors.splitlines()
    assert line.startswith("mtc train: error: ") and message in line


@pytest.mark.parametrize(
    ("model", "flag", "reads"),
    [
        ("cnn", "--num_tokens=7", "--cnn_dropout"),
        ("mtc", "--members=2", "--num_tokens, --hidden_dim"),
        ("mtc_lite", "--num_heads=2", "--members, --branches"),
        ("transformer", "--cnn_dropout=0.05", "--num_tokens, --hidden_dim"),
        ("deep_packet_cnn", "--nobatch_norm", "--cnn_dropout"),
        ("flow_mlp", "--num_encoders=1,0,0", "none like it"),
    ],
)
def test_flag_that_the_model_does_not_read(model, flag, reads, train, tmp_path):
    code, _, errors = train(f"--workdir={tmp_path}", f"--model={model}", flag)
    assert code == 1
    [line] = errors.splitlines()
    assert f"--model={model} does not read --" in line
    assert reads in line and line.endswith(f"received: {flag}")


def test_flags_of_a_run_are_those_that_its_model_reads():
    _parse("--workdir=x", "--model=cnn", "--cnn_dropout=0.05")
    names = [line.split("=")[0] for line in train_flags.flags_text().split()]
    assert "--cnn_dropout" in names and "--epochs" in names
    assert "--num_tokens" not in names and "--strategy" not in names


def test_every_flag_of_a_model_is_one(train):
    for names in train_flags.MODEL_FLAGS.values():
        assert set(names) <= set(train_flags.FLAGS)


def test_defaults_are_those_of_the_protocol():
    _parse("--workdir=x")
    assert protocol_flags.read(train_flags.FLAGS) == Protocol()


def test_help_names_the_flags(train):
    code, output, _ = train("--help")
    assert code == 0
    assert "  mtc train --flagfile=configs/iscx/mtc.flags" in output
    assert "--max_steps: Train at most so many steps" in output


def test_workdir_with_other_files(train, tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    code, _, errors = train(f"--workdir={tmp_path}")
    assert code == 1
    assert "holds other files and no run" in errors


def test_home_is_expanded(train, tmp_path, monkeypatch):
    (tmp_path / "thesis.tex").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path))
    code, _, errors = train("--workdir=~")
    assert code == 1
    assert f"{str(tmp_path)!r} holds other files and no run" in errors


def test_error_line_is_printable(train, tmp_path, monkeypatch):
    def fail():
        raise InputError("a\x1b[2J\nb")

    monkeypatch.setattr(command, "_run", fail)
    code, _, errors = train(f"--workdir={tmp_path}")
    assert code == 1
    assert errors == "mtc train: error: a\\x1b[2J\\nb\n"


def test_what_a_killed_start_leaves_is_no_other_file(tmp_path):
    _parse(f"--workdir={tmp_path}")
    (tmp_path / ".flags.txt.k3x_9a.partial").mkdir()
    with run_lock.locked(tmp_path):
        pass
    command.check_workdir(tmp_path)


def _begun(workdir, *lines):
    """A run directory with an epoch done under these flags."""
    (workdir / "checkpoint").mkdir(parents=True)
    (workdir / "checkpoint/state.json").write_text("{}")
    _parse(f"--workdir={workdir}", *lines)
    (workdir / "flags.txt").write_text(train_flags.flags_text())


def test_earlier_versions_wrote_flags_that_no_model_read(tmp_path):
    _begun(tmp_path, "--model=cnn", "--seed=3")
    with (tmp_path / "flags.txt").open("a") as file:
        file.write("--num_tokens=30\n--norm_first\n")
    command.check_workdir(tmp_path)
    _parse(f"--workdir={tmp_path}", "--model=cnn", "--seed=4")
    with pytest.raises(InputError, match="differs in --seed=3 --seed=4;"):
        command.check_workdir(tmp_path)


def test_earlier_versions_did_not_write_the_flags_that_came_later(tmp_path):
    _begun(tmp_path, "--schedule=cosine")
    path = tmp_path / "flags.txt"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "warmup" not in line))
    command.check_workdir(tmp_path)
    _parse(f"--workdir={tmp_path}", "--schedule=cosine", "--warmup=0.1")
    with pytest.raises(InputError, match="differs in --warmup=0.1;"):
        command.check_workdir(tmp_path)


def test_switch_that_differs_makes_another_run(tmp_path):
    _begun(tmp_path, "--nonorm_first")
    _parse(f"--workdir={tmp_path}", "--norm_first")
    with pytest.raises(InputError, match="--nonorm_first --norm_first;"):
        command.check_workdir(tmp_path)


def test_flagfiles_are_understood():
    files = sorted((ROOT / "configs").rglob("*.flags"))
    assert len(files) > 30
    for file in files:
        _parse(f"--flagfile={file}", "--workdir=x")
        train_flags.check()
        if file.match("table4/iscx_transformer.flags"):
            assert train_flags.FLAGS.model == "transformer"
            assert train_flags.num_encoders() == (7,)
            assert train_flags.loss_weights() == {
                "application": 4.0,
                "traffic_type": 2.0,
                "auxiliary": 1.0,
            }


@pytest.mark.parametrize(
    ("name", "steps", "randomize"), [("iscx", 625, 0.0), ("lab", 313, 0.5)]
)
def test_recipe_of_lite(name, steps, randomize):
    _parse(f"--flagfile={ROOT}/configs/{name}/lite.flags", "--workdir=x")
    assert protocol_flags.read(train_flags.FLAGS) == Protocol(
        optimizer="adamw",
        learning_rate=0.002,
        weight_decay=0.02,
        clip_norm=1.0,
        label_smoothing=0.05,
        schedule="cosine",
        warmup=0.05,
        final_rate=0.01,
        flow_cap=16,
        class_power=0.5,
        randomize_fields=randomize,
        max_steps=steps,
        monitor="fw16",
    )


def test_papers_protocol_is_what_it_was():
    for name in ("iscx", "cicids2017"):
        _parse(f"--flagfile={ROOT}/configs/{name}/mtc.flags", "--workdir=x")
        assert protocol_flags.read(train_flags.FLAGS) == Protocol()


def test_flagfile_that_is_missing(train, tmp_path):
    code, _, errors = train("--flagfile=nowhere.flags", f"--workdir={tmp_path}")
    assert code == 1
    [line] = errors.splitlines()
    assert "a flagfile cannot be read" in line and "nowhere.flags" in line


def test_dataset_that_is_missing(train, tmp_path):
    code, _, errors = train(
        f"--data_dir={tmp_path}", f"--workdir={tmp_path / 'run'}"
    )
    assert code == 1
    [line] = errors.splitlines()
    assert line.startswith("mtc train: error: no prepared dataset 'iscx_vpn")


@pytest.fixture(scope="module")
def first_run(prepared_data_dir, tmp_path_factory):
    """A run directory of the command itself, and the ended process."""
    workdir = tmp_path_factory.mktemp("first") / "run"
    process = subprocess.run(
        [
            *(sys.executable, "train.py", *SMALL),
            *(f"--data_dir={prepared_data_dir}", f"--workdir={workdir}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return workdir, process


def test_command_trains_and_says_what_comes_next(first_run):
    workdir, process = first_run
    state = json.loads((workdir / "checkpoint/state.json").read_text())
    assert state["finished"]
    *_, done, where, following = process.stdout.splitlines()
    figure = state["history"][0]["val_fw16"]
    assert done == f"1 epochs done; best is epoch 1 with fw16 {figure:.4f}"
    assert where == f"run directory: {workdir}"
    assert following == f"next: mtc evaluate --workdir={workdir}"


def test_every_flag_reaches_the_run(first_run):
    workdir, _ = first_run
    run = load_run(workdir)
    # Weights to begin with would have seen what --leave_out leaves out.
    assert run.info["protocol"] == {**PROTOCOL, "init": None}
    assert list(run.info["tasks"]) == ["application", "traffic_type"]
    backbone = run.info["model"]["backbone"]
    assert backbone["num_encoders"] == [1, 0, 0]
    assert {name: backbone[name] for name in BACKBONE} == BACKBONE
    [epoch] = Progress.load(workdir).history
    assert epoch["loss"] == pytest.approx(
        3 * epoch["application_loss"] + 2 * epoch["traffic_type_loss"]
    )


LITE = (
    "--model=mtc_lite",
    "--members=2",
    "--encoder_dropout=0.25",
    "--cnn_dropout=0.375",
    "--branches=cnn",
)


def test_flags_of_mtc_lite_reach_the_model():
    train_flags.parse(["--workdir=x", *LITE])
    model = make_model({"application": 3}, "packet", 1500)
    config = model.get_config()
    assert type(model).__name__ == "MTCLite" and config["members"] == 2
    assert config["encoder_dropout"] == 0.25
    assert config["cnn_dropout"] == 0.375
    assert config["branches"] == ["cnn"]


def test_mtc_lite_takes_packets_only(prepared_record_dir, train, tmp_path):
    code, _, errors = train(
        f"--data_dir={prepared_record_dir}",
        f"--workdir={tmp_path / 'run'}",
        "--dataset=cicids2017/clean",
        *LITE,
    )
    assert code == 1
    [line] = errors.splitlines()
    assert "--model=mtc_lite looks at packet; received: --dataset=" in line
    assert "--dataset=cicids2017/clean, which holds features" in line


def test_run_directory_is_a_flagfile(first_run, train):
    workdir, _ = first_run
    code, output, _ = train(f"--flagfile={workdir / 'flags.txt'}")
    assert code == 0
    assert "1 epochs done" in output


def test_another_run_is_refused(first_run, train, prepared_data_dir):
    workdir, _ = first_run
    where = (f"--data_dir={prepared_data_dir}", f"--workdir={workdir}")
    code, _, errors = train(*where, *SMALL, "--seed=1")
    assert code == 1
    assert "holds another run, which differs in --seed=1 --seed=5" in errors


def test_two_trainings_do_not_share_a_run_directory(first_run, train):
    workdir, _ = first_run
    with run_lock.locked(workdir):
        code, _, errors = train(f"--flagfile={workdir / 'flags.txt'}")
    assert code == 1
    [line] = errors.splitlines()
    assert f"another training is at work in {workdir}" in line


def test_too_large_a_batch_does_not_stand_in_the_way(
    prepared_data_dir, train, tmp_path
):
    where = (f"--data_dir={prepared_data_dir}", f"--workdir={tmp_path}")
    code, _, errors = train(*where, *SMALL, "--batch_size=1000")
    assert code == 1
    assert "choose a smaller --batch_size" in errors
    _parse(*where, *SMALL)
    command.check_workdir(tmp_path)
