import pickle
import subprocess
import sys

import numpy as np
import pytest
from small_captures import write_small_capture

from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture


@pytest.fixture
def batch(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2, packets=3)
    [batch] = preprocess_capture(path)
    # As long as a row, ending in zeros of its own, and nothing but zeros.
    batch.packets[1], batch.row_lengths[1] = 7, 1500
    batch.packets[2, 30:] = 0
    batch.packets[3] = 0
    path.unlink()
    return batch


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4, 5], [5], [1, 3], []])
def test_packets_come_back_as_they_were(rows, batch, tmp_path):
    with PacketSpool(tmp_path / "spool") as spool:
        blocks = [spool.add(batch)[0], spool.add(batch)[0]]
    # As another process has it.
    spool = pickle.loads(pickle.dumps(spool))
    for block in reversed(blocks):
        stored = spool.read(block, np.array(rows, np.int64))
        for name in ("packets", "timestamps", "lengths", "from_upper"):
            expected = getattr(batch, name)[rows]
            received = getattr(stored, name)
            assert received.dtype == expected.dtype
            np.testing.assert_array_equal(received, expected)


def test_zeros_that_fill_up_a_row_take_no_room(batch, tmp_path):
    with PacketSpool(tmp_path / "spool") as spool:
        block, sizes = spool.add(batch)
    # 20 IP, 20 UDP brought to 20 bytes, 12 payload; and those changed above.
    assert sizes.tolist() == [52, 1500, 28, 0, 52, 52]
    assert block.nbytes == (tmp_path / "spool").stat().st_size
    assert block.nbytes == 6 * 15 + sizes.sum()
    own = spool.read(block, np.arange(6)).own_bytes
    assert list(map(len, own)) == sizes.tolist()
    assert own[0] == batch.packets[0, :52].tobytes()


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="none: no room .*: No such file"):
        PacketSpool(tmp_path / "none/spool").__enter__()


# The limit on the size of a file stands for a full disk: the write that
# reaches it takes a part, the next fails.
LIMITED = """
import pathlib, resource, signal, sys
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
[batch] = preprocess_capture(sys.argv[1])
try:
    with PacketSpool(pathlib.Path(sys.argv[2], 'spool')) as spool:
        for _ in range(99):
            spool.add(batch)
except InputError as error:
    print(error)
"""


def test_full_disk(tmp_path):
    write_small_capture(tmp_path / "call.pcap", flows=2, packets=3)
    folder = tmp_path / "spool"
    folder.mkdir()
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "call.pcap", folder],
        capture_output=True,
        text=True,
    )
    assert result.stdout == (
        f"{folder}: no room for the packets to wait in: File too large\n"
    )
    assert result.stderr == ""
