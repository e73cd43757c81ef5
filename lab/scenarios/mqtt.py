"""MQTT over TLS: readings of sensors through a broker."""

import time

from lab.scenarios.mqtt_clients import start_mqtt_client


def play_mqtt(session):
    """Two sensors, one at the client, tell each other what they read."""
    rng = session.rng
    password = f"{rng.getrandbits(80):x}"
    session.server.start(
        *("mosquitto", "-c", _mosquitto_file(session, password)),
        ready=session.server.listens(session.port),
    )
    host = session.name("mqtt")
    quality = rng.randrange(3)  # of service
    arguments = host, password, quality
    topics = "roof", "cellar"
    other = start_mqtt_client(session, session.server, *arguments, topics[::-1])
    expected = 0
    with session.capture():
        own = start_mqtt_client(session, session.client, *arguments, topics)
        end = time.monotonic() + rng.uniform(5, 9)
        while time.monotonic() < end:
            reading = f"{rng.uniform(-20, 40):.2f} {rng.randbytes(8).hex()}"
            if rng.random() < 0.5:
                own.publish(reading)
            else:
                other.publish(reading)
                expected += 1
            session.pause(0.05, 0.6)
        session.wait_for(
            lambda: own.received() == expected,
            f"{expected} readings come",
            seconds=20,
        )
        own.end()


def _mosquitto_file(session, password):
    certificate, key = session.certificate
    users = session.folder / "mqtt-users"
    session.server.run("mosquitto_passwd", "-c", "-b", users, "lab", password)
    return session.write(
        "mosquitto.conf",
        f"""
listener {session.port} {session.server.address}
certfile {certificate}
keyfile {key}
allow_anonymous false
password_file {users}
persistence false
user root
""",
    )
