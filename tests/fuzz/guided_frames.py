"""Frames that a fuzzer finds by what they reach in the code.

    PYTHONPATH=tests python -m fuzz.guided_frames --count=1000000 --seed=1

begins with frames as `fuzz.frames` makes them, and changes those that reach
lines of `mtc_tf/packets/` which none before has reached (libFuzzer, by way of
Atheris). Each goes through the reference, NumPy and the graph; what raises or
differs is printed in hex.
"""

import argparse
import multiprocessing
import pathlib
import random
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["mtc_tf.packets"]):
    from fuzz import frames
    from fuzz import graph_frames

_LINK_TYPES = (0, 1, 9, 12, 50, 51, 101, 104, 108, 113, 138, 228, 229, 276)
_SEEDS = 300
_MOST_BYTES = 2000


def try_bytes(data):
    """Tries a frame behind a byte that tells link type, recipe and masks."""
    if not data:
        return
    place, odd = divmod(data[0], 2)
    link_type = _LINK_TYPES[place % len(_LINK_TYPES)]
    recipe, masks = graph_frames.VARIANTS[odd]
    frame = data[1:]
    frames.check_frames([(frame, link_type, len(frame))], recipe)
    graph_frames.check_frames([frame], [link_type], recipe, masks)


def write_seeds(folder, seed):
    """Writes frames to begin with, a file each."""
    records = next(frames.drawn_records(random.Random(seed), _SEEDS))
    for number, (frame, link_type, _) in enumerate(records):
        if link_type in _LINK_TYPES:
            place = 2 * _LINK_TYPES.index(link_type) + number % 2
            content = bytes([place]) + frame
            (folder / str(number)).write_bytes(content[:_MOST_BYTES])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(pathlib.Path(folder), args.seed)
        options = [f"-runs={args.count}", f"-seed={args.seed}"]
        options += [f"-max_len={_MOST_BYTES}", "-print_final_stats=1"]
        # What fails is printed; no file of it is left behind.
        options += [f"-artifact_prefix={folder}/", folder]
        # libFuzzer ends the process that it runs in.
        child = multiprocessing.Process(target=_fuzz, args=(options,))
        child.start()
        child.join()
    return child.exitcode


def _fuzz(options):
    atheris.Setup(sys.argv[:1] + options, try_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
