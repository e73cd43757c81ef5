"""Serves an export with KServe, by REST and gRPC.

  .venv-serve/bin/python -m deploy.server OUT

`make serve EXPORT=OUT` sets the environment up and starts it. It answers
TensorFlow Serving's REST interface, `POST /v1/models/mtc:predict`, and the Open
Inference Protocol, `POST /v2/models/mtc/infer` and gRPC; `/metrics` is for
Prometheus. SIGTERM and Ctrl-C let it answer what it was asked, and end.
"""

import argparse
import asyncio
import pathlib
import signal
import sys

from kserve import ModelRepository

from deploy.server.exported_model import ExportedModel
from deploy.server.frontends import grpc_frontend
from deploy.server.frontends import rest_frontend
from deploy.server.one_line_log import log_one_line_each
from deploy.server.strict_data_plane import StrictDataPlane
from mtc_tf.errors import InputError
from mtc_tf.inference.litert import MODEL_FILE
from mtc_tf.printable import printable

# What was asked before the end is answered for so long.
GRACE_SECONDS = 10


def main(arguments=None):
    """Serves until a signal; returns the exit code."""
    args = _parser().parse_args(arguments)
    log_one_line_each()
    file = args.export
    if file.is_dir():
        file /= MODEL_FILE
    try:
        asyncio.run(_serve(ExportedModel(args.name, file), args))
    except (InputError, OSError) as error:
        print(f"server: error: {printable(error)}", file=sys.stderr)
        return 1
    return 0


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m deploy.server", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "export",
        metavar="OUT",
        type=pathlib.Path,
        help="what `mtc export` wrote, or its model.tflite",
    )
    parser.add_argument("--name", default="mtc", help="(default: mtc)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; the server knows no users "
        "(default: 127.0.0.1)",
    )
    parser.add_argument("--http_port", type=_port, default=8501)
    parser.add_argument("--grpc_port", type=_port, default=8500)
    return parser


def _port(text):
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 2**16:
        raise argparse.ArgumentTypeError(
            f"expected a port from 1 to 65535, received {text!r}"
        )
    return port


async def _serve(model, args):
    models = ModelRepository()
    models.update(model)
    plane = StrictDataPlane(model_registry=models)
    grpc = grpc_frontend(plane, args.host, args.grpc_port)
    rest = rest_frontend(plane, args.host, args.http_port, GRACE_SECONDS)
    # uvicorn ends in order at these signals, and raises them again behind it,
    # when gRPC has not ended yet.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    await grpc.start()
    print(
        f"{args.name}: http://{args.host}:{args.http_port}/{args.name}, "
        f"grpc://{args.host}:{args.grpc_port}/{args.name}",
        flush=True,
    )
    try:
        await rest.start()
    finally:
        await grpc.stop(GRACE_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
