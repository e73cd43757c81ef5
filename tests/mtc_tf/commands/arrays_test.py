import pytest

from mtc_tf.cli import main
from mtc_tf.data.array_file import ArrayFile


def test_writes_an_array_file(prepared_data_dir, tmp_path, capsys):
    path = tmp_path / "rows.npz"
    code = main(
        [
            *("arrays", "iscx_vpn_nonvpn/flow"),
            f"--data_dir={prepared_data_dir}",
            f"--output={path}",
            *("--width=64", "--compress"),
        ]
    )
    source = ArrayFile(path)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    assert out.startswith(f"rows: train {source.rows_of('train')}, validation ")
    assert f"written to {path}: " in out
    assert source.width == 64


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--width=0", "expected a whole number above 0, received '0'"),
        ("--fraction=2", "a number above 0 and up to 1, received '2'"),
        ("--fraction=half", "received 'half'"),
    ],
)
def test_wrong_arguments_are_refused(argument, message, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["arrays", "a/b", "--output=x.npz", argument])
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_missing_dataset_is_refused(tmp_path, capsys):
    arguments = [f"--data_dir={tmp_path}", f"--output={tmp_path}/x.npz"]
    assert main(["arrays", "no/such", *arguments]) == 1
    assert "no prepared dataset 'no/such'" in capsys.readouterr().err
