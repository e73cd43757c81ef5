"""Captures and interfaces -> rows, and what is told of them at the end."""

import sys
import time

from mtc_tf.commands.arguments import can_be_read_again
from mtc_tf.commands.capture_inputs import opened
from mtc_tf.commands.notes import progress_bar
from mtc_tf.commands.notes import warn
from mtc_tf.errors import InputError
from mtc_tf.inference.label_packets import label_frames
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_stream import read_stream
from mtc_tf.packets.report_text import format_counts
from mtc_tf.printable import printable


class ClassifiedCaptures:
    """Labels what captures show, and counts it.

    An error ends the rows and is raised by `finish`, so that they are written
    out before.

    Args:
        interruption: `Interruption`. Ends the reading; what was read before is
            labelled.
        **arguments: `classifier`, `by`, `reject` and `limits`, as of
            `label_frames`.
    """

    def __init__(self, interruption, **arguments):
        self._interruption = interruption
        self._arguments = arguments
        self._read = self._kept = self._labelled = self._flows = 0
        self._error = None
        self._begun = time.monotonic()

    def of_files(self, captures):
        """Labels captures, one behind the other.

        Args:
            captures: list of `pathlib.Path` and `StandardInput`.

        Yields:
            as `label_frames`.
        """
        with progress_bar(" packets") as bar:
            for path in captures:
                report = CaptureReport()
                source = {"name": path, **opened(path)}
                read = read_capture if can_be_read_again(path) else read_stream
                frames = read(**source, warnings=report.warnings)
                yield from self._label(
                    path, self._interruption.until(frames), report, bar
                )
                if self._error or self._interruption.has_come():
                    return

    def of_interface(self, name, live):
        """Labels the packets of an interface until a signal comes.

        Args:
            name: str.
            live: `LiveCapture` of it.

        Yields:
            as `label_frames`.
        """
        report = CaptureReport()
        frames = live.batches(self._interruption.has_come)
        _tell(f"reading {printable(name)} until Ctrl-C")
        with progress_bar(" packets") as bar:
            yield from self._label(name, frames, report, bar)
        _tell(
            f"{printable(name)}: {report.read} packets received, "
            f"{live.dropped} dropped by the kernel, {self._labelled} labelled"
        )

    def finish(self):
        """Tells how much was done, and how fast.

        Raises:
            InputError: what has ended the rows; or that there were no packets
                to label.
        """
        if self._read:
            seconds = time.monotonic() - self._begun
            flows = f"; {self._flows:,} flows" if self._flows else ""
            _tell(
                f"{self._read:,} packets in {seconds:.1f} s, "
                f"{self._read / seconds:,.0f} packets/s{flows}"
            )
        if self._error:
            raise self._error
        if not self._kept and not self._interruption.has_come():
            raise InputError(f"no packet was kept of the {self._read} read")

    def _label(self, source, frames, report, bar):
        try:
            for block in label_frames(
                frames,
                str(source),
                report=report,
                progress=bar.update,
                **self._arguments,
            ):
                self._labelled += sum(row.get("packets", 1) for row in block)
                self._flows += len(block) if "packets" in block[0] else 0
                yield block
        except InputError as error:
            self._error = error
        for warning in report.warnings:
            warn(source, warning)
        if report.dropped or report.truncated:
            _tell(f"{printable(source)}: {format_counts(report)}")
        is_cut_short = self._error or self._interruption.has_come()
        if not report.kept and not is_cut_short:
            warn(source, f"no packet was kept of the {report.read} read")
        self._read += report.read
        self._kept += report.kept


def _tell(line):
    print(f"mtc: {line}", file=sys.stderr)
