"""What comes with the package: flagfiles, builders of datasets, a model."""

import importlib.resources


def shipped(name=""):
    """Finds a folder that comes with the package.

    In a wheel such folders lie inside the package, in a checkout beside it.

    Args:
        name: str. `configs` or `datasets`; empty for the folder that holds
            both.

    Returns:
        `pathlib.Path`.
    """
    package = importlib.resources.files("mtc_tf")
    inside = package / "configs"
    root = package if inside.is_dir() else package.parent
    return root / name


def shipped_model():
    """Finds the folder of the model that comes with the package.

    Returns:
        `pathlib.Path`, of `model.keras` and the `mtc.json` that describes it.
        It does not exist where the package comes without.
    """
    return importlib.resources.files("mtc_tf") / "shipped_model"


def or_shipped(path):
    """Looks a path up in the package where it leads nowhere.

    Args:
        path: `pathlib.Path`, such as `configs/bench/iscx_flow.csv`.

    Returns:
        `pathlib.Path`: the one in the package if only that exists, else
        `path`.
    """
    inside = shipped() / path
    return inside if inside.exists() and not path.exists() else path
