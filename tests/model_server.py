"""A small server that answers as TensorFlow Serving does, with a model."""

import contextlib
import http.server
import json
import socket
import threading

import numpy as np

from mtc_tf.errors import InputError


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        if self.path != "/v1/models/mtc:predict":
            self._answer(404, {"error": "Servable not found"})
            return
        classifier = self.server.classifier
        [rows] = body["inputs"].values()
        rows = np.array(rows, classifier.facts.kind.dtype)
        try:
            with self.server.lock:
                outputs = classifier.predict(rows)
        except InputError as error:
            self._answer(503, {"error": str(error)})
            return
        answer = {name: values.tolist() for name, values in outputs.items()}
        self._answer(200, {"outputs": answer})

    def _answer(self, status, content):
        content = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def rest_server(classifier, port=0, tls=None):
    """Serves a model by REST, in a `with` statement.

    Args:
        classifier: `RowClassifier` of packets or flows. Where it raises
            `InputError` the server is busy.
        port: int. 0 for any that is free.
        tls: `ssl.SSLContext` for `https`, or None.

    Yields:
        str. The address of the model.
    """
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.classifier = classifier
    server.connections = []
    # LiteRT answers one thread at a time.
    server.lock = threading.Lock()
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.server_port}/mtc"
        server.shutdown()
        thread.join()
        for connection in server.connections:
            with contextlib.suppress(OSError):  # the client has gone before
                connection.shutdown(socket.SHUT_RDWR)
