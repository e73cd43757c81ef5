"""`mtc load-test`: what a server of a model can bear."""

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_description
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.number_argument import number_argument
from mtc_tf.files.shipped import shipped

# Where `make serve` listens.
_ADDRESS = "http://127.0.0.1:8501/mtc"
_CAPTURE = "traffic_lab/captures/sip_1.pcap.gz"
# Of what the server answers when it is never idle.
_SHARES = (0.25, 0.5, 0.8)
_PERCENTS = (50, 90, 99)
_HEADS = [
    *("asked/s", "answered/s", "answers", "errors"),
    *(f"p{percent} ms" for percent in _PERCENTS),
]

_EXAMPLES = """\
examples:
  mtc load-test
  mtc load-test grpc://127.0.0.1:8500/mtc --capture=my.pcap
  mtc load-test http://localhost:8501/mtc --description=OUT --rates=50,100,200
"""
_DESCRIPTION = """\
Asks the server of a model at one rate after another and prints for each how
long the answers took. Questions are asked when they are due, whether those
before were answered or not (an open loop), and the time of an answer counts
from when its question was due. By default the rates are 25, 50 and 80 percent
of what the server answers when each connection asks again at once. Answers are
checked as `mtc classify` checks them; no question is asked twice.

Only for servers that are yours: the last rates are meant to keep them busy.
"""


def add_parser(subparsers):
    """Adds `mtc load-test` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "load-test",
        run,
        help="measure what the server of a model can bear",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "address",
        nargs="?",
        metavar="URL",
        default=_ADDRESS,
        help="http(s)://HOST:PORT/NAME or grpc://HOST:PORT/NAME (default: "
        f"{_ADDRESS}, where `make serve` listens)",
    )
    add_description(parser)
    _add_questions(parser)


def _add_questions(parser):
    parser.add_argument(
        "--capture",
        metavar="FILE",
        type=path_argument,
        help="where the rows come from (default: a call of the traffic lab)",
    )
    parser.add_argument(
        "--rates",
        metavar="RATE[,RATE...]",
        type=_rates,
        help="questions a second",
    )
    parser.add_argument(
        "--seconds",
        type=_number(float, 0.1, 600),
        default=5.0,
        help="how long each rate lasts (default: 5)",
    )
    parser.add_argument(
        "--rows",
        type=_number(int, 1, 512),
        default=1,
        help="rows in a question (default: 1)",
    )
    parser.add_argument(
        "--connections",
        type=_number(int, 1, 256),
        default=32,
        help="questions under way at most (default: 32)",
    )


def run(args):
    """Runs `mtc load-test`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code: 1 if there was an error at any rate.

    Raises:
        InputError: if the server cannot be asked, or the capture not be read.
    """
    # Only now: the rest of the package comes with them.
    from mtc_tf.inference.remote.askers import make_askers
    from mtc_tf.inference.remote.load_step import full_load_step
    from mtc_tf.inference.remote.load_step import load_step

    askers = make_askers(
        args.address,
        args.description,
        args.capture or shipped("datasets") / _CAPTURE,
        args.rows,
        args.connections,
    )
    # What is wrong with server, model or rows is told here, in one line.
    askers[0](0)
    rates = args.rates
    if rates is None:
        full = full_load_step(askers, args.seconds)
        print(
            f"{full.answers_per_second:.1f} answers a second with "
            f"{args.connections} connections that never wait"
            f"{_told(full.errors)}"
        )
        if not len(full.latencies):
            return 1
        rates = [share * full.answers_per_second for share in _SHARES]
    print(_line(_HEADS))
    has_errors = False
    for rate in rates:
        step = load_step(askers, rate, args.seconds)
        has_errors |= bool(step.errors)
        print(_line(_cells(rate, step)) + _told(step.errors), flush=True)
    return int(has_errors)


def _cells(rate, step):
    return [
        f"{rate:.1f}",
        f"{step.answers_per_second:.1f}",
        len(step.latencies),
        sum(step.errors.values()),
        *(f"{1e3 * step.latency(percent):.1f}" for percent in _PERCENTS),
    ]


def _line(cells):
    return "".join(f"{cell!s:>11}" for cell in cells)


def _told(errors):
    """Errors by kind, behind what else a line says."""
    kinds = (f"{kind} {count}" for kind, count in sorted(errors.items()))
    return f"; {', '.join(kinds)}" if errors else ""


def _rates(text):
    return [_number(float, 0.1, 10_000)(part) for part in text.split(",")]


def _number(kind, least, most):
    """Makes the type of an argument that is a number within bounds."""
    return number_argument(
        f"a number from {least:g} to {most:g}",
        lambda value: least <= value <= most,
        kind,
    )
