"""What a page could also show, and the commands that find it."""

from mtc_tf.evaluation.page.parts import Section

_COMMANDS = {
    "audit": ("audit", "what the dataset gives away by itself"),
    "ablation": ("ablate", "what the model loses without parts of its input"),
    "explanation": ("explain", "which bytes decide"),
    "artefacts": ("export", "artefacts, with their sizes and differences"),
}


def not_found_out(runs):
    """Names the commands that were not run.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None if nothing is missing.
    """
    sentences = []
    for name, (command, what) in _COMMANDS.items():
        lacking = [
            run.label
            for run in runs
            if not _is_found(run, name, runs) and _can_be_found(run, name)
        ]
        if lacking:
            of = "" if len(runs) == 1 else f", of {' and '.join(lacking)}"
            output = " --output=OUT" if command == "export" else ""
            sentences.append(
                f"`mtc {command} --workdir=RUN{output}` adds {what}{of}."
            )
    return Section("What is not here yet", sentences) if sentences else None


def _is_found(run, name, runs):
    """Whether it is on the page: an audit is of all runs of its dataset."""
    others = [run]
    if name == "audit":
        digests = run.metrics["digests"]
        others = [one for one in runs if one.metrics["digests"] == digests]
    return any(getattr(one, name) for one in others)


def _can_be_found(run, name):
    """Whether there is such a thing of what the run's model looks at."""
    is_of_records = bool(run.info.get("features"))
    is_of_flows = bool(run.info.get("packets_per_flow"))
    return {
        "ablation": not is_of_records,
        "explanation": not (is_of_records or is_of_flows),
    }.get(name, True)
