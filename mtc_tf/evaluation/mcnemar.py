"""Two models on the same flows: who is right where the other is wrong?"""

import importlib.util
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.evaluation.kept_answers import read_answers
from mtc_tf.files.json_files import Object
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import ANSWERS_FILE
from mtc_tf.runs.run_directory import load_metrics

# Below it a difference counts as one.
_LEVEL = 0.05


class _Task(TypedDict):
    rows: int
    classes: NotRequired[Object[object]]
    flows: NotRequired[int]
    interval_over: NotRequired[str]


class _Metrics(TypedDict):
    tasks: Object[_Task]
    # Of what the first versions evaluated there is none.
    part: NotRequired[str]
    digests: NotRequired[Object[str]]


def mcnemar(truth, first, second):
    """Counts who is right, and tests whether it could be chance.

    Were both equally good, of what only one gets right each would get half,
    as of coins. Exact test by the binomial distribution, two-sided.

    Args:
        truth: int array `(n,)`. The true classes.
        first, second: int arrays `(n,)`. The answers of two models.

    Returns:
        dict of int `both`, `first`, `second` (alone) and `neither`, and of
        float `p`.
    """
    from scipy.stats import binomtest

    one, other = first == truth, second == truth
    alone = int((one & ~other).sum()), int((other & ~one).sum())
    return {
        "both": int((one & other).sum()),
        "first": alone[0],
        "second": alone[1],
        "neither": int((~one & ~other).sum()),
        "p": binomtest(alone[0], sum(alone)).pvalue if sum(alone) else 1.0,
    }


def compare_answers(first, second):
    """Sets two evaluated runs side by side, flow by flow and row by row.

    Args:
        first, second: `pathlib.Path` of run directories.

    Returns:
        tuple of a list and a str, one of which is empty: dicts of `task`,
        `counted` (`flows` or `rows`), `hint` and the entries of `mcnemar`; or
        why there are none.

    Raises:
        InputError: if a run was not evaluated, or a file is damaged.
    """
    metrics = [load_metrics(workdir, _Metrics) for workdir in (first, second)]
    reason = _why_not((first, second), metrics)
    if reason:
        return [], reason
    found = []
    for task, figures in metrics[0]["tasks"].items():
        other = metrics[1]["tasks"].get(task, {"rows": 0})
        if not (figures["rows"] and other["rows"]):
            continue
        ours, theirs = (
            read_answers(workdir / ANSWERS_FILE, task, "flows" in figures)
            for workdir in (first, second)
        )
        same_classes = list(figures.get("classes", ())) == list(
            other.get("classes", ())
        )
        for counted, (truth, answers) in reversed(ours.items()):
            if not (same_classes and _is_same(truth, theirs[counted][0])):
                return [], "no test of who wins: the labels are not the same"
            found.append(
                {
                    "task": task,
                    "counted": counted,
                    "hint": _hint(counted, figures),
                    **mcnemar(truth, answers, theirs[counted][1]),
                }
            )
    return found, "" if found else "no test of who wins: no task in common"


def _is_same(one, other):
    return len(one) == len(other) and bool((one == other).all())


def _why_not(workdirs, metrics):
    parts = [
        (own.get("part"), own.get("digests", {}).get(own.get("part")))
        for own in metrics
    ]
    if parts[0] != parts[1]:
        return (
            "no test of who wins: the two runs were evaluated on different rows"
        )
    for workdir in workdirs:
        if not (workdir / ANSWERS_FILE).exists():
            return (
                f"no test of who wins: the answers of {printable(workdir)} are "
                f"missing; run `mtc evaluate --workdir={printable(workdir)}`"
            )
    if importlib.util.find_spec("scipy") is None:
        return "no test of who wins: it needs scipy, which is not installed"
    return ""


def _hint(counted, figures):
    """Why p is smaller than it should be."""
    if counted == "rows" and "flows" in figures:
        return "rows of one flow are not independent"
    if figures.get("interval_over") == "group":
        return "flows of one group are not independent"
    return ""


def sentence(found, first, second):
    """Says who wins.

    Args:
        found: dict, of `compare_answers`.
        first, second: str. What the models are called.

    Returns:
        str.
    """
    total = sum(found[key] for key in ("both", "first", "second", "neither"))
    by_vote = " by their vote" if found["counted"] == "flows" else ""
    if found["p"] >= _LEVEL:
        verdict = f"these {found['counted']} cannot tell who is better"
    elif found["counted"] == "rows" and found["hint"]:
        verdict = "look at the flows"
    else:
        is_first = found["first"] > found["second"]
        verdict = f"{first if is_first else second} wins"
    is_small = found["p"] < _LEVEL and found["hint"]
    hint = f", too small since {found['hint']}" if is_small else ""
    return (
        f"{found['task']}, {total} {found['counted']}{by_vote}: only {first} "
        f"gets {found['first']} right, only {second} {found['second']}; "
        f"p = {found['p']:.2g}{hint}: {verdict}"
    )
