"""How fast MTC trains on one accelerator, under Keras and JAX."""

import time

import numpy as np

from benchmarks.accelerators import PEAK_TFLOPS
from mtc_tf.commands import startup
from mtc_tf.commands.train_flags import PRECISIONS
from mtc_tf.data.array_file import ArrayFile
from mtc_tf.training import beginning
from mtc_tf.training.protocol import Protocol

_SMALL = {"num_encoders": (1, 0, 0), "stem_strides": 50}


def measure(path, precision, batch_size, seconds, small):
    """Trains a new MTC for some time, by the paper's protocol.

    A block of steps goes before that is not timed, since it is compiled then.

    Args:
        path: path of an array file.
        precision: str. A key of `mtc_tf.commands.train_flags.PRECISIONS`.
        batch_size: int. At most the rows of the training part.
        seconds: float. Time after which no new block begins.
        small: bool. Whether to take a small model, and a block of two steps.

    Returns:
        dict that `json` can write: the device, the rate, what of its peak is
        used (None where that is not known), the loss of the first and the last
        block.
    """
    startup.import_jax(*PRECISIONS[precision])
    import jax
    import keras

    from mtc_tf.models.mtc import MTC
    from mtc_tf.training import jax_programs
    from mtc_tf.training.compilation import compile_model
    from mtc_tf.training.device_rows import DeviceRows

    source = ArrayFile(path)
    weights = beginning.weights_of_tasks(source, None)
    classes = beginning.classes_of_tasks(source, weights)
    protocol = Protocol(batch_size=batch_size)
    keras.utils.set_random_seed(protocol.seed)
    model = MTC(
        {task: len(names) for task, names in classes.items()},
        _SMALL if small else {},
    )
    compile_model(model, protocol, weights, 1)
    rows = DeviceRows([source], "train", classes, source.width)
    programs = jax_programs.JaxPrograms([model], rows, rows, protocol)
    steps = 2 if small else jax_programs.BLOCK_STEPS
    rng = np.random.default_rng(0)

    def block():
        model.reset_metrics()
        order = rng.integers(
            0, source.rows_of("train"), (1, steps, batch_size), np.int32
        )
        [state] = programs.train(order, np.zeros((1, 2), int))
        programs.put(0, jax.block_until_ready(state))
        return float(model.get_metrics_result()["loss"])

    losses = [block()]
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(losses) == 1:
        losses.append(block())
    elapsed = time.perf_counter() - start
    flops = programs.flops_of_step() / batch_size
    samples = (len(losses) - 1) * steps * batch_size
    return {
        **describe(
            jax.devices()[0].device_kind, precision, samples / elapsed, flops
        ),
        "batch_size": batch_size,
        "parameters": model.count_params(),
        "resident": rows.resident,
        "first_loss": losses[0],
        "last_loss": losses[-1],
    }


def describe(device, precision, rate, flops):
    """Puts a rate beside what a device can do at most.

    Args:
        device: str. JAX's name of it.
        precision: str. As of `measure`.
        rate: float. Samples a second.
        flops: float. Floating-point operations of a sample.

    Returns:
        dict that `json` can write.
    """
    peak = PEAK_TFLOPS.get(device, {}).get(precision)
    tflops = rate * flops / 1e12
    return {
        "device": device,
        "samples_per_second": rate,
        "gflop_per_sample": flops / 1e9,
        "tflops": tflops,
        "share_of_peak": tflops / peak if peak else None,
    }
