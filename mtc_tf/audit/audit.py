"""The audit of a dataset: what it finds, as one dict."""

from mtc_tf.audit.doubtful_captures import doubtful_captures
from mtc_tf.audit.findings_text import findings
from mtc_tf.audit.repeated_rows import repeated_rows
from mtc_tf.audit.shallow_scores import learned_rows
from mtc_tf.audit.shallow_scores import shallow_scores
from mtc_tf.audit.shared_units import shared_units
from mtc_tf.audit.tells import tells
from mtc_tf.data.splits import PARTS


def audit(rows):
    """Looks for what gives the labels of a dataset away.

    Args:
        rows: `AuditedRows`.

    Returns:
        dict that `json` can write: `dataset`, `split`, `recipe`, `rows` by
        part, `equal_rows` as of `repeated_rows`, `tells` as of `tells`, the
        worst first, `baselines` as of `shallow_scores`, and `findings`, these
        in words; of rows that belong to flows also `shared` with `flow` and
        `group`, as of `shared_units`, and `captures`, as of
        `doubtful_captures`.
    """
    drawn, power = learned_rows(rows)
    result = {
        "dataset": rows.name,
        "split": rows.split,
        "recipe": rows.recipe,
        "rows": dict(zip(PARTS, rows.part_sizes(), strict=True)),
        "equal_rows": repeated_rows(rows),
        "tells": sorted(
            tells(rows, drawn, power),
            # Rounded: of alike ones, what the split is to blame for is first.
            key=lambda told: round(worth(told), 2),
            reverse=True,
        ),
        "baselines": shallow_scores(rows, drawn, power),
    }
    if "flow" in rows.units:
        result["shared"] = {
            unit: shared_units(rows, unit) for unit in ("flow", "group")
        }
        result["captures"] = doubtful_captures(rows)
    return {**result, "findings": findings(result)}


def worth(told):
    """Gives the macro F1 of a look-up, the mean over the tasks.

    Args:
        told: dict, an entry of `tells`.

    Returns:
        float; 0 where no task has labels.
    """
    figures = [task["macro_f1"] for task in told["tasks"].values()]
    return sum(figures) / max(1, len(figures))
