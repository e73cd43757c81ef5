import platform
import subprocess
import sys

import pytest

# In a process of its own: the setting is one of the whole process.
_SCRIPT = """
import ctypes, resource, threading
from mtc_tf.commands import memory

size = 64 * 2**20
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]

def use_and_free():
    block = libc.malloc(ctypes.c_size_t(size))
    ctypes.memset(block, 1, size)
    libc.free(block)

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

if {keep}:
    assert memory.keep_freed_memory()
use_and_free()
before = faults()
thread = threading.Thread(target=use_and_free)
thread.start()
thread.join()
print(faults() - before)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc has these settings"
)
@pytest.mark.parametrize("keep", [True, False])
def test_a_block_used_again_needs_no_fresh_pages(keep):
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(keep=keep)],
        capture_output=True,
        check=True,
        text=True,
    )
    # 64 MiB are 16,384 pages of 4 KiB.
    assert (int(result.stdout) < 1000) == keep
