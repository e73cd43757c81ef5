"""`tf.train.Example`s of rows that have most of their bytes in common.

An Example is a map from names to lists of values, in Protocol Buffers. Of the
rows of one capture with the same labels only some numbers and the row itself
differ. So the bytes are made once, with room of a fixed width for the numbers,
and filled in for many rows at a time. A map may lie in any order; here it lies
in that of the names, and the same rows give the same bytes.
"""

import numpy as np

# Numbers are written seven bits a byte; a byte that is not the last one has
# its high bit set, also where no more bits follow. 64 bits take ten.
_MOST_VARINT_BYTES = 10
# Lengths of values up to 2 MiB.
_LENGTH_BYTES = 3
_MORE = 0x80

# The fields of Example, Features, their map, Feature and its lists.
_FIRST, _SECOND, _INT64_LIST = 1, 2, 3
_BYTES_LIST = 1


class ExampleTemplate:
    """Writes the Examples of rows up to the bytes of the row itself.

    Args:
        known: dict of str to int or str. What all rows have in common.
        columns: dict of str to dtype, what differs: a kind of integer is
            written as such, any other as its bytes.
        last: str. Name of the feature with the bytes of the row.
    """

    def __init__(self, known, columns, last):
        self._slots = {}
        entries = b""
        for name in sorted([*known, *columns]):
            if name in known:
                entries += _entry(name, _feature(known[name]))
                continue
            is_integer = np.issubdtype(columns[name], np.integer)
            width = np.dtype(columns[name]).itemsize
            if is_integer:
                width = _MOST_VARINT_BYTES
                feature = _field(_INT64_LIST, _field(_FIRST, bytes(width)))
            else:
                feature = _feature(bytes(width))
            entries += _entry(name, feature)
            # The value is the end of its entry.
            begin = len(entries) - width
            self._slots[name] = slice(begin, begin + width), is_integer
        self._make_head(entries, last)

    def _make_head(self, entries, last):
        """Puts what leads to the row behind the entries, and lengths into it.

        A length counts what follows it, up to the end of the row.
        """
        head = bytearray()
        lengths = []

        def begin(number):
            lengths.append(len(head) + 1)
            head.extend(_tag(number) + bytes(_LENGTH_BYTES))

        begin(_FIRST)  # of Example: the map
        shift = len(head)
        head += entries
        begin(_FIRST)  # of the map: the last entry
        head += _field(_FIRST, last.encode())
        begin(_SECOND)  # of the entry: its Feature
        begin(_BYTES_LIST)  # of the Feature: its list
        begin(_FIRST)  # of the list: its value
        self._head = np.frombuffer(bytes(head), np.uint8)
        self._lengths = {
            place: len(head) - place - _LENGTH_BYTES for place in lengths
        }
        self._slots = {
            name: (slice(slot.start + shift, slot.stop + shift), is_integer)
            for name, (slot, is_integer) in self._slots.items()
        }

    @property
    def size(self):
        """int. Bytes of an Example in front of those of the row."""
        return len(self._head)

    def heads(self, sizes, columns):
        """Writes Examples up to the bytes of the row.

        Args:
            sizes: int array `(rows,)`. How many bytes each row has.
            columns: dict of str to array `(rows,)`, of the dtypes given.

        Returns:
            uint8 array `(rows, size)`.
        """
        heads = np.tile(self._head, (len(sizes), 1))
        for place, behind in self._lengths.items():
            heads[:, place : place + _LENGTH_BYTES] = _varints(
                sizes + behind, _LENGTH_BYTES
            )
        for name, (slot, is_integer) in self._slots.items():
            values = np.ascontiguousarray(columns[name])
            if is_integer:
                heads[:, slot] = _varints(values, _MOST_VARINT_BYTES)
            else:
                heads[:, slot] = values[:, None].view(np.uint8)
        return heads


def _varints(values, width):
    """Writes integers with a fixed number of bytes, `(values, width)`."""
    shifts = np.arange(width, dtype=np.uint64) * np.uint64(7)
    # As two's complement, which is how negative ones are written.
    bits = values.astype(np.int64).view(np.uint64)[:, None] >> shifts
    digits = bits.astype(np.uint8) | np.uint8(_MORE)
    digits[:, -1] &= np.uint8(_MORE - 1)
    return digits


def _varint(value):
    """Writes one integer with as many bytes as it needs."""
    value %= 1 << 64
    digits = bytearray()
    while value >= _MORE:
        digits.append(value % _MORE | _MORE)
        value //= _MORE
    digits.append(value)
    return bytes(digits)


def _tag(number):
    """What stands in front of a field whose length follows."""
    return _varint(number << 3 | 2)


def _field(number, content):
    return _tag(number) + _varint(len(content)) + content


def _entry(name, feature):
    return _field(
        _FIRST, _field(_FIRST, name.encode()) + _field(_SECOND, feature)
    )


def _feature(value):
    if isinstance(value, int):
        return _field(_INT64_LIST, _field(_FIRST, _varint(value)))
    content = value if isinstance(value, bytes) else value.encode()
    return _field(_BYTES_LIST, _field(_FIRST, content))
