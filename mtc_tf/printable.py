"""Text from outside, made fit to be shown.

Names of files and classes hold what a stranger wrote: sequences that a terminal
obeys, newlines that look like lines of ours, bytes that are not UTF-8. Tables,
warnings and errors show them through `printable`.
"""

import io
import json
import re
import sys

_SURROGATES = re.compile("[\ud800-\udfff]")
# How Python keeps a byte of a file name that is not UTF-8.
_KEPT_BYTES = range(0xDC80, 0xDD00)


def printable(value):
    r"""Escapes what a terminal does not show but obey.

    As `repr` does: control characters, separators of lines, marks that turn
    the direction of writing, bytes that are not UTF-8. So the result is one
    line: `printable("a\nb")` is `"a\\nb"`.

    Args:
        value: anything that has a text.

    Returns:
        str.
    """
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else repr(character)[1:-1]
        for character in as_unicode(text)
    )


def printable_content(content):
    """Makes every text in what a JSON file holds printable.

    Args:
        content: dict, list, str, number, bool or None.

    Returns:
        The same, with the keys of its dicts and its texts as of `printable`.
    """
    return _mapped(printable, content)


def json_line(content):
    """Writes JSON that is valid in every encoding, and harmless on a terminal.

    Args:
        content: what `json` can write. Its texts are written as of
            `as_unicode`.

    Returns:
        str, one line of printable ASCII.
    """
    line = json.dumps(_mapped(as_unicode, content))
    # The one control character that JSON lets stand.
    return line.replace("\x7f", "\\u007f")


def spell_out_on_stdout():
    """Lets standard output spell out what its encoding cannot hold.

    For programs, at their start: a terminal need not be UTF-8, and a name that
    it does not know must not end hours of work.
    """
    # In notebooks and under some test runners it is of another kind.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def as_unicode(text):
    r"""Spells out what no encoding of Unicode can hold.

    Args:
        text: str, such as the name of a file whose bytes are not UTF-8.

    Returns:
        str. The same text if it is Unicode; else the bytes that are not as
        `\xe9`.
    """
    return _SURROGATES.sub(_spelled_out, text)


def _mapped(function, content):
    """Applies a function to all texts of JSON, keys included."""
    if isinstance(content, dict):
        return {
            function(key): _mapped(function, value)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [_mapped(function, value) for value in content]
    return function(content) if isinstance(content, str) else content


def _spelled_out(surrogate):
    code = ord(surrogate[0])
    return (
        f"\\x{code - 0xDC00:02x}" if code in _KEPT_BYTES else f"\\u{code:04x}"
    )


def warning_line(source, warning):
    """Returns the line that warns of something in a file.

    Args:
        source: path, or name of a capture.
        warning: str.

    Returns:
        str, printable.
    """
    return f"mtc: warning: {printable(source)}: {printable(warning)}"
