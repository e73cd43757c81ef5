"""From a capture file to labels: how fast each artefact of a model is.

    python -m benchmarks.serving
    python -m benchmarks.serving --engines=ENVIRONMENT/bin/python

MTC and MTC-Lite, with random weights, are exported as SavedModel, TFLite and
TFLite in 8 bits. A process for each of these, with one core or two, labels the
packets of a made capture and then its flows, as `mtc classify --format=csv`
does, and says how much of the time went by outside of the model, and what one
row alone takes. With a Python that has `onnxruntime`, `openvino` and `tf2onnx`,
the same weights go through ONNX Runtime and OpenVINO: rows alone, since nothing
there reads captures. Rounds go by turns, so that other load strikes all;
compare figures of one run.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from tabulate import tabulate

from benchmarks.cost import make_models
from benchmarks.engine import timed_rows
from benchmarks.mixed_capture import write_mixed_capture
from benchmarks.training import CLASSES

# The mean packet costs MTC a hundred times what it costs MTC-Lite.
CAPTURES = {"MTC-Lite": 40_000, "MTC": 1_200}  # packets
ARTEFACTS = {
    "SavedModel": "saved_model",
    "TFLite float32": "model.tflite",
    "TFLite int8": "model_int8.tflite",
}
ENGINES = ("ONNX Runtime", "OpenVINO")
PACKETS_GOAL = 20_000  # a second, of MTC-Lite on two cores
OUTSIDE_GOAL = 0.1  # of the time, with MTC
_CORES = (1, 2)
_CALIBRATION_ROWS = 128


def main():
    """Runs the benchmark; returns the exit code: 0 where the goals are met."""
    args = _parse_arguments()
    if args.artefact:
        print(json.dumps(measure(args.artefact, args.capture, args.seconds)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure_all(pathlib.Path(folder), args)
    rows = {key: _medians(runs) for key, runs in measured.items()}
    print(_table(rows))
    return 0 if _meets_goals(rows) else 1


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of rows one by one"
    )
    parser.add_argument("--engines", metavar="PYTHON", type=pathlib.Path)
    # For the processes that measure.
    for name in ("--artefact", "--capture"):
        parser.add_argument(name, type=pathlib.Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure_all(folder, args):
    """Measures everything by turns: dict from what to list of dicts."""
    for name, model in make_models().items():
        if name in CAPTURES:
            write_artefacts(model, folder / name)
            capture = folder / f"{name}.pcap"
            write_mixed_capture(capture, CAPTURES[name], "pcap")
    engines = ENGINES if args.engines else ()
    measured = {}
    for _ in range(args.rounds):
        for name in CAPTURES:
            for cores in _CORES:
                for artefact, file in ARTEFACTS.items():
                    found = _run(
                        [sys.executable, "-m", "benchmarks.serving"],
                        f"--artefact={folder / name / file}",
                        f"--capture={folder / name}.pcap",
                        f"--seconds={args.seconds}",
                        cores=cores,
                    )
                    key = name, artefact, cores
                    measured.setdefault(key, []).append(found)
                for engine in engines:
                    found = _run(
                        [args.engines, "-m", "benchmarks.engine", engine],
                        str(folder / name / ARTEFACTS["TFLite float32"]),
                        f"--threads={cores}",
                        f"--seconds={args.seconds}",
                        cores=cores,
                    )
                    key = name, engine, cores
                    measured.setdefault(key, []).append(found)
    return measured


def _run(command, *arguments, cores):
    """Runs a process on some cores; returns what it printed, as JSON."""
    chosen = sorted(os.sched_getaffinity(0))[:cores]
    process = subprocess.run(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, chosen),
    )
    return json.loads(process.stdout.splitlines()[-1])


def write_artefacts(model, folder):
    """Writes what `mtc export` writes, without a run and its proofs.

    Args:
        model: a Keras model of packets.
        folder: `pathlib.Path`.
    """
    from mtc_tf.export.quantization import INT8
    from mtc_tf.export.quantization import quantize
    from mtc_tf.export.saved_model import write_saved_model
    from mtc_tf.export.tflite import tflite_model
    from mtc_tf.inference import saved_model
    from mtc_tf.inference.keras_model import serving_function
    from mtc_tf.inference.tflite_archive import with_description
    from mtc_tf.packets import PACKET_LENGTH

    version = folder / ARTEFACTS["SavedModel"] / "1"
    function = serving_function(model, None)
    write_saved_model(model, {saved_model.SIGNATURE: function}, version)
    description = {
        "tasks": {
            task: [f"{task} {number}" for number in range(classes)]
            for task, classes in CLASSES.items()
        },
        "recipe": "strict",
    }
    beside_model = version / saved_model.METADATA_FILE
    beside_model.parent.mkdir(exist_ok=True)
    beside_model.write_text(json.dumps(description))
    exact = tflite_model(version)
    rng = np.random.default_rng(0)
    shape = (_CALIBRATION_ROWS, PACKET_LENGTH)
    rows = rng.integers(0, 256, shape, np.uint8)
    models = {
        "TFLite float32": exact,
        "TFLite int8": quantize(exact, INT8, {"packets": rows}),
    }
    for name, content in models.items():
        (folder / ARTEFACTS[name]).write_bytes(
            with_description(content, description)
        )


def measure(artefact, capture, seconds):
    """Labels a capture by packet and by flow, and rows one by one.

    Args:
        artefact: `pathlib.Path` of a SavedModel or a TFLite file.
        capture: `pathlib.Path`.
        seconds: float. How long to ask for one row.

    Returns:
        dict: `packets_per_second` (read from the capture, by packet),
        `flows_per_second`, `outside` (the share of the time outside of the
        model, by packet), and what `benchmarks.engine.timed_rows` gives.
    """
    from mtc_tf.inference.row_classifier import RowClassifier
    from mtc_tf.inference.stored_model import load_classifier

    classifier = load_classifier(artefact)
    in_model = [0.0]

    def timed(rows):
        begin = time.perf_counter()
        answer = classifier.function(rows)
        answer = {name: np.asarray(values) for name, values in answer.items()}
        in_model[0] += time.perf_counter() - begin
        return answer

    watched = RowClassifier(classifier.facts, timed)
    _label(capture, watched, "packet")  # memory taken for the first time
    in_model[0] = 0.0
    read, _, passed = _label(capture, watched, "packet")
    outside = 1 - in_model[0] / passed
    _, flows, of_flows = _label(capture, watched, "flow")
    shape = (classifier.batch_size, *classifier.facts.row_shape)
    rows = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    return {
        "packets_per_second": read / passed,
        "flows_per_second": flows / of_flows,
        "outside": outside,
        **timed_rows(classifier.predict, rows, seconds),
    }


def _label(capture, classifier, by):
    """Packets read, rows written, and the seconds that it took."""
    from mtc_tf.inference.label_packets import label_capture
    from mtc_tf.inference.row_formats import write_csv
    from mtc_tf.packets import CaptureReport

    written = [0]

    def counted(blocks):
        for block in blocks:
            written[0] += len(block)
            yield block

    report = CaptureReport()
    begin = time.perf_counter()
    with open(os.devnull, "w") as nowhere:
        blocks = label_capture(capture, classifier, by=by, report=report)
        write_csv(counted(blocks), nowhere)
    return report.read, written[0], time.perf_counter() - begin


def _medians(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def _table(rows):
    return tabulate(
        [
            [
                *key,
                found.get("packets_per_second"),
                found.get("flows_per_second"),
                found.get("outside"),
                found["rows_per_second"],
                *(found[f"p{percent}_ms"] for percent in (50, 90, 99)),
            ]
            for key, found in rows.items()
        ],
        [
            *("model", "artefact", "cores", "packets/s", "flows/s"),
            *("outside the model", "rows/s by 128"),
            *("one row, p50 ms", "p90", "p99"),
        ],
        floatfmt=("", "", "", ",.0f", ",.0f", ".1%", ",.0f", *[".2f"] * 3),
        missingval="-",
    )


def _meets_goals(rows):
    fastest = max(
        rows["MTC-Lite", artefact, 2]["packets_per_second"]
        for artefact in ARTEFACTS
    )
    outside = max(
        rows["MTC", artefact, cores]["outside"]
        for artefact in ARTEFACTS
        for cores in _CORES
    )
    print(
        f"MTC-Lite on two cores: {fastest:,.0f} packets/s (goal: "
        f"{PACKETS_GOAL:,}); MTC: at most {outside:.1%} of the time outside "
        f"of the model (goal: {OUTSIDE_GOAL:.0%})"
    )
    return fastest >= PACKETS_GOAL and outside < OUTSIDE_GOAL


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
