"""How fast MTC trains on one accelerator, under Keras and JAX.

    python -m benchmarks.gpu_training --data=train.npz
    python -m benchmarks.gpu_training --rows=16384

needs `jax` and no TensorFlow. `benchmarks.dataset_to_arrays` writes the array
file from a prepared dataset; `--rows` draws random rows instead. Each precision
and batch size trains a new model, the paper's by default, on the same rows:
first a block of steps that is not timed, since it compiles, then blocks until
`--seconds` have passed.
"""

import argparse
import os
import sys
import time

import numpy as np

from benchmarks.accelerators import PEAK_TFLOPS
from benchmarks.packet_arrays import draw_arrays
from benchmarks.packet_arrays import read_arrays
from benchmarks.packet_arrays import shuffled_blocks

# What Keras computes in, and how XLA multiplies float32 matrices.
PRECISIONS = {
    "float32": ("float32", "highest"),
    "tensorfloat32": ("float32", "tensorfloat32"),
    "mixed_bfloat16": ("mixed_bfloat16", "default"),
}

# The paper's full protocol: 100 epochs (Section 4.1.3) of a training part of
# 64 % (Section 4.1.2). The paper prints no total; 17 applications of at most
# 50,000 packets (Section 3.2.3), of which some have fewer, are put at 700,000.
PROTOCOL_SAMPLES = 100 * 448_000


def main():
    """Measures each precision and batch size, and prints a table."""
    arguments = _parse_arguments()
    # Keras reads it when it is imported.
    os.environ["KERAS_BACKEND"] = "jax"
    try:
        import jax
    except ModuleNotFoundError:
        sys.exit("gpu_training: jax is not installed; README.md says how")

    packets, labels = _read_or_draw(arguments)
    kind = jax.devices()[0].device_kind
    peaks = PEAK_TFLOPS.get(kind, {})
    print(f"device {kind}, {len(packets)} rows: {_source(arguments)}")
    if not peaks:
        print(f"no peak is known for {kind!r}: no share of it is given")
    for precision in arguments.precision:
        for batch_size in arguments.batch_size:
            result = measure(
                packets,
                labels,
                precision,
                batch_size,
                backbone={
                    "num_encoders": arguments.num_encoders,
                    "stem_strides": arguments.stem_strides,
                    "encoder_dropout": arguments.encoder_dropout,
                    "cnn_dropout": arguments.cnn_dropout,
                },
                block_steps=arguments.block_steps,
                seconds=arguments.seconds,
            )
            lines = describe(
                result, peaks.get(precision), arguments.protocol_samples
            )
            print(f"\n{precision}, batch {batch_size}")
            print("\n".join(f"  {line}" for line in lines), flush=True)


def measure(
    packets, labels, precision, batch_size, backbone, block_steps, seconds
):
    """Trains a new model for some time.

    Args:
        packets: uint8 array `(rows, 1500)`.
        labels: dict from task name to integer array `(rows,)`.
        precision: str. A key of `PRECISIONS`.
        batch_size: int. At most the number of rows.
        backbone: dict. Arguments of `MTCBackbone`.
        block_steps: int. Steps of each compiled block.
        seconds: float. Time after which no new block begins.

    Returns:
        dict with `samples_per_second`, `flops_per_sample`, `parameters`,
        `resident` (whether the data lay on the device), `steps`, `first_loss`
        and `last_loss` (means of the first and the last block).
    """
    import jax
    import keras

    from benchmarks.jax_training import JaxTraining
    from mtc_tf.models.mtc import MTC

    policy, multiplication = PRECISIONS[precision]
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    with jax.default_matmul_precision(multiplication):
        model = MTC(_num_classes(labels), backbone)
        training = JaxTraining(model, packets, labels, batch_size)
        flops = training.flops_of_step()
        blocks = shuffled_blocks(len(packets), batch_size, block_steps)
        losses = [np.asarray(training.run(next(blocks)))]
        start = time.perf_counter()
        while time.perf_counter() - start < seconds or len(losses) == 1:
            # Fetching the losses waits for the block's end.
            losses.append(np.asarray(training.run(next(blocks))))
        elapsed = time.perf_counter() - start
    timed_steps = (len(losses) - 1) * block_steps
    return {
        "samples_per_second": timed_steps * batch_size / elapsed,
        "flops_per_sample": flops / batch_size,
        "parameters": model.count_params(),
        "resident": training.resident,
        "steps": timed_steps,
        "first_loss": float(losses[0].mean()),
        "last_loss": float(losses[-1].mean()),
    }


def describe(result, peak_tflops, protocol_samples):
    """Puts a result of `measure` into lines.

    Args:
        result: dict, from `measure`.
        peak_tflops: float or None. The card's peak, where it is known.
        protocol_samples: int. Samples of the protocol whose time is told.

    Returns:
        list of str.
    """
    rate = result["samples_per_second"]
    tflops = rate * result["flops_per_sample"] / 1e12
    share = "no peak known"
    if peak_tflops:
        share = f"{tflops / peak_tflops:.1%} of {peak_tflops} TFLOP/s"
    hours = protocol_samples / rate / 3600
    place = "on the device" if result["resident"] else "fed from the host"
    return [
        f"{rate:,.1f} samples/s over {result['steps']} steps, data {place}",
        f"{result['flops_per_sample'] / 1e9:.2f} GFLOP a sample, "
        f"{result['parameters']:,} parameters",
        f"{tflops:.3f} TFLOP/s, {share}",
        f"{protocol_samples:,} samples take {hours:,.2f} hours at this rate",
        f"mean loss {result['first_loss']:.3f} in the first block, "
        f"{result['last_loss']:.3f} in the last",
    ]


def _read_or_draw(arguments):
    if arguments.data is None:
        packets, labels = draw_arrays(arguments.rows)
    else:
        try:
            packets, labels = read_arrays(arguments.data)
        except (OSError, ValueError) as error:
            sys.exit(f"gpu_training: {error}")
    if len(packets) < max(arguments.batch_size):
        sys.exit(
            f"gpu_training: {len(packets)} rows do not fill a batch of "
            f"{max(arguments.batch_size)}"
        )
    return packets, labels


def _source(arguments):
    if arguments.data is None:
        return "SYNTHETIC, random bytes and labels; its losses mean nothing"
    return arguments.data


def _num_classes(labels):
    return {task: int(values.max()) + 1 for task, values in labels.items()}


def _parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    rows = parser.add_mutually_exclusive_group(required=True)
    rows.add_argument("--data", metavar="NPZ", help="an array file")
    rows.add_argument("--rows", type=int, help="draw so many random rows")
    parser.add_argument(
        "--precision",
        nargs="+",
        choices=PRECISIONS,
        default=list(PRECISIONS),
        help="float32 multiplies in full float32, tensorfloat32 in TF32",
    )
    parser.add_argument("--batch_size", nargs="+", type=int, default=[128])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument(
        "--block_steps", type=int, default=50, help="steps without Python"
    )
    parser.add_argument(
        "--protocol_samples", type=int, default=PROTOCOL_SAMPLES
    )
    parser.add_argument(
        "--num_encoders",
        type=lambda text: tuple(int(part) for part in text.split(",")),
        default=(1, 5, 6),
    )
    parser.add_argument("--stem_strides", type=int, default=1)
    parser.add_argument("--encoder_dropout", type=float, default=0.1)
    parser.add_argument("--cnn_dropout", type=float, default=0.07)
    return parser.parse_args()


if __name__ == "__main__":
    main()
