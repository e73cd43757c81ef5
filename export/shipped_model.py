"""Writes the model of the package: `make shipped-model`.

python -m export.shipped_model --workdir=RUN --output=DIR
"""

import argparse
import pathlib
import sys

from mtc_tf.commands import startup
from mtc_tf.errors import InputError
from mtc_tf.export.parity import ParityError
from mtc_tf.runs.run_directory import load_run


def main(arguments=None):
    """Writes it.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 it could not be written.
    """
    parser = argparse.ArgumentParser(
        prog="python -m export.shipped_model",
        description="Writes the model of an evaluated run as the package ships "
        "it: TFLite and Keras, weights in float16.",
    )
    for name, text in (("workdir", "the run"), ("output", "a new folder")):
        parser.add_argument(
            f"--{name}", required=True, type=pathlib.Path, help=text
        )
    args = parser.parse_args(arguments)
    try:
        run = load_run(args.workdir)
        startup.import_tensorflow()
        from mtc_tf.export.shipped_model import write_shipped_model

        rounding = write_shipped_model(run, args.output)
    except (InputError, OSError, ParityError) as error:
        print(f"shipped_model: error: {error}", file=sys.stderr)
        return 1
    for task, difference in rounding.items():
        print(f"{task}: rounding moves a probability by {difference:.1e}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
