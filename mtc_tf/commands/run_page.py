"""The page of a run, which every command that finds something writes anew."""

import sys

from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import PAGE_FILE


def write_run_page(workdir, out=None):
    """Writes the page of an evaluated run, where what it needs is installed.

    Without figures there is nothing to write. What a command found is written
    and right, whatever the page lacks: that it could not be made is a warning.

    Args:
        workdir: `pathlib.Path` of a run.
        out: text file that gets the name of the page; by default the standard
            output.
    """
    # Only now: it takes a tenth of a second.
    from mtc_tf.evaluation.page.page import can_write_page
    from mtc_tf.evaluation.page.page import write_page

    if not ((workdir / METRICS_FILE).exists() and can_write_page()):
        return
    page = workdir / PAGE_FILE
    try:
        write_page([workdir], page)
    except InputError as error:
        print(warning_line(page, f"not written: {error}"), file=sys.stderr)
    else:
        print(f"the page of it: {printable(page)}", file=out, flush=True)
