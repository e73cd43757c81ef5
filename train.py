"""`mtc train`, for a checkout: `python train.py --help` says more."""

import sys

from mtc_tf.commands import train

if __name__ == "__main__":
    sys.exit(train.run(["train.py", *sys.argv[1:]]))
