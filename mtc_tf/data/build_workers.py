"""Who reads captures and writes datasets: this machine, or a cluster."""

import contextlib
import os
import pathlib
import tempfile

from mtc_tf.data.unfinished_folder import unfinished_folder
from mtc_tf.data.whole_path import whole_path
from mtc_tf.data.worker_pool import WorkerPool
from mtc_tf.data.worker_pool import jobs_of_environment


@contextlib.contextmanager
def build_workers(folder, jobs, download_config):
    """Gives those who do the work of a build, and a folder to do it in.

    Args:
        folder: `epath.Path` of that folder. What an earlier build left in it
            is there, as of `unfinished_folder`.
        jobs: int or None. As of `CaptureBuilder`.
        download_config: `tfds.download.DownloadConfig`. With options of Beam,
            or a runner, the work is done by a cluster.

    Yields:
        tuple `(folder, workers)`: its whole path, or another's where `folder`
        is in a bucket and the work is done by this machine; and a `WorkerPool`
        or a `BeamPool`.

    Raises:
        InputError: if the environment asks for a number of processes that is
            none, or another build is at work in the folder.
    """
    options = download_config.beam_options
    runner = download_config.beam_runner
    folder = whole_path(folder)
    if options is None and runner is None:
        jobs = jobs_of_environment() if jobs is None else jobs
        with (
            _local_folder(folder) as folder,
            WorkerPool(jobs, folder) as workers,
        ):
            yield folder, workers
        return
    # It takes seconds to import.
    from mtc_tf.data.beam_pool import BeamPool

    with unfinished_folder(folder):
        yield folder, BeamPool(folder, options, runner)


@contextlib.contextmanager
def _local_folder(folder):
    if os.path.isdir(folder.parent):
        folder = pathlib.Path(folder)
        with unfinished_folder(folder):
            yield folder
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield pathlib.Path(folder)
