"""The TFLite files of an export, as a table for a terminal."""

from mtc_tf.files.text_table import text_table


def variants_text(figures):
    """Sets the figures of the files side by side.

    Args:
        figures: dict from the name of a file to dict, as of
            `mtc_tf.export.variants.write_variants`, with the
            `largest_difference` of its outputs.

    Returns:
        str, a table and a line that says what its columns are.
    """
    rows = [_row(name, found) for name, found in figures.items()]
    counts = {found.get("rows") for found in figures.values()} - {None}
    lost = "".join(
        f"; F1 lost: points of macro F1 on {count} rows of the validation part"
        for count in counts
    )
    legend = (
        "difference: the largest one from the Keras model"
        f"{lost}; ms: for one row, the median and p99; /1 and /2: threads"
    )
    return f"{text_table(rows, left=('file',))}\n{legend}"


def _row(name, found):
    row = {
        "file": name,
        "bytes": f"{found['bytes']:,}",
        "difference": f"{found['largest_difference']:.1e}",
    }
    for task, points in found.get("macro_f1_lost", {}).items():
        # Not `-0.00`.
        row[f"{task} F1 lost"] = f"{round(points, 2) + 0.0:.2f}"
    for threads, speed in found["speed"].items():
        row[f"ms/{threads}"] = f"{speed['median_ms']:.2f}"
        row[f"p99/{threads}"] = f"{speed['p99_ms']:.2f}"
        row[f"rows/s/{threads}"] = f"{speed['rows_per_second']:,.0f}"
    return row
