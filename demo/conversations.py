"""Made-up application protocols: what two ends say to each other.

Each function invents one conversation as a list of messages `(from_client,
payload)`. The protocols resemble real ones in what survives encryption: record
headers, lengths, rhythm. Their bodies are random bytes, like ciphertext, so
that a packet from the middle of a long message says little.
"""

import base64
import struct


def chat_over_tls(rng):
    """Short TLS 1.2 records with an explicit counter, back and forth."""
    counter = int(rng.integers(1, 50))
    messages = []
    for turn in range(rng.integers(8, 40)):
        body = struct.pack(">Q", counter + turn) + _sized(rng, 4.6, 0.6)
        messages.append((bool(rng.integers(2)), _tls_record(body)))
    return messages


def chat_in_own_frames(rng):
    """Datagram-like frames: an id that counts up, a kind, random bytes."""
    number = int(rng.integers(2**16))
    messages = []
    for turn in range(rng.integers(8, 40)):
        kind = int(rng.choice([0x02, 0x0D, 0x0F]))
        head = struct.pack(">HB", (number + turn) % 2**16, kind)
        messages.append((bool(rng.integers(2)), head + _sized(rng, 4.4, 0.7)))
    return messages


def mail(rng):
    """Mail, in the clear as base64 lines or in TLS 1.0 records."""
    clear = rng.random() < 0.5
    messages = []
    for _ in range(rng.integers(3, 10)):
        body = _sized(rng, 6.6, 0.8)
        if clear:
            messages.append((True, b"A%03d APPEND\r\n" % rng.integers(1000)))
            messages.append((True, base64.encodebytes(body)))
            messages.append((False, b"+ OK %d\r\n" % rng.integers(1000)))
        else:
            messages.append((True, _tls_record(body, version=0x0301)))
            messages.append((False, _tls_record(_sized(rng, 3.6, 0.3), 0x0301)))
    return messages


def file_copy(rng):
    """Packets of SSH: length in the clear, body in whole cipher blocks."""
    upload = bool(rng.integers(2))
    messages = []
    for _ in range(rng.integers(5, 14)):
        blocks = int(rng.integers(40, 140))
        for from_client, count in ((upload, blocks), (not upload, 3)):
            body = rng.bytes(16 * count + 32)
            head = struct.pack(">I", 16 * count)
            messages.append((from_client, head + body))
    return messages


def film(rng):
    """Video from the server: TLS 1.3 records, or cells of MPEG-TS."""
    clear = rng.random() < 0.4
    messages = [(True, _tls_record(_sized(rng, 5.5, 0.2)))]
    for number in range(rng.integers(8, 24)):
        if clear:
            cells = (
                b"\x47\x01\x00"
                + bytes([0x10 | (number + cell) % 16])
                + rng.bytes(184)
                for cell in range(7)
            )
            messages.append((False, b"".join(cells)))
        else:
            messages.append((False, _tls_record(_sized(rng, 7.6, 0.3))))
    return messages


def swarm(rng):
    """Pieces of a file between peers, each behind a header with its place."""
    piece = int(rng.integers(2000))
    messages = []
    for turn in range(rng.integers(5, 14)):
        size = int(rng.integers(1000, 3000))
        place = struct.pack(">II", piece, 2**14 * turn)
        request = struct.pack(">IB", 13, 6) + place + struct.pack(">I", size)
        head = struct.pack(">IB", 9 + size, 7) + place
        messages.append((True, request))
        messages.append((False, head + rng.bytes(size)))
    return messages


def call_with_opus(rng):
    """RTP with a header extension and a codec of varying bit rate."""
    return _call(rng, kind=111, extension=True)


def call_with_pcm(rng):
    """RTP with G.711, whose bytes gather around silence."""
    return _call(rng, kind=0, extension=False)


def _call(rng, *, kind, extension):
    source = rng.bytes(4)
    number, ticks = (int(value) for value in rng.integers(0, 2**15, 2))
    messages = []
    for turn in range(rng.integers(15, 60)):
        head = struct.pack(
            ">BBHI",
            0x90 if extension else 0x80,
            kind,
            (number + turn) % 2**16,
            ticks + 160 * turn,
        )
        if extension:
            voice = b"\xbe\xde\x00\x01\x10" + rng.bytes(1) + b"\x00\x00"
            voice += _sized(rng, 4.4, 0.4)
        else:
            samples = 0xFF - abs(rng.normal(0, 12, 160)).astype(int) % 128
            voice = bytes(samples.astype("u1"))
        messages.append((turn % 2 == 0, head + source + voice))
    return messages


def _tls_record(body, version=0x0303):
    return struct.pack(">BHH", 23, version, len(body)) + body


def _sized(rng, log_mean, log_deviation):
    """Random bytes; the logarithm of their number is normal."""
    return rng.bytes(1 + int(rng.lognormal(log_mean, log_deviation)))
