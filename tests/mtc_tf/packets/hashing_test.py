import os
import warnings

import numpy as np

from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text


def test_equals_splitmix64():
    # The first outputs of the reference implementation with seed 0: its
    # state is a multiple of the golden ratio, ours is mixed from the value.
    def finalize(bits):
        mask = 2**64 - 1
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & mask
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & mask
        return bits ^ (bits >> 31)

    assert finalize(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF
    values = [0, 1, 2**64 - 1]
    expected = [finalize(value ^ 0xE220A8397B1DCDAF) for value in values]
    assert hash64(np.array(values, np.uint64)).tolist() == expected


def test_values_are_pinned():
    # Splits of prepared datasets rest on them: they may never change.
    assert hash64(np.arange(3), seed=7).tolist() == [
        0x74B5ABCC66B8BDC1,
        0x0524257C04FCF117,
        0xB59370BEE35080EE,
    ]
    assert hash_text("") == 0xE4A6A0577479B2B4
    assert hash_text("vpn_skype") == 0xFEA55C40921F152B
    assert hash_text("café") == 0x5777A2BD3192D7E3


def test_text_that_no_encoding_holds():
    names = [os.fsdecode(b"caf\xe9"), os.fsdecode(b"caf\xe8"), "caf\ud800"]
    assert len(set(map(hash_text, names))) == 3


def test_seed_changes_the_hash():
    values = np.arange(1000)
    assert not (hash64(values, 1) == hash64(values, 2)).any()


def test_no_two_values_share_a_hash():
    assert len(np.unique(hash64(np.arange(100_000)))) == 100_000


def test_array_as_seed_joins_columns():
    seeds = hash64(np.arange(4))
    joined = hash64(np.arange(4), seed=seeds)
    single = [
        hash64(np.array(value), int(seed)) for value, seed in enumerate(seeds)
    ]
    assert joined.tolist() == single


def test_negative_values_and_scalars_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hash64(-1) == hash64(np.array([2**64 - 1], np.uint64))[0]
        hash64(5, seed=2**64 - 1)
