import gzip
import os
import pathlib
import shutil

import pytest
from small_captures import DUMMY_DATA

from mtc_tf.cli import main
from mtc_tf.commands.arguments import StandardInput
from mtc_tf.commands.output_paths import check_not_read
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.litert import MODEL_FILE

CAPTURE = DUMMY_DATA / "aimchat2.pcap"


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_input_by_another_name(link, tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("x")
    link(path, other)
    with pytest.raises(InputError, match="b: is the input .*a, not to be wri"):
        check_not_read(other, [StandardInput(), tmp_path / "none", path])


def test_outputs_that_destroy_nothing(tmp_path):
    path = tmp_path / "a"
    path.write_text("x")
    check_not_read(None, [path])
    check_not_read(tmp_path / "b", [path])
    check_not_read(pathlib.Path("/dev/null"), [pathlib.Path("/dev/null")])
    check_not_read(path, ["http://localhost/mtc", tmp_path])


@pytest.mark.parametrize("source", ["c.pcap.gz", "."])
def test_classify_leaves_its_capture_alone(source, tmp_path, capsys):
    path = tmp_path / "c.pcap.gz"
    content = gzip.compress(CAPTURE.read_bytes())
    path.write_bytes(content)
    command = ["classify", str(tmp_path / source), f"--output={path}"]
    assert main([*command, "--format=csv"]) == 1
    assert "c.pcap.gz: is the input" in capsys.readouterr().err
    assert path.read_bytes() == content


@pytest.mark.parametrize("command", ["classify", "annotate"])
def test_model_is_left_alone(command, tmp_path, capsys):
    model = shutil.copy(shipped_model() / MODEL_FILE, tmp_path)
    output = [f"--output={model}"] if command == "classify" else [model]
    assert main([command, str(CAPTURE), *output, f"--model={model}"]) == 1
    assert "model.tflite: is the input" in capsys.readouterr().err
