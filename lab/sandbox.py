"""A session in namespaces of its own, of which nothing is left.

All processes of a session live in one PID namespace: when its first process
ends, the kernel ends the others, and with them go the network namespaces,
devices and mounts. This also holds when the lab itself is killed.
"""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

from lab.errors import LabError

_ROOT = pathlib.Path(__file__).parents[1]
_COMMAND = (
    # When the lab ends, however it ends, so does `unshare`, and with it all.
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--pid", "--fork", "--kill-child", "--mount-proc"),
    *("--mount", "--net", "--ipc", "--uts"),
)


def start_session(plan, capture, log):
    """Starts to play a session.

    Args:
        plan: `lab.plans.Plan`.
        capture: `pathlib.Path`. The file to write.
        log: file to write to what went wrong; the last line is the reason.

    Returns:
        `subprocess.Popen`. To kill it ends all that the session has started.
    """
    process = subprocess.Popen(
        [*_COMMAND, sys.executable, "-m", "lab.session", capture.absolute()],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
        text=True,
        cwd=_ROOT,
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/run/session",
            "TMPDIR": "/run/session",
            "LANG": "C.UTF-8",
        },
        # Ctrl-C goes to the lab alone, which then ends its sessions.
        start_new_session=True,
    )
    process.stdin.write(json.dumps(dataclasses.asdict(plan)))
    process.stdin.close()
    process.stdin = None
    return process


def check_system():
    """Makes sure that sessions can be played here.

    Raises:
        LabError: if not; says what is missing.
    """
    if os.geteuid() != 0:
        raise LabError(
            "expected to be run by root, which network namespaces and packet "
            f"capture need; received user id {os.geteuid()}"
        )
    if not os.path.exists("/dev/net/tun"):
        raise LabError("/dev/net/tun is missing: the kernel's module tun")
    try:
        subprocess.run(
            [*_COMMAND, "true"], check=True, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise LabError(f"{error.filename} is missing") from None
    except subprocess.CalledProcessError as error:
        raise LabError(
            f"namespaces cannot be made here: {error.stderr.strip()}"
        ) from None
