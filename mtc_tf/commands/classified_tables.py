"""Tables of flow records -> rows."""

from mtc_tf.commands.arguments import can_be_read_again
from mtc_tf.commands.arguments import check_standard_input
from mtc_tf.commands.notes import progress_bar
from mtc_tf.commands.notes import warn
from mtc_tf.errors import InputError


def check_tables(files, features):
    """Finds out whether files are tables, before work is done in vain.

    Args:
        files: list of `pathlib.Path`.
        features: tuple of str. The columns that they must have.

    Raises:
        InputError: if one is no such table.
    """
    # Only now: pandas takes longer to import than all the rest of `mtc`.
    from mtc_tf.features.record_table import check_record_table

    check_standard_input(files)
    for path in filter(can_be_read_again, files):
        check_record_table(path, features)


def label_tables(tables, classifier, reject):
    """Labels the records of tables, one behind the other.

    Args:
        tables: list of `pathlib.Path`.
        classifier: `RowClassifier` of records.
        reject: as of `label_record_table`.

    Yields:
        as `label_record_table`.

    Raises:
        InputError: if a table cannot be read, or no record was labelled.
    """
    from mtc_tf.inference.label_records import RecordReport
    from mtc_tf.inference.label_records import label_record_table

    read = labelled = 0
    with progress_bar(" records") as progress:
        for path in tables:
            report = RecordReport()
            for block in label_record_table(
                path, classifier, reject=reject, report=report
            ):
                progress.update(len(block))
                yield block
            for warning in report.warnings:
                warn(path, warning)
            read += report.read
            labelled += report.labelled
    if not labelled:
        raise InputError(f"no record was labelled of the {read} read")
