"""KServe's REST and gRPC servers, bound to one address and to a size."""

from concurrent import futures

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from grpc import aio
from kserve.constants.constants import FASTAPI_APP_IMPORT_STRING
from kserve.errors import InvalidInput
from kserve.model_server import app
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc
from kserve.protocol.grpc.interceptors import ExceptionToStatusInterceptor
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest.server import RESTServer
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from mtc_tf.errors import InputError

# As JSON a window of a flow takes 14 kB, a batch of 512 of them 7 MB.
LIMIT_BYTES = 16 * 2**20


def rest_frontend(plane, host, port, grace_seconds):
    """Makes the REST server.

    Args:
        plane: `kserve.protocol.dataplane.DataPlane`.
        host: str. The address to listen on.
        port: int.
        grace_seconds: int. How long requests may take when the server ends.

    Returns:
        `kserve.protocol.rest.server.RESTServer`.
    """
    server = RESTServer(
        FASTAPI_APP_IMPORT_STRING,
        plane,
        _FixedModels(plane.model_registry),
        port,
        grace_period=grace_seconds,
    )
    # KServe listens on all addresses, being made for a container.
    server.config.host = host
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=LIMIT_BYTES)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_refused)
    return server


def grpc_frontend(plane, host, port):
    """Makes the gRPC server; called within the event loop.

    Args:
        plane: `kserve.protocol.dataplane.DataPlane`.
        host: str. The address to listen on.
        port: int.

    Returns:
        `grpc.aio.Server`.

    Raises:
        InputError: if the port cannot be had.
    """
    # KServe's own `GRPCServer` listens on all addresses.
    server = aio.server(
        futures.ThreadPoolExecutor(max_workers=1),
        interceptors=(ExceptionToStatusInterceptor(),),
        options=[
            ("grpc.max_receive_message_length", LIMIT_BYTES),
            # Else a second server shares the port with the first.
            ("grpc.so_reuseport", 0),
        ],
    )
    grpc_predict_v2_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(
        InferenceServicer(plane, _FixedModels(plane.model_registry)), server
    )
    try:
        server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise InputError(
            f"--grpc_port={port}: cannot listen on {host}:{port}"
        ) from error
    return server


class _FixedModels(ModelRepositoryExtension):
    """Lets nobody take the model away who can reach the server."""

    async def load(self, model_name):
        raise InvalidInput("models are not loaded by request")

    async def unload(self, model_name):
        raise InvalidInput("models are not unloaded by request")


async def _answer_invalid(_, error):
    """What FastAPI says of a body, in the shape of the protocol's errors."""
    [first, *_] = error.errors()
    place = ".".join(map(str, first["loc"]))
    return JSONResponse({"error": f"{place}: {first['msg']}"}, 400)


async def _answer_refused(_, error):
    return JSONResponse({"error": error.detail}, error.status_code)
