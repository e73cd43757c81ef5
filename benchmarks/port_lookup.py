"""What ports alone tell on the captures of the traffic lab.

    python -m benchmarks.port_lookup

A model that scores no more than this has learned no more than port numbers.
"""

import argparse
import collections
import pathlib

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_split import SPLITS
from mtc_tf.data.labels import read_label_map
from mtc_tf.tasks import MISSING_LABEL

_FOLDER = (
    pathlib.Path(__file__).resolve().parents[1]
    / "datasets/traffic_lab/captures"
)
_PORTS = slice(20, 24)  # behind an IPv4 header without options


def main():
    """Prints the macro F1 of the lookup for each split and task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--captures",
        type=pathlib.Path,
        default=_FOLDER,
        metavar="DIR",
        help="a folder of captures with a labels.csv (default: the lab's)",
    )
    folder = parser.parse_args().captures
    labels = read_label_map(
        (folder / "labels.csv").read_bytes(), name=str(folder / "labels.csv")
    )
    table = {
        split: evaluate_lookup(
            CaptureDataset(folder, labels, split=split, recipe="strict")
        )
        for split in SPLITS
    }
    print("macro F1 on the test part, by split")
    print(pd.DataFrame(table).T.to_string(float_format="{:.3f}".format))


def evaluate_lookup(dataset):
    """Looks the class up by the lower port, as often as in training.

    Args:
        dataset: `CaptureDataset`.

    Returns:
        dict of task name to macro F1 over the classes of the test part.
    """
    train, test = (list(dataset.examples(part)) for part in ("train", "test"))
    scores = {}
    for task in dataset.metadata["classes"]:
        seen = collections.defaultdict(collections.Counter)
        for port, label in _pairs(train, task):
            seen[port][label] += 1
            seen[None][label] += 1  # for ports that training does not have
        ports, labels = zip(*_pairs(test, task), strict=True)
        guesses = [
            seen[port if port in seen else None].most_common(1)[0][0]
            for port in ports
        ]
        scores[task] = f1_score(
            labels, guesses, average="macro", labels=np.unique(labels)
        )
    return scores


def _pairs(examples, task):
    """Yields lower port and label of the packets that have a label."""
    for _, example in examples:
        if example[task] != MISSING_LABEL:
            ports = example["packet"][_PORTS].view(">u2")
            yield int(ports.min()), example[task]


if __name__ == "__main__":
    main()
