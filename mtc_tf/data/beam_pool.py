"""Functions that are called by the workers of a cluster, with Apache Beam."""

import contextlib
import itertools
import time

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import PipelineState

from mtc_tf.data.beam_call import BEAT
from mtc_tf.data.beam_call import FAILED
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

    A pipeline is run for each `call_all`, in which a step is a side input of
    the next; what goes through it are the names of files in a folder that all
    machines see. A runner that does its work again where a worker is lost is
    left to it; some (that of `local_job_service_main` among them) wait for the
    lost one for ever, or fail, so that another pipeline is run for what is
    missing.

    Args:
        folder: `epath.Path` of an existing folder, with its whole path.
        options: `PipelineOptions`; None for none.
        runner: str or Beam's runner; None for what the options say.
    """

    def __init__(self, folder, options, runner):
        self._folder = folder
        self._options = PipelineOptions([]) if options is None else options
        self._runner = runner

    def call_all(self, *steps):
        """Does steps of work, one after the other.

        Args:
            *steps: `Step`. Workers must be able to import its functions.

        Yields:
            what the function of the last step returns, in the order of its
            arguments.

        Raises:
            InputError: what a function raises, and if the pipeline fails.
        """
        with file_calls(self._folder, steps) as calls:
            if any(calls):
                self._answer_all([step.name for step in steps], calls)
            yield from map(read_answer, calls[-1])

    def _answer_all(self, names, calls):
        folder = next(itertools.chain.from_iterable(calls)).parent
        failed = None
        for _ in range(_MOST_TRIES):
            missing = _without_result(folder, calls)
            if not any(missing):
                return
            _forget(folder)
            try:
                self._run(folder, names, missing)
            # Each runner has its own ways to fail.
            except Exception as error:
                failed = error
                if not _has_lost_a_worker(folder):
                    break
        missing = sum(map(len, _without_result(folder, calls)))
        if missing and failed:
            raise InputError(
                f"the Beam pipeline failed: {_last_line(failed)}"
            ) from failed
        if missing:
            raise InputError(
                f"{missing} of {sum(map(len, calls))} tasks of the Beam "
                f"pipeline were not done, {_MOST_TRIES} times: workers were "
                f"lost, or do not see {self._folder}"
            )

    def _run(self, folder, names, calls):
        """Runs a pipeline until it has ended, or a worker is lost."""
        pipeline = beam.Pipeline(runner=self._runner, options=self._options)
        before = ()
        for name, own in zip(names, calls, strict=True):
            begun = pipeline | f"{name}: calls" >> beam.Create(
                list(map(str, own))
            )
            # Without it they would all be done by one worker.
            begun |= f"{name}: workers" >> beam.Reshuffle()
            done = begun | name >> beam.Map(answer_beating, *before)
            # Who is given it waits until all of it is there.
            before = (beam.pvalue.AsIter(done),)
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


def _has_lost_a_worker(folder):
    """Whether a worker has gone in the middle of a call, of an ended job."""
    return bool(_beats(folder)) and not any(folder.glob(f"*{FAILED}"))


def _forget(folder):
    """Removes what lost workers have said."""
    for kind in (BEAT, FAILED):
        for path in folder.glob(f"*{kind}"):
            path.unlink(missing_ok=True)


def _without_result(folder, calls):
    """Of each step the calls that are not done."""
    paths = set(folder.iterdir())
    return [
        [call for call in own if result_of(call) not in paths] for own in calls
    ]


def _last_line(error):
    """What is wrong; a runner gives the tracebacks of its workers as text."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1]
