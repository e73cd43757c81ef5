#!/bin/sh
# Installs what tests of interfaces and of Wireshark's comments call, if it is
# missing; they are skipped without.
set -eu
if command -v ip tcpreplay tshark >/dev/null; then
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "tests: error: tcpreplay or tshark is missing, and only root can" \
        "install them" >&2
    exit 1
fi
apt-get update --quiet=2
DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
    --no-install-recommends iproute2 tcpreplay tshark
