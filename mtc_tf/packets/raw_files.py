"""Raw files made of what gives bytes; to close one closes nothing else."""

import io


def blocks_file(blocks):
    """Makes a file of an iterator.

    A buffer on top of it makes many small reads cheap, whatever the file
    object is that the blocks come from; that of `tf.io.gfile` has no
    `readinto`.

    Args:
        blocks: iterator of bytes of any length, but for none.

    Returns:
        `io.RawIOBase`.
    """
    return _Blocks(blocks)


def headed_file(head, raw):
    """Makes a file of what has been read of one, and of the rest.

    Args:
        head: bytes.
        raw: `io.RawIOBase`.

    Returns:
        `io.RawIOBase`.
    """
    return _Headed(head, raw)


class _Blocks(io.RawIOBase):
    def __init__(self, blocks):
        super().__init__()
        self._blocks = blocks
        self._rest = b""

    def readable(self):
        return True

    def readinto(self, buffer):
        rest = memoryview(self._rest or next(self._blocks, b""))
        count = min(len(buffer), len(rest))
        buffer[:count] = rest[:count]
        self._rest = rest[count:]
        return count


class _Headed(io.RawIOBase):
    def __init__(self, head, raw):
        super().__init__()
        self._head, self._raw = head, raw

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._head:
            return self._raw.readinto(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count] = self._head[:count]
        self._head = self._head[count:]
        return count
