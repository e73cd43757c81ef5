"""What several evaluated runs are called beside each other."""


def run_labels(workdirs, results):
    """Names each run, with its folder where others have the same name.

    Args:
        workdirs: list of `pathlib.Path`.
        results: list of dicts, what of their `metrics.json` says `model` and
            `dataset`.

    Returns:
        list of str, as of the files: not `printable`.
    """
    labels = [
        "{model}, {dataset[name]}/{dataset[config]}".format(**result)
        for result in results
    ]
    if len(set(labels)) < len(labels):
        labels = [
            f"{label}, {workdir}"
            for label, workdir in zip(labels, workdirs, strict=True)
        ]
    return labels
