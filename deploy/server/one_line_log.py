"""The log of the server: a line for each thing that happened."""

import logging
import warnings

from mtc_tf.errors import first_line
from mtc_tf.printable import printable


class OneLineFormatter(logging.Formatter):
    """Names an exception in the line, without its traceback.

    KServe logs each request that it refuses with the stack that led to it,
    and with what the request said.
    """

    def format(self, record):
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: "
        line += record.getMessage()
        if record.exc_info:
            error = record.exc_info[1]
            line += f" {type(error).__name__}: {first_line(error)}"
        return printable(line)


def log_one_line_each():
    """Sends warnings and errors of all libraries to standard error."""
    # Of KServe, which uses what FastAPI wants to be rid of.
    warnings.simplefilter("ignore")
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
