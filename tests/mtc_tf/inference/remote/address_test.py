import pathlib

import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.remote.address import is_address
from mtc_tf.inference.remote.address import parse_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://host/mtc", ("http", "host", 8501, "", "mtc", "")),
        ("https://host/mtc", ("https", "host", 443, "", "mtc", "")),
        ("grpc://host/mtc/", ("grpc", "host", 8500, "", "mtc", "")),
        ("grpc://[::1]:9/mtc", ("grpc", "::1", 9, "", "mtc", "")),
        ("http://h:80/a/b/mtc", ("http", "h", 80, "/a/b", "mtc", "")),
        ("http://h/mtc/labels/new", ("http", "h", 8501, "", "mtc", "new")),
        ("http://h/a/mtc/labels/x", ("http", "h", 8501, "/a", "mtc", "x")),
        ("http://h/labels/mtc", ("http", "h", 8501, "/labels", "mtc", "")),
    ],
)
def test_address(text, expected):
    address = parse_address(text)
    assert address.text == text
    assert expected == (
        *(address.scheme, address.host, address.port),
        *(address.folder, address.name, address.label),
    )


@pytest.mark.parametrize(
    "text",
    [
        "://",
        "localhost:8501/mtc",
        "http://",
        "http://localhost:8501",
        "http://localhost:8501/",
        "http:///v1/mtc",
        "http://:8501/mtc",
        "http://localhost:port/mtc",
        "http://localhost:99999/mtc",
        "http://localhost:-1/mtc",
        "http://localhost:0/mtc",
        "http://[::1/mtc",
        "http://[nonsense]:8501/mtc",
        "http://a b:8501/mtc",
        "http://localhost:8501/a b",
        "http://localhost:8501/mtc\r\nX: y",
        "http://localhost\x00:8501/mtc",
        "http://user:word@localhost:8501/mtc",
        "http://localhost:8501/mtc?x=1",
        "http://localhost:8501/mtc#x",
        "http://localhost:8501/é",
        "http://localhost:8501/%6d",
        "ftp://localhost/mtc",
        "file:///etc/passwd",
    ],
)
def test_address_that_is_none(text):
    with pytest.raises(InputError) as caught:
        parse_address(text)
    message = str(caught.value)
    assert message.isprintable()
    assert "expected the address of a model, such as http://local" in message
    assert message.endswith(f"received {text!r}")


def test_path_is_no_address():
    assert is_address("grpc://localhost:8500/mtc")
    assert not is_address("runs/mtc")
    assert not is_address(pathlib.Path("http://localhost/mtc"))
