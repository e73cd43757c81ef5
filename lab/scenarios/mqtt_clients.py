"""Clients of MQTT over TLS.

Each is a class of the session, the host, the server's name, the password, the
quality of service, and two topics: that it writes to and that it listens to.
To make one is to have it listen.
"""

import subprocess


class _Mosquitto:
    """Mosquitto's programs: one to listen, one to write."""

    def __init__(self, session, host, server, password, quality, own, other):
        options = (
            *("-h", server, "-p", session.port, "-q", quality),
            *("--cafile", session.certificate[0], "-u", "lab", "-P", password),
        )
        self._log = session.folder / f"{host.name}-stdbuf.log"
        self._listener = host.start(
            # Else it keeps what it writes to itself for a while.
            *("stdbuf", "-oL", "mosquitto_sub", "-d", "-F", "got %p"),
            *(*options, "-t", other),
            says="SUBACK",
        )
        self._writer = host.start(
            *("mosquitto_pub", "-l", *options, "-t", own),
            stdin=subprocess.PIPE,
        )

    def publish(self, text):
        """Writes to the topic."""
        self._writer.stdin.write(f"{text}\n".encode())
        self._writer.stdin.flush()

    def received(self):
        """Gives how many messages have come."""
        return self._log.read_text().count("got ")

    def end(self):
        """Waits until all is written, and leaves."""
        self._writer.stdin.close()
        self._writer.wait()
        self._listener.terminate()
        self._listener.wait()


class _Paho:
    """Eclipse Paho for Python, which does both on one connection."""

    def __init__(self, session, host, server, password, quality, own, other):
        self._log = session.folder / f"{host.name}-python3.log"
        self._process = host.start(
            # Debian's Python has Paho.
            *("/usr/bin/python3", "-m", "lab.clients.talk_mqtt", server),
            *(session.port, session.certificate[0], password, quality),
            *(own, other),
            stdin=subprocess.PIPE,
            says="listens",
        )

    def publish(self, text):
        """Writes to the topic."""
        self._process.stdin.write(f"{text}\n".encode())
        self._process.stdin.flush()

    def received(self):
        """Gives how many messages have come."""
        return self._log.read_text().count("got ")

    def end(self):
        """Waits until all is written, and leaves."""
        self._process.stdin.close()
        self._process.wait()


MQTT_CLIENTS = {"mosquitto": _Mosquitto, "paho": _Paho}
