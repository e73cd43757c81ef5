"""What `mtc train` says in the end."""

from mtc_tf.printable import printable


def summary(workdir, protocol, history):
    """Says how far a run came, and what to do with it.

    Args:
        workdir: `pathlib.Path` of the run directory.
        protocol: `mtc_tf.training.protocol.Protocol`.
        history: list of dicts, the figures of each epoch.

    Returns:
        str of three lines.
    """
    best = protocol.best_epoch(history)
    figure = "validation loss" if protocol.monitor == "loss" else "fw16"
    return (
        f"{len(history)} epochs done; best is epoch {best + 1} "
        f"with {figure} {history[best][f'val_{protocol.monitor}']:.4f}\n"
        f"run directory: {printable(workdir)}\n"
        f"next: mtc evaluate --workdir={printable(workdir)}"
    )
