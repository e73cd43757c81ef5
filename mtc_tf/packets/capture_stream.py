"""A capture that comes while it is read: from a pipe, or standard input."""

import threading

from mtc_tf.packets.capture import open_frames
from mtc_tf.packets.capture import opened
from mtc_tf.packets.capture import untimed_warning
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.frame_batches import CHUNK_BYTES
from mtc_tf.packets.frame_batches import CHUNK_FRAMES
from mtc_tf.packets.frame_batches import damage_warning
from mtc_tf.packets.pcap_frames import CaptureDamage

# Seconds that a frame waits at most for others to be preprocessed with it, and
# that nothing comes before an empty batch says so.
PATIENCE = 0.1


def read_stream(file, name, warnings):
    """Reads a capture as it comes, and gives what there is.

    A thread reads it: whoever reads a pipe, and a decompressor above it, stands
    still until more comes, and what is there already would wait.

    Args:
        file: as of `read_capture`. The `read` of a file object must give what
            is there, unless it is an `io.BufferedReader`. It is read ahead; if
            nobody draws batches any more, it is let go at the next frame.
        name: as of `read_capture`.
        warnings: as of `read_capture`.

    Yields:
        `FrameBatch`, as of `read_capture`, with what has come in a tenth of a
        second; an empty one if nothing has.

    Raises:
        InputError: as of `read_capture`.
    """
    queue = _FrameQueue()
    # It may wait for ever, so nobody waits for it.
    threading.Thread(
        target=_fill, args=(queue, file, name, warnings), daemon=True
    ).start()
    number = 0
    try:
        while (records := queue.take()) is not None:
            yield FrameBatch.from_list(records, number)
            number += len(records)
    finally:
        queue.close()


def _fill(queue, file, name, warnings):
    """Reads a capture into a queue."""
    count = 0
    try:
        with opened(file, name) as binary:
            reader = open_frames(binary, name)
            for record in reader:
                if not queue.put(record):
                    return
                count += 1
        warnings += untimed_warning(reader)
    except CaptureDamage as damage:
        warnings.append(damage_warning(damage, count))
        warnings += untimed_warning(reader)
    except Exception as error:  # is raised where the frames are awaited
        queue.end(error)
    queue.end()


class _FrameQueue:
    """Frames between the thread that reads and the one that works."""

    def __init__(self):
        self._records = []
        self._bytes = 0
        self._error = None
        self._is_ended = False
        self._is_closed = False
        self._changed = threading.Condition(threading.Lock())

    def put(self, record):
        """Adds a record; if it fills a chunk, waits until that is taken.

        Returns:
            bool. Whether more are wanted.
        """
        with self._changed:
            self._records.append(record)
            self._bytes += len(record[0])
            if len(self._records) == 1:
                self._changed.notify_all()
            if self._is_full():
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: not self._records or self._is_closed
                )
            return not self._is_closed

    def end(self, error=None):
        """Says that nothing comes any more, or why."""
        with self._changed:
            self._error = self._error or error
            self._is_ended = True
            self._changed.notify_all()

    def close(self):
        """Says that nobody takes records any more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def take(self):
        """Returns a list of records; None at the end."""
        with self._changed:
            self._wait(lambda: self._records)
            if self._records:
                self._wait(self._is_full)
            records, self._records = self._records, []
            self._bytes = 0
            self._changed.notify_all()
            if records or not self._is_ended:
                return records
        if self._error is not None:
            raise self._error
        return None

    def _wait(self, is_there):
        self._changed.wait_for(lambda: is_there() or self._is_ended, PATIENCE)

    def _is_full(self):
        return len(self._records) >= CHUNK_FRAMES or self._bytes >= CHUNK_BYTES
