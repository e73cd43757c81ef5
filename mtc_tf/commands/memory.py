"""Keeps freed memory in the process, for a model on a CPU."""

import ctypes

# Parameters of glibc's `mallopt`, from malloc.h.
_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8

_NEVER = -1
_TOP_PAD_BYTES = 512 * 2**20


def keep_freed_memory():
    """Tells malloc to give no memory back to the system.

    A step of training or prediction allocates and frees gigabytes. glibc
    returns large blocks at once, and the next step gets fresh pages, each of
    which the system has to find and to zero. One arena, since only the first
    one can grow without a limit: the others, which threads get, would map
    large blocks anew.

    To be called before TensorFlow is imported, since it starts threads. The
    process keeps the size of its largest moment. Without glibc nothing
    happens.

    Returns:
        bool. Whether malloc took all settings.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    settings = (
        (_M_ARENA_MAX, 1),
        (_M_MMAP_MAX, 0),
        (_M_TRIM_THRESHOLD, _NEVER),
        (_M_TOP_PAD, _TOP_PAD_BYTES),
    )
    return all([mallopt(*setting) == 1 for setting in settings])
