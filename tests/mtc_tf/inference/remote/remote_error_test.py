from mtc_tf.errors import InputError
from mtc_tf.inference.remote.remote_error import RemoteError
from mtc_tf.inference.remote.remote_error import quoted


def test_it_is_what_a_person_can_mend():
    error = RemoteError("http://x/y: gone", "gone")
    assert isinstance(error, InputError)
    assert (str(error), error.kind, error.may_pass) == (
        *("http://x/y: gone", "gone", False),
    )


def test_what_a_server_says_is_one_short_harmless_line():
    assert quoted(b"no\n model") == "'no model'"
    assert quoted("no \x1b[2J") == r"'no \x1b[2J'"
    assert quoted(b"\xff") == "'\N{REPLACEMENT CHARACTER}'"
    assert len(quoted("x" * 10_000)) == 302
