"""Exports a trained run as SavedModel and TFLite, each checked.

python -m export --workdir=RUN --output=OUT
"""

import sys

from absl import app
from absl import flags

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.errors import InputError
from mtc_tf.export.parity import ParityError
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout
from mtc_tf.runs.run_directory import load_run

WORKDIR = flags.DEFINE_string(
    "workdir", None, "Run directory that train.py wrote.", required=True
)
OUTPUT = flags.DEFINE_string(
    "output", None, "New folder for the artefacts.", required=True
)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"unexpected argument {argv[1]!r}")
    spell_out_on_stdout()
    try:
        _run()
    except (InputError, ParityError, OSError) as error:
        print(f"export: error: {printable(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("export: interrupted", file=sys.stderr)
        return 130
    return 0


def _run():
    run = load_run(expanded_path(WORKDIR.value))
    # Only now: what is wrong with the run shows without TensorFlow.
    startup.import_tensorflow()
    from mtc_tf.export.artifacts import export_run

    output = expanded_path(OUTPUT.value)
    parity = export_run(run, output)
    for artefact, differences in parity.items():
        largest = ", ".join(f"{k} {v:.1e}" for k, v in differences.items())
        print(
            printable(
                f"{output / artefact}: largest difference from the Keras "
                f"model: {largest}"
            )
        )


if __name__ == "__main__":
    app.run(main)
