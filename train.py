"""`mtc train`, for a checkout: `python train.py --help` says more."""

import sys

from mtc_tf.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
