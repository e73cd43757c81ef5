"""The card of the model that the package ships, as Markdown."""

from mtc_tf.evaluation.comparison_text import figure_text
from mtc_tf.evaluation.other_captures import REJECT_RATES
from mtc_tf.inference.rejection import SHIPPED_RATE
from mtc_tf.runs.confidence import FLOW
from mtc_tf.runs.confidence import threshold

# Flags that say where on a machine the files were.
_PLACES = ("--data_dir=", "--workdir=")
_HEAD = """\
# The model of the package

It says of flows which application they are of and what type of traffic, through
a VPN or not, of what [the traffic lab](../../lab/README.md) plays. `mtc
classify` runs `model.tflite` where no model is named, and `mtc train
--init=lab` begins with `model.keras`; both have the same weights, rounded to
float16. `make shipped-model` makes this folder.
"""
_LIMITS = """\
## What it is not for

The lab has one operating system, the programs that Debian and PyPI have, and
paths within one machine. [What that is worth](../../docs/shipped_model.md) on
programs, tunnels and paths that training has not seen, and on captures of
others, was measured: enough to look at a capture, too little to block, bill or
blame anyone. What looks like traffic of the lab that is none of its
applications is answered `Other`, what looks like nothing that it knows
`unknown`; other traffic may still be answered wrongly. For a network of your
own train on captures of your own.
"""


def model_card(run, rounding):
    """Writes the card.

    Args:
        run: `mtc_tf.evaluation.page.evaluated_run.EvaluatedRun`, with a
            `Confidence`.
        rounding: dict from task name to float, by how much the rounded weights
            move a probability at most.

    Returns:
        str.
    """
    parts = [_HEAD, _data(run), _scores(run), _unknown(run)]
    if run.other_captures:
        parts.append(_others(run))
    largest = max(rounding.values())
    parts.append(
        "The weights in float16 move a probability by "
        f"{largest:.0e} at most, on 64 windows of the validation part.\n"
    )
    return "\n".join([*parts, _LIMITS, _making(run)])


def _data(run):
    metrics = run.metrics
    classes = {
        task: ", ".join(figures["classes"])
        for task, figures in metrics["tasks"].items()
    }
    captures = run.info["report"]["captures"]
    lines = [
        "## Data",
        "",
        f"{len(captures)} sessions of the traffic lab, "
        f"{sum(capture['kept'] for capture in captures):,} packets with a "
        f"payload, divided by {metrics['split']} with the split seed "
        f"{metrics['split_seed']}; recipe `{metrics['recipe']}`, and set to "
        f"zero: {', '.join(metrics.get('masks', ())) or 'nothing'}.",
        "",
        *(f"- {task}: {names}" for task, names in classes.items()),
        "",
        *(
            f"- rows for {part}: sha256 {digest}"
            for part, digest in metrics["digests"].items()
        ),
        "",
    ]
    return "\n".join(lines)


def _scores(run):
    lines = [
        "## Scores on sessions that training has not seen",
        "",
        "Macro F1 where a flow counts as 16 windows at most, with 95 % "
        "intervals over sessions:",
        "",
        "| task | flows | this model | best shallow model | difference |",
        "| --- | ---: | --- | --- | --- |",
    ]
    for task, figures in run.metrics["tasks"].items():
        cells = [task, str(figures["flows"])]
        cells.append(figure_text(**figures["figures"]["fw16"]))
        best = figures.get("best_baseline")
        if best:
            other = figures["baselines"][best]["fw16"]
            difference = figures["against_best_baseline"]["fw16"]
            cells += [
                f"{best}: {figure_text(**other)}",
                figure_text(*difference.values()),
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _unknown(run):
    quantiles = run.confidence.quantiles[FLOW]
    bounds = ", ".join(
        f"{threshold(quantiles, rate):.3f} for {rate:.0%}"
        for rate in REJECT_RATES
    )
    return (
        "## Unknown traffic\n\n"
        f"A flow is `unknown` where its score ({run.confidence.score}) is "
        "above that of all but a share of the flows of the validation part: "
        f"{bounds}. Without `--reject` the share is {SHIPPED_RATE:.0%}.\n"
    )


def _others(run):
    task, *_ = run.other_captures["tasks"]
    figures = run.other_captures["tasks"][task]
    unknown = sum(figures["unknown_classes"].values())
    known, others = figures["rejected_known"], figures["rejected_unknown"]
    rows = [
        f"| {float(rate):.0%} | {known[rate]} of {figures['flows']} "
        f"| {others[rate]} of {unknown} |"
        for rate in known
    ]
    return "\n".join(
        [
            f"On captures of others, by {task}: macro F1 "
            f"{figure_text(**figures['macro_f1'])} of the {figures['flows']} "
            "flows whose class it has, none of them rejected. Rejected are:",
            "",
            "| share | of known classes | of others |",
            "| ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def _making(run):
    metrics = run.metrics
    flags = [
        line for line in run.flags.splitlines() if not line.startswith(_PLACES)
    ]
    versions = ", ".join(
        f"{name} {of}" for name, of in metrics["versions"].items()
    )
    return "\n".join(
        [
            "## How it was made",
            "",
            f"{metrics['model']}, {metrics['parameters']:,} parameters; "
            f"training seed {metrics['training_seed']}; {versions}.",
            "",
            "```text",
            *flags,
            "```",
            "",
        ]
    )
