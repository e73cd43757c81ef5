import pytest
from small_record_tables import CLASS_OF_LABEL
from small_record_tables import FOLDER

from mtc_tf.data.record_labels import read_record_labels
from mtc_tf.errors import InputError


def test_shipped_map():
    content = (FOLDER / "labels.csv").read_bytes()
    assert read_record_labels(content, name="labels.csv") == CLASS_OF_LABEL


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"", "line 1: expected the columns label, attack; received an empty"),
        (b"label,class\n", "line 1: .*; received label, class"),
        (b"label,attack\nBot,\n", "line 2, column `attack`: expected a value"),
        (b"label,attack\nBot\n", "line 2, column `attack`: expected a value"),
        (b"label,attack\nBot,B\x1bot\n", r"line 2, column `attack`: .*x1bot'"),
        (b'label,attack\n"B\not",Bot\n', r"line 3, column `label`: .*'B\\not'"),
    ],
)
def test_map_that_cannot_be_used(rows, message):
    with pytest.raises(InputError, match=f"labels.csv, {message}") as caught:
        read_record_labels(rows, name="labels.csv")
    assert str(caught.value).isprintable()


def test_map_that_is_not_utf8():
    with pytest.raises(InputError, match="labels.csv: expected UTF-8"):
        read_record_labels(b"label,attack\nBot,\xe9\n", name="labels.csv")
