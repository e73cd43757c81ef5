"""How long a server is asked again."""

import random
import time

from mtc_tf.inference.remote.remote_error import RemoteError

# For one question, from its first try to its answer.
DEADLINE_SECONDS = 60
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0


class Patience:
    """Asks again while a server restarts or has too much to do.

    A model changes nothing when it answers, so that a question may be asked
    twice. A server that has never answered is asked once only: its address may
    be wrong, and whoever gave it should hear so at once.
    """

    def __init__(self):
        self._has_answered = False

    def ask(self, question):
        """Asks until there is an answer or the deadline is over.

        Args:
            question: callable. The seconds that are left -> the answer. Raises
                `RemoteError`.

        Returns:
            the answer.

        Raises:
            RemoteError: of the last try.
        """
        end = time.monotonic() + DEADLINE_SECONDS
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = question(end - time.monotonic())
            except RemoteError as error:
                is_late = time.monotonic() + pause > end
                if not (self._has_answered and error.may_pass) or is_late:
                    raise
                # Clients that lost their server together come back one by one.
                time.sleep(pause * random.uniform(0.5, 1))
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._has_answered = True
                return answer
