"""What an export weighs, how far it is from its model, and how fast."""


def artefact_facts(output, report):
    """Looks at what an export wrote.

    Args:
        output: `pathlib.Path` of the export.
        report: `mtc_tf.export.artifacts.ExportReport`.

    Returns:
        dict that `json` can write, from the name of an artefact to `bytes`,
        those of all its files, and `largest_difference`, the largest one over
        its outputs; of a TFLite file also the figures in the report.
    """
    return {
        name: {
            **report.tflite.get(name, {}),
            "bytes": _bytes(output / name),
            "largest_difference": max(differences.values()),
        }
        for name, differences in report.parity.items()
    }


def _bytes(path):
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
