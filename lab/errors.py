"""What can go wrong in the lab."""


class LabError(Exception):
    """A session could not be played; the message says why."""
