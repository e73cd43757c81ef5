"""Small array files, as `mtc arrays` writes them, of random rows."""

import json

import numpy as np

from mtc_tf.data.array_file import DESCRIPTION

CLASSES = {
    "application": ["AIM Chat", "Email", "Tor"],
    "traffic_type": ["Chat", "Email"],
    "auxiliary": ["text", "other"],
}
ROWS = {"train": 40, "validation": 21, "test": 10}
LENGTH = 1500


def description(**changed):
    """What an array file of packets says of its rows."""
    return {
        "dataset": {
            "name": "iscx_vpn_nonvpn",
            "config": "flow",
            "version": "2.0.0",
            "data_dir": "/nowhere",
        },
        "metadata": {
            "classes": CLASSES,
            "digests": {part: part[0] * 64 for part in ROWS},
            "label_map": {"version": "own", "digest": "0" * 64},
            "split": "flow",
            "split_seed": 0,
            "recipe": "strict",
        },
        "input": "packet",
        "length": LENGTH,
        "width": LENGTH,
        "fraction": 1.0,
        "has_flows": True,
        **changed,
    }


def small_arrays(seed=0, rows=ROWS, width=LENGTH):
    """The arrays of a file: every third row lacks a traffic type.

    The source port tells the application, so that there is something to learn.
    """
    rng = np.random.default_rng(seed)
    arrays = {DESCRIPTION: encoded(description(width=width))}
    for part, count in rows.items():
        packets = rng.integers(0, 256, (count, width), np.uint8)
        packets[:, 0] = 0x45  # IPv4
        packets[:, 9] = 6  # TCP
        for task, names in CLASSES.items():
            labels = rng.integers(0, len(names), count)
            if task == "application":
                packets[:, 20] = 100 * labels
            if task == "traffic_type":
                labels[::3] = -1
            arrays[f"{part}/{task}"] = labels
        arrays[f"{part}/packet"] = packets
        arrays[f"{part}/flow"] = np.arange(count) // 3
    return arrays


def encoded(content):
    """JSON as the bytes of an array."""
    return np.frombuffer(json.dumps(content).encode(), np.uint8)


def write_small_arrays(path, **arguments):
    """Writes an array file; returns its path."""
    np.savez(path, **small_arrays(**arguments))
    return path
