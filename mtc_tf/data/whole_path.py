"""Paths that mean the same wherever a process begins."""


def whole_path(path):
    """Makes a path absolute, as workers of a cluster need it.

    Args:
        path: `pathlib.Path` or `epath.Path`.

    Returns:
        path of the same kind.
    """
    # `epath` would take an absolute `gs://bucket` for a relative path.
    return path if path.is_absolute() else path.absolute()
