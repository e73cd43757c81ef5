"""One stable 64-bit hash for flow ids, splits and draws."""

import hashlib

import numpy as np

_GOLDEN_RATIO = np.uint64(0x9E3779B97F4A7C15)
_FIRST_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_FACTOR = np.uint64(0x94D049BB133111EB)


def hash64(values, seed=0):
    """Hashes each 64-bit value with a seed.

    The result depends on nothing but value and seed: it is the same on every
    machine, in every process, and for every way of cutting an array up. Both
    are mixed by the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA
    2014), which changes about half of the output bits with each input bit.
    For a fixed seed it is a permutation: no two values share a hash.

    Args:
        values: array of integers. Negative ones count as their two's
            complement.
        seed: int below 2**64, or an array of integers of the same shape.
            Hashing one column with the hash of another as seed joins them.

    Returns:
        uint64 array of the shape of `values`.
    """
    values = np.asarray(values).astype(np.uint64, copy=False)
    seed = np.asarray(seed).astype(np.uint64, copy=False)
    # Sums and products are meant to overflow. Arrays do so in silence; about
    # a single number NumPy would warn.
    with np.errstate(over="ignore"):
        return _mix(values ^ _mix(seed + _GOLDEN_RATIO))


def hash_text(text):
    """Hashes a text to 64 bits; `hash(str)` differs between processes.

    Args:
        text: str. Also what Python makes of file names that are not UTF-8.

    Returns:
        int, 0 <= hash < 2**64.
    """
    content = text.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _mix(bits):
    bits = bits ^ (bits >> np.uint64(30))
    # In place: half of the time goes into fresh memory otherwise.
    bits *= _FIRST_FACTOR
    bits ^= bits >> np.uint64(27)
    bits *= _SECOND_FACTOR
    bits ^= bits >> np.uint64(31)
    return bits
