"""What an export weighs, and how far it is from its model."""


def artefact_facts(output, parity):
    """Looks at what an export wrote.

    Args:
        output: `pathlib.Path` of the export.
        parity: dict, what `mtc_tf.export.artifacts.export_run` returns.

    Returns:
        dict that `json` can write, from the name of an artefact to `bytes`,
        those of all its files, and `largest_difference`, the largest one over
        its outputs.
    """
    return {
        name: {
            "bytes": _bytes(output / name),
            "largest_difference": max(differences.values()),
        }
        for name, differences in parity.items()
    }


def _bytes(path):
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
