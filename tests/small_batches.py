"""Batches of packets, and what a model answers them, for tests."""

import ipaddress
import types

import numpy as np

from mtc_tf.packets import PacketBatch
from mtc_tf.runs.model_facts import ModelFacts

TASKS = {"application": ["Courier", "Talkie"], "auxiliary": ["a", "b", "c"]}


def packet_batch(flows, **columns):
    """A batch of TCP packets from 10.0.0.1:1000+flow to 10.0.0.2:443."""
    rows = len(flows)
    columns = {
        "row_lengths": np.full(rows, 1500),
        "timestamps": np.arange(rows, dtype=float),
        "microseconds": np.arange(rows) * 1_000_000,
        "numbers": np.arange(rows),
        "ip_versions": np.full(rows, 4),
        "source_ports": 1000 + np.array(flows),
        "destination_ports": np.full(rows, 443),
        "protocols": np.full(rows, 6),
        "source_addresses": addresses("10.0.0.1", rows),
        "destination_addresses": addresses("10.0.0.2", rows),
        **columns,
    }
    return PacketBatch(
        packets=np.zeros((rows, 1500), np.uint8),
        lengths=np.full(rows, 60),
        flows=np.array(flows),
        **columns,
    )


def addresses(address, rows):
    packed = ipaddress.ip_address(address).packed.rjust(16, b"\0")
    return np.tile(np.frombuffer(packed, np.uint8), (rows, 1))


def probabilities(first_application, auxiliary=(1, 0, 0)):
    """Probabilities of packets whose first application is so probable."""
    first = np.array(first_application)
    return {
        "application": np.stack([first, 1 - first], axis=1),
        "auxiliary": np.tile(auxiliary, (len(first), 1)),
    }


def scored(first_application, scores):
    return {**probabilities(first_application), "unknown": np.array(scores)}


def classifier_that_answers(answers):
    """A classifier of packets that gives these answers, one a call."""
    remaining = iter(answers)
    return types.SimpleNamespace(
        facts=ModelFacts(TASKS, "strict"),
        predict=lambda rows: next(remaining),
    )
