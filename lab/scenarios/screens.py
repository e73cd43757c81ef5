"""Screens that nobody sees, and windows there."""

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


class Window:
    """The window of a program, on a screen of its own, with the focus.

    Args:
        host: `lab.host.Host`.
        title: str. The end of it, or all.
        command: function of the name of a display that gives the program
            and its arguments.
        **started: as for `Host.start`.
    """

    def __init__(self, host, title, command, **started):
        self._host = host
        start_screen(host, 2, "Xvfb", "-screen", 0, "1100x900x24")
        self._process = host.start(*command(":2"), **started)
        # Nothing there manages windows: one has to be told.
        self._do("search", "--sync", "--name", f"{title}$", "windowfocus")
        self._do("mousemove", 100, 100)

    def type(self, line):
        """Types a line, and the Enter key."""
        self._do("type", "--delay", 100, line)
        self._do("key", "Return")

    def end(self):
        """Ends the program."""
        self._process.terminate()
        self._process.wait()

    def _do(self, *arguments):
        self._host.run("env", "DISPLAY=:2", "xdotool", *arguments)


def _answers(host, number):
    command = host.command("xdotool", "getmouselocation")
    environment = {**os.environ, "DISPLAY": f":{number}"}
    done = subprocess.run(command, env=environment, capture_output=True)
    return done.returncode == 0
