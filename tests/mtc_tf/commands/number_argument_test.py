import argparse

import pytest

from mtc_tf.commands.number_argument import number_argument

SHARE = number_argument("a share below 1", lambda x: 0 <= x < 1)


def test_number_within_the_bounds():
    assert SHARE("0.25") == 0.25


@pytest.mark.parametrize("text", ["1", "nan", "many", ""])
def test_others(text):
    with pytest.raises(argparse.ArgumentTypeError) as error:
        SHARE(text)
    assert str(error.value) == f"expected a share below 1, received {text!r}"
