"""The `mtc` command.

Each sub-command lives in a module of its own that offers `add_parser`; none
imports TensorFlow before it runs, and none is imported for another.
"""

import argparse
import importlib
import os
import sys

import mtc_tf
from mtc_tf.commands import startup
from mtc_tf.errors import InputError
from mtc_tf.extras import missing
from mtc_tf.printable import printable
from mtc_tf.printable import spell_out_on_stdout

# In the order of the help; `train` reads its flags by absl: see `_run`.
_COMMANDS = (
    *("preprocess", "build", "audit", "arrays", "train", "evaluate"),
    *("ablate", "explain", "compare", "bench", "table", "figure"),
    *("export", "classify", "annotate", "load-test"),
)
# Which extra of the package holds what a command may lack; else `train`.
_EXTRAS = {"export": "export", "figure": "report"}


def main(arguments=None):
    """Runs one sub-command.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 the job could not be done, 2 wrong usage,
        130 interrupted, 143 told to end by SIGTERM.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    startup.let_waiting_threads_sleep()
    try:
        try:
            return _run(arguments)
        except SystemExit:  # of help, and of wrong arguments
            _flush_output()
            raise
        except ModuleNotFoundError as error:
            raise _missing(error, arguments[0]) from error
        except Exception as error:
            damaged = startup.damaged_file(error)
            if damaged is None:
                raise
            raise damaged from error
    except BrokenPipeError:
        # The reader has gone (`mtc … | head`).
        _forget_unwritten()
        return 0
    except (InputError, OSError) as error:
        print(f"mtc: error: {printable(error)}", file=sys.stderr)
        try:
            _flush_output()
        except OSError:
            _forget_unwritten()
        return 1
    except KeyboardInterrupt:
        print("mtc: interrupted", file=sys.stderr)
        return 130


def _flush_output():
    """Writes what waits, while a full disk or a closed pipe can be answered."""
    if sys.stdout is not None:  # closed by who called
        sys.stdout.flush()


def _forget_unwritten():
    """Lets Python end without a complaint that output cannot be written.

    It flushes standard output once more at exit, and changes the exit code.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments):
    """Runs one sub-command; returns its exit code."""
    # Its flags are read by absl, not by argparse.
    if arguments[:1] == ["train"]:
        from mtc_tf.commands import train

        return train.run(arguments[1:])
    named = [name for name in _COMMANDS if [name] == arguments[:1]]
    parser = _parser(named or _COMMANDS)
    args = parser.parse_args(arguments)
    if args.run is None:
        parser.print_help()
        return 0
    spell_out_on_stdout()
    code = args.run(args)
    _flush_output()
    return code


def _missing(error, command):
    """The error of a library that is missing; of ours it is a fault."""
    library = (error.name or "mtc_tf").split(".")[0]
    if library == "mtc_tf":
        raise error
    return missing(f"`mtc {command}`", library, _EXTRAS.get(command, "train"))


def _parser(commands):
    parser = _Parser(
        prog="mtc",
        description="Encrypted network traffic classification with MTC.",
    )
    parser.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        help="show program's version number and exit",
    )
    parser.set_defaults(run=None)
    subparsers = parser.add_subparsers(metavar="COMMAND")
    for name in commands:
        if name == "train":
            # For the list alone.
            subparsers.add_parser(name, help="train a model, as flagfiles say")
            continue
        module = f"mtc_tf.commands.{name.replace('-', '_')}"
        importlib.import_module(module).add_parser(subparsers)
    return parser


class _Version(argparse.Action):
    """Prints the version; to find it takes longer than to parse arguments."""

    def __call__(self, parser, *arguments):
        print(f"mtc {mtc_tf.__version__}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Says in one printable line what is wrong with an argument."""

    def error(self, message):
        super().error(printable(message))


if __name__ == "__main__":
    sys.exit(main())
