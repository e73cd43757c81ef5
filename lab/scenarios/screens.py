"""Screens that nobody sees."""

import os
import subprocess


def start_screen(host, number, *command):
    """Starts an X server.

    Args:
        host: `lab.host.Host`.
        number: int. Of the display.
        *command: the program and its arguments.
    """
    host.start(
        # In the namespace of the host, and with no trace in its folders.
        *(*command, f":{number}", "-nolock", "-nolisten", "unix"),
        ready=lambda: _answers(host, number),
    )


def _answers(host, number):
    command = host.command("xdotool", "getmouselocation")
    environment = {**os.environ, "DISPLAY": f":{number}"}
    done = subprocess.run(command, env=environment, capture_output=True)
    return done.returncode == 0
