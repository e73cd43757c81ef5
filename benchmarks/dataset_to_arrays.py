"""One part of a prepared dataset as an array file for `gpu_training`.

    python -m benchmarks.dataset_to_arrays --dataset=iscx_vpn_nonvpn/paper \\
        --data_dir=DATA --output=train.npz

A process of its own, since reading needs TensorFlow and the benchmark must not.
"""

import argparse
import pathlib
import sys

import numpy as np

from mtc_tf.data import input_pipeline
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET_TASKS

_BATCH = 4096


def main():
    """Writes the array file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, metavar="NAME/CONFIG")
    parser.add_argument("--data_dir", required=True, metavar="DIR")
    parser.add_argument(
        "--part", default="train", choices=("train", "validation", "test")
    )
    parser.add_argument("--output", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        builder = input_pipeline.load_builder(
            arguments.dataset, arguments.data_dir
        )
        rows = write_arrays(builder, arguments.part, arguments.output)
    except InputError as error:
        sys.exit(f"dataset_to_arrays: {error}")
    print(f"{rows} rows written to {arguments.output}")


def write_arrays(builder, part, path):
    """Writes the packets and labels of one part, in their order on disk.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        part: str. Name of the part.
        path: `pathlib.Path` of the `.npz` file.

    Returns:
        int, the number of rows.
    """
    rows = builder.info.splits[part].num_examples
    tasks = [task.name for task in PACKET_TASKS]
    packets = np.empty((rows, PACKET_LENGTH), np.uint8)
    labels = {task: np.empty(rows, np.int32) for task in tasks}
    batches = input_pipeline.read_part(builder, part, tasks, _BATCH)
    end = 0
    for inputs, targets, weights in batches.as_numpy_iterator():
        start, end = end, end + len(inputs["packet"])
        packets[start:end] = inputs["packet"]
        for task in tasks:
            labels[task][start:end] = np.where(
                weights[task] > 0, targets[task], MISSING_LABEL
            )
    with replacing(path) as temporary:
        np.savez(temporary, packets=packets, **labels)
    return rows


if __name__ == "__main__":
    main()
