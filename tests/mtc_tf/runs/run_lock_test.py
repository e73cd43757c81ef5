import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs import run_lock

_HOLD = """
import pathlib, sys, time
from mtc_tf.runs import run_lock
with run_lock.locked(pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_second_training_is_refused_while_the_first_is_at_work(tmp_path):
    with run_lock.locked(tmp_path):
        with pytest.raises(InputError, match="another training is at work in"):
            with run_lock.locked(tmp_path):
                pass
    with run_lock.locked(tmp_path):
        pass


def test_lock_goes_with_a_process_that_is_killed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(InputError, match="another training"):
            with run_lock.locked(tmp_path):
                pass
        process.send_signal(signal.SIGKILL)
    with run_lock.locked(tmp_path):
        pass


def test_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match="cannot be locked: Operation not"):
        with run_lock.locked(tmp_path):
            pass
