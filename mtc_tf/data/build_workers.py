"""Who reads captures and writes datasets: this machine, or a cluster."""

import contextlib
import os
import pathlib
import tempfile
import uuid

from etils import epath

from mtc_tf.data.whole_path import whole_path
from mtc_tf.data.worker_pool import WorkerPool
from mtc_tf.data.worker_pool import jobs_of_environment


@contextlib.contextmanager
def build_workers(data_dir, jobs, download_config):
    """Gives those who do the work of a build, and a folder to do it in.

    Args:
        data_dir: str. The folder that the dataset is written to.
        jobs: int or None. As of `CaptureBuilder`.
        download_config: `tfds.download.DownloadConfig`. With options of Beam,
            or a runner, the work is done by a cluster.

    Yields:
        tuple `(folder, workers)`: a path, empty and seen by all workers, which
        goes with the `with` statement; and a `WorkerPool` or a `BeamPool`.

    Raises:
        InputError: if the environment asks for a number of processes that is
            none.
    """
    options = download_config.beam_options
    runner = download_config.beam_runner
    if options is None and runner is None:
        jobs = jobs_of_environment() if jobs is None else jobs
        # Where the dataset is being written, if that is on this machine.
        is_local = os.path.isdir(data_dir)
        with (
            tempfile.TemporaryDirectory(
                prefix="rows", dir=data_dir if is_local else None
            ) as folder,
            WorkerPool(jobs) as workers,
        ):
            yield pathlib.Path(folder), workers
        return
    # It takes seconds to import.
    from mtc_tf.data.beam_pool import BeamPool

    folder = whole_path(epath.Path(data_dir)) / f"rows{uuid.uuid4().hex}"
    calls = folder / "calls"
    calls.mkdir(parents=True)
    try:
        yield folder, BeamPool(calls, options, runner)
    finally:
        # A worker that was given up may still be writing there.
        with contextlib.suppress(OSError):
            folder.rmtree()
