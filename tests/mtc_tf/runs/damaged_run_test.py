"""What every command says of the files that it reads."""

import json

import pytest

from mtc_tf.cli import main

DAMAGED = {
    "cut short": b'{"tasks": {"application": ["Ch',
    "no UTF-8": b'{"tasks": "\xe9"}',
    "nested": b"[" * 100_000,
    "list": b"[]",
    "NaN": b'{"tasks": NaN}',
    "types": b'{"tasks": 1, "dataset": 1, "recipe": 1}',
    "empty": b"{}",
}


def _refuses(arguments, file, capsys):
    assert main([str(argument) for argument in arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith("mtc: error: ")
    assert str(file) in line


@pytest.mark.parametrize("damage", DAMAGED)
def test_run(damage, tmp_path, capsys):
    file = tmp_path / "run.json"
    file.write_bytes(DAMAGED[damage])
    (tmp_path / "model.keras").touch()
    _refuses(["evaluate", f"--workdir={tmp_path}"], file, capsys)
    (tmp_path / "x.pcap").touch()
    _refuses(
        ["classify", tmp_path / "x.pcap", f"--model={tmp_path}"], file, capsys
    )


@pytest.mark.parametrize("damage", DAMAGED)
def test_figures(damage, tmp_path, capsys):
    workdir = tmp_path / "iscx_vpn_nonvpn-paper/table6/encoders_5_5/0"
    workdir.mkdir(parents=True)
    file = workdir / "metrics.json"
    file.write_bytes(DAMAGED[damage])
    _refuses(["compare", workdir], file, capsys)
    _refuses(["figure", "--output=x.png", workdir], file, capsys)
    _refuses(["table", "6", f"--runs={tmp_path}"], file, capsys)


@pytest.mark.parametrize("damage", DAMAGED)
def test_export(damage, tmp_path, capsys):
    file = tmp_path / "1/assets.extra/mtc.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(DAMAGED[damage])
    (tmp_path / "1/saved_model.pb").touch()
    (tmp_path / "x.pcap").touch()
    _refuses(
        ["classify", tmp_path / "x.pcap", f"--model={tmp_path}"], file, capsys
    )


def test_run_without_the_task_of_a_table(tmp_path, capsys):
    workdir = tmp_path / "iscx_vpn_nonvpn-paper/table6/encoders_5_5/0"
    workdir.mkdir(parents=True)
    content = {
        "dataset": {"name": "a", "config": "b"},
        "protocol": {},
        "tasks": {
            "application": {"macro": {"f1": 0.5, "recall": 0.25}},
            "traffic_type": {"rows": 0},
        },
    }
    (workdir / "metrics.json").write_text(json.dumps(content))
    assert main(["table", "6", f"--runs={tmp_path}", "--format=csv"]) == 0
    first, second = capsys.readouterr().out.splitlines()[1:3]
    assert first.endswith(",50.00,97.46,25.00,1,")
    assert ",-," in second and second.endswith(",0,")
