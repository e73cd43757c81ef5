import os
import subprocess
import sys

from mtc_tf.native_notes import silent_stderr


def test_descriptor_leads_nowhere_and_back(capfd):
    os.write(2, b"before ")
    with silent_stderr():
        os.write(2, b"note")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"


def test_closed_standard_error():
    code = (
        "from mtc_tf.native_notes import silent_stderr\n"
        "with silent_stderr():\n"
        "    print('done')\n"
    )
    process = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, code],
        capture_output=True,
        text=True,
    )
    assert (process.returncode, process.stdout) == (0, "done\n")
