import numpy as np

from benchmarks.dataset_to_arrays import write_arrays
from benchmarks.packet_arrays import read_arrays
from mtc_tf.data import input_pipeline


def test_rows_and_labels_are_those_of_the_part(prepared_data_dir, tmp_path):
    builder = input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )
    path = tmp_path / "train.npz"
    rows = write_arrays(builder, "train", path)
    packets, labels = read_arrays(path)
    examples = list(builder.as_dataset("train").as_numpy_iterator())
    assert rows == len(packets) == len(examples)
    received = {
        (packet.tobytes(), int(label))
        for packet, label in zip(packets, labels["traffic_type"], strict=True)
    }
    expected = {
        (example["packet"].tobytes(), int(example["traffic_type"]))
        for example in examples
    }
    assert received == expected
    # Tor has an application and no traffic type.
    without = labels["traffic_type"] == -1
    assert np.any(without)
    assert np.all(labels["application"][without] >= 0)
