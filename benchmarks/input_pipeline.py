"""How many training rows a second arrive when nothing waits for them.

    python -m benchmarks.input_pipeline --data_dir=DATA

The stream of `mtc train` on a prepared dataset of packets, as it is by the
paper's protocol, with rows drawn by flow and activity, with header fields
changed, and with both. The processor time of one row is what counts on a
machine that also trains: so rows for each second of processor time stand
beside those for each second on the clock. The filling of the shuffle buffer is
counted in.
"""

import argparse
import sys
import time

# Ten times the training step of MTC-Lite on a core.
GOAL = 12_000
BATCH_SIZE = 128


def main():
    """Prints the rates; returns the exit code, 1 where one misses the goal."""
    args = _parse_arguments()
    from mtc_tf.data import input_pipeline

    builder = input_pipeline.load_builder(args.dataset, args.data_dir)
    missed = False
    for name, rates in measure(builder, args.rows):
        per_core, per_second = rates
        missed |= per_core < GOAL
        print(
            f"{name:24} {per_core:8.0f} rows/s of processor time "
            f"(goal: {GOAL}), {per_second:8.0f} rows/s"
        )
    return int(missed)


def measure(builder, rows):
    """Reads the training part in each way.

    Args:
        builder: a builder from `mtc_tf.data.input_pipeline.load_builder`.
        rows: int. Rows to read in each way.

    Yields:
        tuples `(name, (per_core, per_second))`: rows for each second of
        processor time, and on the clock.
    """
    from mtc_tf.data.prepared_dataset import PreparedDataset
    from mtc_tf.training.protocol import Protocol
    from mtc_tf.training.sampling import weights_of_rows

    protocol = Protocol(flow_cap=16, class_power=0.5)
    weights, _ = weights_of_rows(PreparedDataset(builder), protocol)
    drawn, changed = {"row_weights": weights}, {"randomize_fields": 0.5}
    ways = {
        "as the paper": {},
        "drawn": drawn,
        "fields changed": changed,
        "drawn, fields changed": drawn | changed,
    }
    for name, options in ways.items():
        yield name, _rates(builder, rows, options)


def _rates(builder, rows, options):
    from mtc_tf.data import training_batches
    from mtc_tf.tasks import PACKET_TASKS

    batches = training_batches.read_for_training(
        builder,
        [task.name for task in PACKET_TASKS],
        BATCH_SIZE,
        seed=0,
        steps=max(1, builder.info.splits["train"].num_examples // BATCH_SIZE),
        **options,
    )
    iterator = iter(batches)
    count = -(-rows // BATCH_SIZE)
    processor, clock = time.process_time(), time.perf_counter()
    for _ in range(count):
        next(iterator)
    seconds = time.process_time() - processor, time.perf_counter() - clock
    return tuple(count * BATCH_SIZE / each for each in seconds)


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.input_pipeline",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data_dir",
        required=True,
        help="the folder given to `tfds build --data_dir`",
    )
    parser.add_argument("--dataset", default="iscx_vpn_nonvpn/flow")
    parser.add_argument("--rows", type=int, default=200_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
