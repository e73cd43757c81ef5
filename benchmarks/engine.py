"""The same TFLite model in another engine, for `benchmarks.serving`.

    ENVIRONMENT/bin/python -m benchmarks.engine OpenVINO model.tflite

It needs NumPy, and `openvino`, or `onnxruntime` and `tf2onnx`; nothing of this
project.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

_BATCH, _PACKET_LENGTH = 128, 1500


def timed_rows(predict, rows, seconds):
    """Times answers to one row, and to a batch.

    Args:
        predict: function of an array of rows.
        rows: array `(batch, …)`.
        seconds: float. How long to ask, for each of the two.

    Returns:
        dict: `p50_ms`, `p90_ms` and `p99_ms` of one row alone, and
        `rows_per_second` of batches.
    """
    alone = _seconds(lambda: predict(rows[:1]), seconds)
    together = _seconds(lambda: predict(rows), seconds)
    return {
        **{
            f"p{percent}_ms": 1000 * float(np.percentile(alone, percent))
            for percent in (50, 90, 99)
        },
        "rows_per_second": len(rows) / float(np.median(together)),
    }


def _seconds(call, seconds):
    call()  # memory taken for the first time
    measured = []
    while len(measured) < 3 or sum(measured) < seconds:
        begin = time.perf_counter()
        call()
        measured.append(time.perf_counter() - begin)
    return measured


def load_openvino(file, threads):
    """Opens a TFLite file in OpenVINO; returns a function of rows."""
    import openvino

    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": threads})
    model = core.read_model(file)
    model.reshape({0: [-1, _PACKET_LENGTH]})
    return core.compile_model(model, "CPU")


def load_onnx_runtime(file, threads):
    """Turns a TFLite file into ONNX; returns a function of rows."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.onnx"
        subprocess.run(
            [
                *(sys.executable, "-m", "tf2onnx.convert"),
                *("--tflite", file, "--output", model, "--opset", "18"),
            ],
            check=True,
            capture_output=True,
        )
        session = onnxruntime.InferenceSession(model, options)
    [packets] = session.get_inputs()
    return lambda rows: session.run(None, {packets.name: rows})


_LOADERS = {"OpenVINO": load_openvino, "ONNX Runtime": load_onnx_runtime}


def main():
    """Prints the figures of an engine as a line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("engine", choices=_LOADERS)
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    args = parser.parse_args()
    predict = _LOADERS[args.engine](args.file, args.threads)
    rows = np.random.default_rng(0).integers(
        0, 256, (_BATCH, _PACKET_LENGTH), np.uint8
    )
    print(json.dumps(timed_rows(predict, rows, args.seconds)))


if __name__ == "__main__":
    main()
