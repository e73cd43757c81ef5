import os
import signal
import subprocess
import sys

import pytest

from mtc_tf.commands.interruption import Interruption


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_first_signal_ends_what_is_read(number, code):
    before = signal.getsignal(number)
    read = []
    with Interruption() as interruption:
        for turn in interruption.until(range(5)):
            read.append(turn)
            if turn == 2:
                os.kill(os.getpid(), number)
    assert read == [0, 1, 2]
    assert interruption.has_come()
    assert interruption.exit_code == code
    assert signal.getsignal(number) is before


def test_without_a_signal_all_is_read():
    with Interruption() as interruption:
        assert list(interruption.until(range(3))) == [0, 1, 2]
    assert not interruption.has_come()


def test_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption() as interruption:
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not interruption.has_come()


def test_second_signal_ends_the_process():
    code = (
        "import os, signal\n"
        "from mtc_tf.commands.interruption import Interruption\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with Interruption() as interruption:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    assert interruption.has_come()\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print('still here')\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert process.returncode == 130
    assert (process.stdout, process.stderr) == ("", "mtc: interrupted\n")
