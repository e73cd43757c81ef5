"""Writes lines to a topic of MQTT, and listens to another, by Paho.

`python3 -m lab.clients.talk_mqtt HOST PORT CERTIFICATE PASSWORD QUALITY OWN
OTHER`: the lines come from standard input, at whose end it leaves.
"""

import sys

import paho.mqtt.client


def main():
    """Runs the client."""
    host, port, certificate, password, quality, own, other = sys.argv[1:]
    client = paho.mqtt.client.Client()
    client.username_pw_set("lab", password)
    client.tls_set(certificate)
    client.on_connect = lambda *_: client.subscribe(other, int(quality))
    client.on_subscribe = lambda *_: print("listens", flush=True)
    client.on_message = lambda *said: print(
        "got", said[-1].payload.decode(), flush=True
    )
    client.connect(host, int(port))
    client.loop_start()
    for line in sys.stdin:
        client.publish(own, line.strip(), int(quality)).wait_for_publish()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
