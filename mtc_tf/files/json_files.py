"""JSON of any origin, checked against a schema before it is used."""

import functools
import json
import math
import os
import re
import stat
from typing import Annotated
from typing import TypeVar

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

# The largest is `scaler.json`: 1,000 quantiles of each of some 80 features.
LIMIT_BYTES = 16 * 2**20
# What a message quotes.
_QUOTED_LENGTH = 60
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _FailFast:
    """Tells pydantic to stop at the first entry that is wrong.

    It would keep a kilobyte for each one: gigabytes of a hostile file.
    """

    def __get_pydantic_core_schema__(self, source, handler):
        return {**handler(source), "fail_fast": True}


_T = TypeVar("_T")
# The containers that schemas are made of.
List = Annotated[list[_T], _FailFast()]
Object = Annotated[dict[str, _T], _FailFast()]


def read_json(path, schema):
    """Reads a JSON file.

    Args:
        path: str or path.
        schema: type that says what the file should hold: a `TypedDict`, a
            `List[…]` or an `Object[…]`. Keys that a `TypedDict` does not name
            are let through.

    Returns:
        what stands in the file: dict, list, str, number, bool or None. All
        numbers are finite.

    Raises:
        FileNotFoundError: if it is missing.
        InputError: if it cannot be read, is no JSON, or does not hold what
            the schema says.
    """
    return parse_json(read_bytes(path, LIMIT_BYTES), schema, path)


def read_bytes(path, limit):
    """Reads a file that should be a small one.

    Args:
        path: str or path.
        limit: int. The most bytes that it may have.

    Returns:
        bytes.

    Raises:
        FileNotFoundError: if it is missing.
        InputError: if it is larger, is no file, or cannot be read.
    """
    try:
        # Opening a pipe would wait for its other end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{path} cannot be read: it is no regular file")
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or first_line(error)}"
        ) from error
    if len(content) > limit:
        raise InputError(
            f"{path} cannot be read: expected at most {limit} bytes, received "
            f"{os.path.getsize(path)}"
        )
    return content


def parse_json(data, schema, source):
    """Parses JSON.

    Args:
        data: str, or bytes of UTF-8.
        schema: type, as of `read_json`.
        source: str or path. What messages call it.

    Returns:
        as `read_json`.

    Raises:
        InputError: if it is no JSON, or does not hold what the schema says.
    """
    try:
        if isinstance(data, bytes):
            data = data.decode()
        content = json.loads(
            data,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            object_pairs_hook=_unique,
        )
        _check_characters(data, content)
    except RecursionError:
        raise InputError(
            f"{source} is not valid JSON: it is nested too deeply"
        ) from None
    except ValueError as error:
        raise InputError(
            f"{source} is not valid JSON: {first_line(error)}"
        ) from error
    check_content(content, schema, source)
    return content


def check_content(content, schema, source):
    """Checks what was parsed against a schema.

    Args:
        content: dict, list, str, number, bool or None, within each other.
        schema: type, as of `read_json`.
        source: str or path. What messages call it.

    Raises:
        InputError: if the content is not what the schema says.
    """
    # Here, since it takes a quarter of a second.
    from pydantic import ValidationError

    try:
        # Strict: "1" is no number, and 1 no text.
        _adapter(schema).validate_python(content, strict=True)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_context=False)
        raise InputError(f"{source} {_describe(first)}") from error


@functools.cache
def _adapter(schema):
    """What checks against a schema takes a millisecond to make."""
    from pydantic import TypeAdapter

    return TypeAdapter(schema)


def _describe(error):
    """Says what is wrong, and where; both hold words from the file."""
    place = _quote(".".join(map(str, error["loc"])))
    if error["type"] == "missing":
        return f"lacks {place}"
    received = _quote(error["input"])
    where = f" at {place}" if error["loc"] else ""
    return (
        f"does not hold what it should{where}: {error['msg']}; received: "
        f"{received}"
    )


def _quote(value):
    """One line, short, of printable characters."""
    if isinstance(value, dict | list):
        kind = "an object" if isinstance(value, dict) else "a list"
        return f"{kind} of {len(value)}"
    if isinstance(value, int) and abs(value) >= 2**63:
        return "a number of more than 64 bits"
    text = repr(value)
    if len(text) > _QUOTED_LENGTH:
        return f"{text[:_QUOTED_LENGTH]}…"
    return text


def _check_characters(text, content):
    """Refuses halves of UTF-16 pairs, which no terminal and file can take."""
    if _SURROGATE.search(text):
        json.dumps(content, ensure_ascii=False).encode()


def _refuse_constant(name):
    raise ValueError(f"{name} is no number")


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:_QUOTED_LENGTH]} is too large a number")
    return value


def _unique(pairs):
    content = {}
    for name, value in pairs:
        if name in content:
            raise ValueError(f"{_quote(name)} stands in it twice")
        content[name] = value
    return content
