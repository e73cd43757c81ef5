"""The pages of the documentation, and the blocks of code in them."""

import dataclasses
import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:\A|\n)\n {4,}\S[^\n]*")


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of code.

    Args:
        line: int. Where it begins in its page.
        kind: str. The word behind the fence.
        text: str.
    """

    line: int
    kind: str
    text: str


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a page.

    Args:
        line: int. Where its block begins.
        text: str. One line, or Python code.
        shown: tuple of str. The lines that the page shows below it.
        is_python: bool. Whether it is Python code.
    """

    line: int
    text: str
    shown: tuple = ()
    is_python: bool = False


def pages():
    """Returns the paths of all pages, each once (`docs/` has links)."""
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return sorted({path.resolve() for path in found})


def name_of(page):
    """Returns a page's path below the root of the repository, as text."""
    return str(page.relative_to(ROOT))


def blocks(page):
    """Returns the fenced blocks of a page, as list of `Block`."""
    text = page.read_text("utf-8")
    return [
        Block(
            text.count("\n", 0, match.start()) + 1,
            match[2],
            textwrap.dedent(match[3]),
        )
        for match in _FENCE.finditer(text)
    ]


def indented_blocks(page):
    """Returns lines that are code by their indentation only."""
    return _INDENTED.findall(_FENCE.sub("", page.read_text("utf-8")))


def commands(page):
    """Returns what a reader of a page would type, as list of `Command`.

    Blocks of the kind `sh` hold commands, those of the kind `console` commands
    behind `$ ` and what they print, those of the kind `python` a program.
    """
    found = []
    for block in blocks(page):
        text = block.text.replace("\\\n", "")
        if block.kind == "python":
            found.append(Command(block.line, block.text, is_python=True))
        elif block.kind == "sh":
            found += [
                Command(block.line, re.sub(" +# .*", "", line))
                for line in text.splitlines()
                if line and not line.startswith("#")
            ]
        elif block.kind == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                line, *shown = part.splitlines()
                shown = tuple(line for line in shown if line)
                found.append(Command(block.line, line, shown))
    return found
