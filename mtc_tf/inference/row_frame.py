"""Rows of labels as a data frame with typed columns."""

import pandas as pd

# Text that may be missing, alike in pandas 2 and 3, is of the type `string`.
_INTEGERS = {"packet": "int64", "packets": "int64", "line": "int64"}
# Of other protocols than TCP and UDP there are none.
_PORTS = {"source_port": "UInt16", "destination_port": "UInt16"}
_CAPTURE_COLUMNS = ("capture", "time", "source", "destination", "protocol")


def row_frame(blocks, facts):
    """Gathers rows.

    Args:
        blocks: iterable of lists of dicts with the same keys, as of
            `label_capture` and `label_record_table`.
        facts: `ModelFacts` of the model that answered.

    Returns:
        `pandas.DataFrame`. Without a row it has the columns of the tasks.
    """
    frames = [_typed(pd.DataFrame(rows), facts) for rows in blocks if rows]
    if frames:
        return pd.concat(frames, ignore_index=True)
    columns = [
        name for task in facts.tasks for name in (task, f"{task}_probability")
    ]
    return _typed(pd.DataFrame(columns=columns), facts)


def _typed(frame, facts):
    types = {
        **_INTEGERS,
        **_PORTS,
        **dict.fromkeys((*_CAPTURE_COLUMNS, *facts.tasks, "file"), "string"),
        **{f"{task}_probability": "float64" for task in facts.tasks},
        "time": "datetime64[us, UTC]",
    }
    return frame.astype(
        {name: types[name] for name in frame.columns if name in types}
    )
