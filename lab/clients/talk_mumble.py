"""Talks in a Mumble channel; voice goes through the TLS connection.

`python -m lab.clients.talk_mumble HOST PORT NAME SPEECH TURNS`: SPEECH is an
Ogg file of Opus frames of 20 ms; TURNS is a JSON list of pairs, seconds of
silence and seconds of talk. Mumble itself talks in this way where UDP does not
get through ("force TCP mode").
"""

import itertools
import json
import pathlib
import socket
import ssl
import struct
import sys
import threading
import time

# Types of messages of Mumble's protocol.
_VERSION, _VOICE, _AUTHENTICATE, _PING, _REJECT, _SYNC = 0, 1, 2, 3, 4, 5
_HEADER = struct.Struct(">HI")  # type, length
_OPUS_TO_ALL = 4 << 5
_FRAME_SECONDS = 0.02
_PING_SECONDS = 5


class Talker:
    """A user in the channel that one enters first.

    Args:
        host: str.
        port: int.
        name: str. Name of the user.
    """

    def __init__(self, host, port, name):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # it is self-signed
        plain = socket.create_connection((host, port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = context.wrap_socket(plain, server_hostname=host)
        self._lock = threading.Lock()
        self._reader = self._connection.makefile("rb")
        self.heard = 0  # voice packets of others
        self._sequence = 0
        version = _number(1, 0x010304) + _text(2, "1.3.4") + _text(3, "Linux")
        self._send(_VERSION, version)
        self._send(_AUTHENTICATE, _text(1, name) + _number(5, 1))
        kind = None
        while kind != _SYNC:
            kind, content = self._receive()
            if kind == _REJECT:
                raise ConnectionRefusedError(content)
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._stay, daemon=True).start()

    def talk(self, frames, seconds):
        """Sends frames as they would be spoken.

        Args:
            frames: iterator of bytes, Opus frames of 20 ms.
            seconds: float.
        """
        begin = time.monotonic()
        count = round(seconds / _FRAME_SECONDS)
        for number, frame in enumerate(itertools.islice(frames, count), 1):
            last = 0x2000 if number == count else 0
            head = _variable(self._sequence) + _variable(len(frame) | last)
            self._send(_VOICE, bytes([_OPUS_TO_ALL]) + head + frame)
            self._sequence += 2  # of 10 ms each
            due = begin + number * _FRAME_SECONDS
            time.sleep(max(0, due - time.monotonic()))

    def leave(self):
        """Ends the connection."""
        self._connection.shutdown(socket.SHUT_RDWR)

    def _send(self, kind, content):
        with self._lock:
            self._connection.sendall(_HEADER.pack(kind, len(content)) + content)

    def _receive(self):
        kind, length = _HEADER.unpack(self._reader.read(_HEADER.size))
        return kind, self._reader.read(length)

    def _listen(self):
        while True:
            try:
                kind, _ = self._receive()
            except (OSError, ValueError, struct.error):
                return  # one of the two has left
            self.heard += kind == _VOICE

    def _stay(self):
        while True:
            time.sleep(_PING_SECONDS)
            self._send(_PING, _number(1, int(time.time())))


def read_frames(ogg):
    """Reads the Opus frames out of an Ogg file.

    Args:
        ogg: bytes of the file; one stream.

    Returns:
        list of bytes. The two headers are left out.
    """
    packets = [b""]
    position = 0
    while position < len(ogg):
        if ogg[position : position + 4] != b"OggS":
            raise ValueError(f"expected an Ogg page at byte {position}")
        lengths = ogg[position + 27 : position + 27 + ogg[position + 26]]
        position += 27 + len(lengths)
        for length in lengths:
            packets[-1] += ogg[position : position + length]
            position += length
            if length < 255:  # the packet ends here
                packets.append(b"")
    return packets[2:-1]


def _number(field, value):
    """A field of a protocol buffer."""
    content = bytearray([field << 3])
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    content.append(value)
    return bytes(content)


def _text(field, value):
    content = value.encode()
    return bytes([field << 3 | 2, len(content)]) + content


def _variable(value):
    """An integer below 2**14 of the voice packets, in Mumble's own way."""
    if value < 0x80:
        return bytes([value])
    return struct.pack(">H", value | 0x8000)


def main():
    """Talks, and prints how much it has heard."""
    host, port, name, speech, turns = sys.argv[1:]
    frames = itertools.cycle(read_frames(pathlib.Path(speech).read_bytes()))
    talker = Talker(host, int(port), name)
    print("online", flush=True)
    for silence, talk in json.loads(turns):
        time.sleep(silence)
        talker.talk(frames, talk)
    print(f"heard {talker.heard}")
    talker.leave()


if __name__ == "__main__":
    main()
