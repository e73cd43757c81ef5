"""What the fuzzers share: counts and seeds in, the first failure out."""

import argparse
import sys

import tqdm


def run(description, fuzz):
    """Runs a fuzzer from the command line.

    Args:
        description: str. What `--help` says.
        fuzz: function of a count and a seed that yields, batch by batch, how
            many inputs were tried, and raises `AssertionError` with the input
            in hex where one fails.

    Returns:
        int. Exit code: 1 if an input failed.
    """
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    # None: on a terminal only.
    with tqdm.tqdm(total=args.count, disable=None) as progress:
        try:
            for tried in fuzz(args.count, args.seed):
                progress.update(tried)
        except AssertionError as failure:
            progress.write(str(failure), file=sys.stderr)
            return 1
    print(f"{args.count} inputs of seed {args.seed}: none failed")
    return 0
