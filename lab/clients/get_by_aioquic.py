"""Gets files over HTTP/3 by aioquic.

`python -m lab.clients.get_by_aioquic FOLDER CERTIFICATE HOST PORT NAME…`: each
goes into the folder, all over one connection and asked for at once.
"""

import asyncio
import pathlib
import ssl
import sys

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio import connect
from aioquic.h3.connection import H3_ALPN
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration


class Client(QuicConnectionProtocol):
    """A connection that files come over."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._http = H3Connection(self._quic)
        self._answers = {}

    async def get(self, host, path):
        """Gives the bytes of a file.

        Args:
            host: str. With the port, unless it is that of HTTPS.
            path: str.
        """
        stream = self._quic.get_next_available_stream_id()
        done = asyncio.get_running_loop().create_future()
        self._answers[stream] = done, bytearray()
        asked = {":method": "GET", ":scheme": "https"}
        asked |= {":authority": host, ":path": path}
        self._http.send_headers(
            stream,
            [(key.encode(), value.encode()) for key, value in asked.items()],
            end_stream=True,
        )
        self.transmit()
        return await done

    def quic_event_received(self, event):
        """Takes what comes."""
        for part in self._http.handle_event(event):
            done, content = self._answers[part.stream_id]
            if isinstance(part, HeadersReceived):
                status = dict(part.headers)[b":status"]
                if status != b"200":
                    done.set_exception(OSError(f"status {status.decode()}"))
            if isinstance(part, DataReceived):
                content += part.data
            if part.stream_ended and not done.done():
                done.set_result(bytes(content))


async def main():
    """Gets the files."""
    folder, certificate, host, port, *names = sys.argv[1:]
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN, verify_mode=ssl.CERT_REQUIRED
    )
    configuration.load_verify_locations(certificate)
    async with connect(
        *(host, int(port)), configuration=configuration, create_protocol=Client
    ) as client:
        contents = await asyncio.gather(
            *(client.get(f"{host}:{port}", f"/{name}") for name in names)
        )
    for name, content in zip(names, contents, strict=True):
        (pathlib.Path(folder) / name).write_bytes(content)


if __name__ == "__main__":
    asyncio.run(main())
