"""Functions that are called by the workers of a cluster, with Apache Beam."""

import contextlib
import time

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from mtc_tf.data.beam_call import BEAT
from mtc_tf.data.beam_call import answer_beating
from mtc_tf.data.file_calls import RESULT
from mtc_tf.data.file_calls import file_calls
from mtc_tf.data.file_calls import read_answer
from mtc_tf.data.file_calls import result_of
from mtc_tf.errors import InputError

# A worker that has begun a call is lost when it has not said for so long that
# it is still there.
_LOST_SECONDS = 300
# Pipelines that are run for the calls that workers were lost with.
_MOST_TRIES = 3
_MOST_PAUSE_SECONDS = 5


class BeamPool:
    """The workers of a Beam runner, in the place of `WorkerPool`.

    A pipeline is run for each `call_all`; what goes through it are the names
    of files in a folder that all machines see. A runner that does its work
    again where a worker is lost is left to it; some (that of
    `local_job_service_main` among them) wait for the lost one for ever, so that
    after a while another pipeline is run for what is missing.

    Args:
        folder: `epath.Path` of an existing folder, with its whole path.
        options: `PipelineOptions`; None for none.
        runner: str or Beam's runner; None for what the options say.
    """

    def __init__(self, folder, options, runner):
        self._folder = folder
        self._options = PipelineOptions([]) if options is None else options
        self._runner = runner

    def call_all(self, function, arguments):
        """Calls a function with each of some arguments.

        Args:
            function: function of a module that workers can import. It may be
                called several times with the same arguments.
            arguments: list of tuples.

        Yields:
            what the function returns, in the order of the arguments.

        Raises:
            InputError: what the function raises, and if the pipeline fails.
        """
        with file_calls(self._folder, function, arguments) as calls:
            if calls:
                self._answer_all(calls[0].parent, calls)
            yield from map(read_answer, calls)

    def _answer_all(self, folder, calls):
        for _ in range(_MOST_TRIES):
            missing = _without_result(folder, calls)
            if not missing:
                return
            try:
                self._run(folder, missing)
            # Each runner has its own ways to fail.
            except Exception as error:
                raise InputError(
                    f"the Beam pipeline failed: {_last_line(error)}"
                ) from error
        if missing := _without_result(folder, calls):
            raise InputError(
                f"{len(missing)} of {len(calls)} tasks of the Beam pipeline "
                f"were not done, {_MOST_TRIES} times: workers were lost, or do "
                f"not see {folder}"
            )

    def _run(self, folder, calls):
        """Runs a pipeline until it has ended, or a worker is lost."""
        pipeline = beam.Pipeline(runner=self._runner, options=self._options)
        names = pipeline | beam.Create(list(map(str, calls)))
        # Without it they would all be done by one worker.
        _ = names | beam.Reshuffle() | beam.Map(answer_beating)
        job = pipeline.run()
        try:
            is_done = _wait(job, folder)
        except BaseException:
            job.cancel()
            raise
        if is_done:
            # Tells of what failed, too.
            job.wait_until_finish()
        else:
            job.cancel()


def _wait(job, folder):
    """Waits for a job; whether it has ended, rather than lost a worker."""
    pause = 0.1
    last, changed = {}, {}
    while not PipelineState.is_terminal(job.state):
        time.sleep(pause)
        pause = min(1.5 * pause, _MOST_PAUSE_SECONDS)
        beats = _beats(folder)
        now = time.monotonic()
        for number, beat in beats.items():
            if last.get(number) != beat:
                changed[number] = now
        if any(now - changed[number] > _LOST_SECONDS for number in beats):
            return False
        last = beats
    return True


def _beats(folder):
    """What was said last of each call that is begun and not done."""
    paths = list(folder.iterdir())
    done = {path.stem for path in paths if path.suffix == RESULT}
    beats = {}
    for path in sorted(path for path in paths if path.suffix == BEAT):
        number, *_ = path.name.partition(".")
        # It goes as soon as the call is done.
        with contextlib.suppress(FileNotFoundError):
            if number not in done:
                beats.setdefault(number, []).append(path.read_text())
    return beats


def _without_result(folder, calls):
    paths = set(folder.iterdir())
    return [call for call in calls if result_of(call) not in paths]


def _last_line(error):
    """What is wrong; a runner gives the tracebacks of its workers as text."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1]
