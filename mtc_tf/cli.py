"""The `mtc` command.

Each sub-command lives in a module of its own that offers `add_parser`; none
imports TensorFlow before it runs.
"""

import argparse
import os
import sys
from importlib import metadata

from mtc_tf.commands import classify as classify_command
from mtc_tf.commands import compare as compare_command
from mtc_tf.commands import evaluate as evaluation_command
from mtc_tf.commands import figure as figure_command
from mtc_tf.commands import preprocess as packets_command
from mtc_tf.commands import table as table_command
from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout


def main(arguments=None):
    """Runs one sub-command.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 the job could not be done, 2 wrong usage,
        130 interrupted.
    """
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.run is None:
        parser.print_help()
        return 0
    spell_out_on_stdout()
    try:
        code = args.run(args)
        # Now, while a full disk or a closed pipe can still be answered.
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone (`mtc … | head`). Python would complain again
        # when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InputError, OSError) as error:
        print(f"mtc: error: {printable(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mtc: interrupted", file=sys.stderr)
        return 130


def _parser():
    parser = _Parser(
        prog="mtc",
        description="Encrypted network traffic classification with MTC.",
    )
    parser.add_argument(
        "--version", action="version", version=f"mtc {_version()}"
    )
    parser.set_defaults(run=None)
    subparsers = parser.add_subparsers(metavar="COMMAND")
    packets_command.add_parser(subparsers)
    evaluation_command.add_parser(subparsers)
    compare_command.add_parser(subparsers)
    table_command.add_parser(subparsers)
    figure_command.add_parser(subparsers)
    classify_command.add_parser(subparsers)
    return parser


def _version():
    try:
        return metadata.version("mtc-tf")
    except metadata.PackageNotFoundError:
        return "of a source tree that is not installed"


class _Parser(argparse.ArgumentParser):
    """Says in one printable line what is wrong with an argument."""

    def error(self, message):
        super().error(printable(message))


if __name__ == "__main__":
    sys.exit(main())
