"""`mtc export` by its old name: python -m export --workdir=RUN --output=OUT."""

import sys

from mtc_tf.cli import main

if __name__ == "__main__":
    sys.exit(main(["export", *sys.argv[1:]]))
