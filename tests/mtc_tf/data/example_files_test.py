import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest

from mtc_tf.data.example_files import read_batches
from mtc_tf.data.prepared_builder import load_builder
from mtc_tf.errors import InputError


def _together(builder, part, batch_size=1000):
    names = list(builder.info.features)
    batches = list(read_batches(builder, part, names, batch_size))
    return {
        name: np.concatenate([batch[name] for batch in batches])
        for name in names
    }


@pytest.mark.parametrize(
    "data_dir, name",
    [
        ("prepared_data_dir", "iscx_vpn_nonvpn/flow"),
        ("prepared_record_dir", "cicids2017/clean"),
    ],
)
def test_rows_as_tensorflow_reads_them(request, data_dir, name):
    from mtc_tf.data.input_pipeline import read_columns

    builder = load_builder(name, request.getfixturevalue(data_dir))
    for part in ("train", "validation", "test"):
        expected = read_columns(builder, part, list(builder.info.features))
        for batch_size in (5, 1000):
            columns = _together(builder, part, batch_size)
            for key, values in expected.items():
                assert columns[key].dtype == values.dtype, key
                np.testing.assert_array_equal(columns[key], values)


def test_unknown_feature(prepared_data_dir):
    builder = load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)
    with pytest.raises(InputError, match="no feature 'colour', but"):
        next(read_batches(builder, "test", ["colour"], 10))


def test_damaged_record(prepared_data_dir, tmp_path):
    shutil.copytree(prepared_data_dir, tmp_path / "data")
    builder = load_builder("iscx_vpn_nonvpn/flow", tmp_path / "data")
    [path] = map(pathlib.Path, builder.info.splits["test"].filepaths)
    content = bytearray(path.read_bytes())
    content[12:60] = b"\xff" * 48
    path.write_bytes(content)
    with pytest.raises(InputError, match="is damaged: "):
        list(read_batches(builder, "test", ["flow"], 10))


def test_tensorflow_is_not_imported(prepared_data_dir):
    program = (
        "import sys\n"
        "from mtc_tf.data.example_files import read_batches\n"
        "from mtc_tf.data.prepared_builder import load_builder\n"
        f"x = load_builder('iscx_vpn_nonvpn/flow', '{prepared_data_dir}')\n"
        "assert len(list(read_batches(x, 'test', ['packet'], 10)))\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
