"""Clients of MQTT over TLS."""

import subprocess


class MqttClient:
    """A client that writes to one topic and listens to another.

    Args:
        log: `pathlib.Path`. Has a line with `got` for each message.
        writer: `subprocess.Popen`. Writes what it reads, line by line.
        listener: `subprocess.Popen`; None if the writer listens too.
    """

    def __init__(self, log, writer, listener=None):
        self._log = log
        self._writer = writer
        self._listener = listener

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
        if self._listener:
            self._listener.terminate()
            self._listener.wait()


def start_mqtt_client(session, host, server, password, quality, topics):
    """Starts the session's client program on a host.

    Args:
        session: `lab.session.Session`.
        host: `lab.host.Host`.
        server: str. Name of the server.
        password: str. Of the user `lab`.
        quality: int. Of service, 0 to 2.
        topics: tuple of str: to write to, to listen to.

    Returns:
        `MqttClient` that listens already.
    """
    start = _STARTS[session.programs[1]]
    return start(session, host, server, password, quality, *topics)


def _start_mosquitto(session, host, server, password, quality, own, other):
    """Two programs: one to write, one to listen."""
    options = (
        *("-h", server, "-p", session.port, "-q", quality),
        *("--cafile", session.certificate[0], "-u", "lab", "-P", password),
    )
    listener = host.start(
        # Else it keeps what it writes to itself for a while.
        *("stdbuf", "-oL", "mosquitto_sub", "-d", "-F", "got %p"),
        *(*options, "-t", other),
        says="SUBACK",
    )
    writer = host.start(
        *("mosquitto_pub", "-l", *options, "-t", own), stdin=subprocess.PIPE
    )
    log = session.folder / f"{host.name}-stdbuf.log"
    return MqttClient(log, writer, listener)


def _start_paho(session, host, server, password, quality, own, other):
    """One program that does both on one connection."""
    process = host.start(
        # Debian's Python has Paho.
        *("/usr/bin/python3", "-m", "lab.clients.talk_mqtt", server),
        *(session.port, session.certificate[0], password, quality),
        *(own, other),
        stdin=subprocess.PIPE,
        says="listens",
    )
    return MqttClient(session.folder / f"{host.name}-python3.log", process)


_STARTS = {"mosquitto": _start_mosquitto, "paho": _start_paho}
