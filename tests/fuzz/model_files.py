"""Damaged files of a model: nothing but one kind of error.

    PYTHONPATH=.:tests python -m fuzz.model_files --count=100000 --seed=1

makes the JSON files of a run and of an export, the answer of a server, a sample
of rows and the graph of a SavedModel, damages what stands in them or their
bytes, and reads them as the commands do. What raises something else than an
`InputError` of one line is printed in hex.
"""

import argparse
import contextlib
import functools
import io
import json
import pathlib
import random
import sys
import tempfile

import numpy as np
from fuzz import command_line

from mtc_tf.commands import compare as compare_command
from mtc_tf.errors import InputError
from mtc_tf.evaluation.tables import Tables
from mtc_tf.evaluation.tables import table_lines
from mtc_tf.inference import saved_model
from mtc_tf.inference.graph_check import check_graph
from mtc_tf.inference.remote.rest_client import parse_answer
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.tflite_archive import with_description
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import Run
from mtc_tf.runs.run_directory import load_run
from mtc_tf.training.checkpoint import Progress

_BATCH = 100
_CONFIGS = pathlib.Path(__file__).parents[2] / "configs"
_FEATURES = ["Flow Bytes/s", "Idle Max"]
_TASKS = {"application": ["Chat", "VoIP"], "auxiliary": ["a", "b", "c"]}
_RECORD_FACTS = ModelFacts({"attack": ["a", "b"]}, features=tuple(_FEATURES))
_RUN = {
    "dataset": {"name": "n", "config": "c", "version": "1", "data_dir": "d"},
    "tasks": _TASKS,
    "split": "flow",
    "split_seed": 1,
    "recipe": "strict",
    "masks": ["ip.ttl"],
    "label_map": {"version": "v", "digest": "0a"},
    "digests": {"train": "01", "test": "02"},
    "protocol": {"seed": 2, "epochs": 3, "schedule": "plateau"},
    "model": {
        "class": "MTC",
        "backbone": {"num_encoders": [1, 5, 6], "stem_strides": 1},
    },
    "parameters": 1_500_000,
    "versions": {"keras": "3.15.1"},
}
_FIGURES = {"f1": 0.5, "recall": 0.25, "precision": 1.0}
_METRICS = {
    "dataset": _RUN["dataset"],
    "split": "flow",
    "recipe": "strict",
    "model": "MTC",
    "protocol": _RUN["protocol"],
    "tasks": {
        "application": {
            "rows": 3,
            "macro": _FIGURES,
            "classes_evaluated": ["Chat"],
            "classes": {"Chat": _FIGURES, "VoIP": dict.fromkeys(_FIGURES)},
        },
        "auxiliary": {"rows": 0, "classes_evaluated": []},
    },
}
_STATE = {
    "finished": False,
    "history": [{"loss": 2.5, "val_loss": 3}, {"loss": 2, "val_loss": 2.75}],
}
_SCALER = {"features": _FEATURES, "quantiles": [[0, 0.5, 1], [-1, 0, 1e9]]}
_ANSWER = {
    "outputs": {
        "application": [[0.25, 0.75], [1, 0]],
        "auxiliary": [[0.5, 0.25, 0.25], [0, 0, 1]],
    }
}
# Values that mean something somewhere, as JSON.
_VALUES = [
    *("null", "true", "false", "0", "1", "-1", "0.5", "1e308", "1e999", "NaN"),
    *("-Infinity", "1" + "0" * 25, "1" * 400, "1" * 5000, '""', '"x"', "[]"),
    *('"\\ud800"', '"\\u0000\\n\\u001b[2J"', '"' + "y" * 5000 + '"', "{}"),
    *("[[[]]]", '{"a": {"b": []}}', "[" * 2000 + "]" * 2000, "[1, 2, 3]"),
    *('{"a": 1, "a": 2}', "'x'", "1.", "--1", "[,]", "\ufeff", '["x", "x"]'),
]
_MARK = '"\\u0001 here"'


def fuzz(count, seed):
    """Yields how many files were tried; see `command_line.run`."""
    generator = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for done in range(0, count, _BATCH):
            tried = min(_BATCH, count - done)
            for _ in range(tried):
                kind = generator.choice(list(KINDS))
                check_file(kind, damaged(kind, generator), folder)
            yield tried


def check_file(kind, content, folder):
    """Raises `AssertionError` if reading fails in a way that is not meant.

    Args:
        kind: str. A key of `KINDS`.
        content: bytes of the file.
        folder: path of a folder to write it to.
    """
    try:
        KINDS[kind](pathlib.Path(folder), content)
    except InputError as error:
        if not str(error).isprintable():
            raise AssertionError(
                f"{kind} {content.hex()}: unprintable: {error!r}"
            ) from error
    # Whatever else is raised is a failure.
    except Exception as error:
        raise AssertionError(f"{kind} {content.hex()}: {error!r}") from error


def damaged(kind, generator):
    """Makes a file of a kind and damages it once or twice."""
    content = SOURCES[kind]
    if not isinstance(content, bytes):
        text = json.dumps(content)
        if generator.random() < 0.7:
            text = _with_another_value(content, generator)
        if generator.random() < 0.7:
            return text.encode()
        content = text.encode()
    content = bytearray(content)
    for _ in range(generator.choice((1, 1, 1, 2, 5))):
        generator.choice(_DAMAGES)(content, generator)
    return bytes(content)


def _with_another_value(content, generator):
    """Puts something else in one place of JSON, or takes the place away."""
    content = json.loads(json.dumps(content))
    places = list(_places(content))
    holder, key = generator.choice(places)
    what = generator.randrange(4)
    if what == 0:
        del holder[key]
    elif what == 1:
        # What stands elsewhere in it.
        other, place = generator.choice(places)
        holder[key] = json.loads(json.dumps(other[place]))
    elif what == 2 and isinstance(holder, dict):
        holder[generator.choice(("", "x", "\n", "loss", "tasks"))] = holder.pop(
            key
        )
    else:
        holder[key] = json.loads(_MARK)
    return json.dumps(content).replace(_MARK, generator.choice(_VALUES))


def _places(content):
    """Yields container and key of everything within a container."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield content, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _flip(content, generator):
    if content:
        place = generator.randrange(len(content))
        content[place] ^= 1 << generator.randrange(8)


def _truncate(content, generator):
    del content[generator.randrange(len(content) + 1) :]


def _insert(content, generator):
    place = generator.randrange(len(content) + 1)
    content[place:place] = generator.choice(_VALUES).encode()


def _write_over(content, generator):
    place = generator.randrange(len(content) + 1)
    length = generator.choice((1, 2, 4, 8))
    number = generator.choice((0, 1, 2**31 - 1, 2**31, 2**63, 2**64 - 1))
    content[place : place + length] = number.to_bytes(8, "little")[:length]


def _repeat(content, generator):
    start = generator.randrange(len(content) + 1)
    part = content[start : start + generator.randrange(1, 40)]
    content[start:start] = part * generator.choice((1, 2, 100))


_DAMAGES = (_flip, _truncate, _insert, _write_over, _repeat)


def _read_run(folder, content):
    (folder / "run.json").write_bytes(content)
    (folder / "model.keras").touch()
    provenance(load_run(folder))


def _read_metadata(folder, content):
    path = folder / saved_model.METADATA_FILE
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    facts = parse_model_facts(saved_model.read_metadata(folder), path)
    facts.arguments(np.zeros((1, len(facts.features) or 1500)))


def _read_scaler(folder, content):
    (folder / "scaler.json").write_bytes(content)
    Run(folder, {}, _RECORD_FACTS).load_scaler()


def _read_metrics(folder, content):
    workdir = folder / "iscx_vpn_nonvpn-paper/table6/encoders_5_5/0"
    workdir.mkdir(parents=True, exist_ok=True)
    (workdir / "metrics.json").write_bytes(content)
    table_lines(_tables(), 6, folder)
    with contextlib.redirect_stdout(io.StringIO()):
        compare_command.run(
            argparse.Namespace(workdirs=[workdir], baselines=True, output=None)
        )


def _read_state(folder, content):
    path = folder / "checkpoint/state.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    Progress.load(folder)


def _read_answer(folder, content):
    RowClassifier(
        ModelFacts(_TASKS, "strict"),
        lambda _: parse_answer(content, list(_TASKS), "x"),
    ).predict(np.zeros((2, 1500), np.uint8))


def _read_sample(folder, content):
    (folder / "sample.npz").write_bytes(content)
    Run(folder, {}, _RECORD_FACTS).load_sample()


def _read_tflite(folder, content):
    path = folder / "model.tflite"
    path.write_bytes(content)
    parse_model_facts(read_tflite(path).description, path)


def _read_graph(folder, content):
    (folder / "saved_model.pb").write_bytes(content)
    check_graph(folder / "saved_model.pb")


KINDS = {
    "run.json": _read_run,
    "mtc.json": _read_metadata,
    "scaler.json": _read_scaler,
    "metrics.json": _read_metrics,
    "state.json": _read_state,
    "answer": _read_answer,
    "sample.npz": _read_sample,
    "stored sample.npz": _read_sample,
    "model.tflite": _read_tflite,
    "saved_model.pb": _read_graph,
}


@functools.cache
def _tables():
    return Tables(_CONFIGS)


def _sample(save):
    file = io.BytesIO()
    save(file, rows=np.arange(8, dtype=np.float32).reshape(4, 2))
    return file.getvalue()


def _graph():
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel()
    graph = model.meta_graphs.add()
    graph.graph_def.node.add(name="save", op="StatefulPartitionedCall").attr[
        "f"
    ].func.name = "saver"
    graph.saver_def.save_tensor_name = "save:0"
    for name, operation in (("saver", "SaveV2"), ("model", "MatMul")):
        function = graph.graph_def.library.function.add()
        function.signature.name = name
        function.node_def.add(name="x", op=operation)
    graph.object_graph_def.concrete_functions["model"].SetInParent()
    return model.SerializeToString()


SOURCES = {
    "run.json": _RUN,
    "mtc.json": {**_RUN, "features": _FEATURES},
    "scaler.json": _SCALER,
    "metrics.json": _METRICS,
    "state.json": _STATE,
    "answer": _ANSWER,
    "sample.npz": _sample(np.savez_compressed),
    "stored sample.npz": _sample(np.savez),
    # The archive alone, which is what is believed; no digest stands there.
    "model.tflite": with_description(b"TFL3", _RUN),
    "saved_model.pb": _graph(),
}


if __name__ == "__main__":
    sys.exit(command_line.run(__doc__, fuzz))
