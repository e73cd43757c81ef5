import pytest

from mtc_tf.errors import InputError
from mtc_tf.whole_numbers import whole_number


@pytest.mark.parametrize("text", ["2", "9", "10"])
def test_numbers_within_bounds(text):
    assert whole_number(text, "--n", 2, 10) == int(text)


@pytest.mark.parametrize(
    "text", ["", "1", "11", "-2", "2.0", " 2", "²", "٣", "002", "9" * 5000]
)
def test_what_is_none(text):
    with pytest.raises(InputError) as caught:
        whole_number(text, "--n", 2, 10)
    assert str(caught.value) == (
        f"--n must be a whole number from 2 to 10; received: {text}"
    )
