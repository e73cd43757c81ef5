import socket
import time

import pytest

from mtc_tf.inference.remote.deadline import deadline


@pytest.fixture
def ends():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_conversation_in_time(ends):
    with deadline(ends[0], time.monotonic() + 5):
        ends[1].sendall(b"x")
        assert ends[0].recv(1) == b"x"


def test_conversation_that_drips(ends):
    ends[1].sendall(b"x" * 50)
    with pytest.raises(TimeoutError, match="no whole answer in time"):
        with deadline(ends[0], time.monotonic() + 0.1):
            while ends[0].recv(1):
                pass


def test_other_errors_are_kept(ends):
    with pytest.raises(BrokenPipeError):
        with deadline(ends[0], time.monotonic() + 5):
            raise BrokenPipeError


def test_end_that_has_passed(ends):
    with pytest.raises(TimeoutError, match="no whole answer in time"):
        with deadline(ends[0], time.monotonic()):
            raise AssertionError
