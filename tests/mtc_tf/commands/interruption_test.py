import signal
import subprocess
import sys

import pytest

from mtc_tf.commands.interruption import Interruption

# Signals go to processes of their own: a late one would end the tests.
_READ = """
import signal, sys
from mtc_tf.commands.interruption import Interruption

number = int(sys.argv[1])
before = signal.getsignal(number)
with Interruption() as interruption:
    for turn in interruption.until(range(5)):
        print(turn)
        if turn == 2:
            signal.raise_signal(number)
print(interruption.has_come(), signal.getsignal(number) is before)
if interruption.has_come():
    sys.exit(interruption.exit_code)
"""


def _run(code, *arguments, handler=signal.SIG_DFL):
    """Runs code that has inherited how it shall take SIGINT."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, handler),
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_first_signal_ends_what_is_read(number, code):
    process = _run(_READ, int(number))
    assert process.stdout.split() == ["0", "1", "2", "True", "True"]
    assert process.returncode == code


def test_without_a_signal_all_is_read():
    with Interruption() as interruption:
        assert list(interruption.until(range(3))) == [0, 1, 2]
    assert not interruption.has_come()


def test_signal_that_is_ignored_stays_so():
    process = _run(_READ, int(signal.SIGINT), handler=signal.SIG_IGN)
    assert process.stdout.split() == [*"01234", "False", "True"]
    assert process.returncode == 0


def test_second_signal_ends_the_process():
    code = (
        "import signal\n"
        "from mtc_tf.commands.interruption import Interruption\n"
        "with Interruption() as interruption:\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    assert interruption.has_come()\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "    print('still here')\n"
    )
    process = _run(code)
    assert process.returncode == 130
    assert (process.stdout, process.stderr) == ("", "mtc: interrupted\n")
