"""Serves the files of a folder over HTTP/3 by aioquic.

`python -m lab.servers.serve_web FOLDER ADDRESS PORT CERTIFICATE KEY`
"""

import asyncio
import pathlib
import sys

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio import serve
from aioquic.h3.connection import H3_ALPN
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

_TYPES = {
    ".html": b"text/html",
    ".css": b"text/css",
    ".js": b"text/javascript",
    ".jpg": b"image/jpeg",
}


class Server(QuicConnectionProtocol):
    """A connection that files are asked for over."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._http = H3Connection(self._quic)

    def quic_event_received(self, event):
        """Answers what is asked for."""
        for part in self._http.handle_event(event):
            if isinstance(part, HeadersReceived):
                name = dict(part.headers)[b":path"].decode().lstrip("/")
                self._send(part.stream_id, pathlib.Path(sys.argv[1]) / name)
        self.transmit()

    def _send(self, stream, path):
        found = path.is_file()
        content = path.read_bytes() if found else b""
        kind = _TYPES.get(path.suffix, b"application/octet-stream")
        headers = {
            b":status": b"200" if found else b"404",
            b"server": b"aioquic",
            b"content-type": kind,
            b"content-length": str(len(content)).encode(),
        }
        self._http.send_headers(stream, list(headers.items()))
        self._http.send_data(stream, content, end_stream=True)


async def main():
    """Serves until it is ended."""
    _, address, port, certificate, key = sys.argv[1:]
    configuration = QuicConfiguration(
        is_client=False, alpn_protocols=H3_ALPN, max_datagram_frame_size=65_536
    )
    configuration.load_cert_chain(certificate, key)
    await serve(
        *(address, int(port)),
        configuration=configuration,
        create_protocol=Server,
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
