"""Programs in a terminal."""

import shutil
import subprocess

import pytest

from lab.scenarios.terminal import start_in_terminal

pytestmark = pytest.mark.skipif(
    not shutil.which("script"), reason="util-linux's script is missing"
)


class _Here:
    """A host that is this machine."""

    def start(self, *command, **options):
        return subprocess.Popen(command, **options, stdout=subprocess.DEVNULL)


def test_program_has_a_terminal_and_reads_what_is_typed(tmp_path):
    said = tmp_path / "what is said"
    terminal = start_in_terminal(
        _Here(),
        *(
            "sh",
            "-c",
            '[ -t 0 ] && [ -t 1 ] && read line && echo "$line" >"$0"',
        ),
        said,
    )
    terminal.type("good morning")
    terminal.wait()
    assert said.read_text() == "good morning\n"
