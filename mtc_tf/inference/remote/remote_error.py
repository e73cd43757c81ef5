"""What goes wrong between a client and a server."""

from mtc_tf.errors import InputError

_QUOTED_CHARACTERS = 300


class RemoteError(InputError):
    """A server that cannot be reached, refuses, or answers something else.

    Args:
        message: str. One line, with the server's address.
        kind: str. A few words without anything from the server, to count by.
        may_pass: bool. Whether the same question may be answered later: the
            server is starting, ending, or has too much to do.
    """

    def __init__(self, message, kind, may_pass=False):
        super().__init__(message)
        self.kind = kind
        self.may_pass = may_pass


def quoted(text):
    """One line of what a server says, of characters that do no harm.

    Args:
        text: str, or bytes that should be UTF-8.

    Returns:
        str.
    """
    text = text[:_QUOTED_CHARACTERS]
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return repr(" ".join(text.split()))
