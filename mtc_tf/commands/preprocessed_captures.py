"""The packets of the captures that a command line names."""

import contextlib
import sys

from mtc_tf.commands.capture_inputs import opened
from mtc_tf.errors import InputError
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_files import whole_name
from mtc_tf.packets.pipeline import preprocess_capture
from mtc_tf.packets.report_text import format_dropped
from mtc_tf.printable import warning_line


def preprocessed(captures, reports, recipe, masks):
    """Preprocesses captures, one behind the other, and tells how it goes.

    Args:
        captures: list of `pathlib.Path` and `StandardInput`.
        reports: list of `CaptureReport`, one for each, which are filled in.
        recipe: str.
        masks: list of str.

    Yields:
        tuples of the position of a capture, and a `PacketBatch` of it.

    Raises:
        InputError: a capture cannot be read; or, in the end, no packet was
            kept.
    """
    with _progress() as progress:
        for index, (path, report) in enumerate(
            zip(captures, reports, strict=True)
        ):
            batches = preprocess_capture(
                **opened(path),
                recipe=recipe,
                masks=masks,
                # Each capture is a group of its own, as in the datasets.
                group=whole_name(capture_name(str(path))),
                report=report,
            )
            for batch in batches:
                yield index, batch
                if progress is not None:
                    progress.update(len(batch))
            for warning in report.warnings:
                write = print if progress is None else progress.write
                line = warning_line(report.capture, warning)
                write(line, file=sys.stderr)
    if not any(report.kept for report in reports):
        raise InputError(
            "no packet was kept; "
            + "; ".join(
                f"{report.capture}: {report.read} read, dropped: "
                f"{format_dropped(report) or 'none'}"
                for report in reports
            )
        )


def _progress():
    """A bar on a terminal; None elsewhere, where it is not even imported."""
    if not sys.stderr.isatty():
        return contextlib.nullcontext()
    import tqdm

    return tqdm.tqdm(unit=" packets", leave=False)
