#!/bin/sh
# Installs the Debian packages of packages.txt, if one is missing; none of
# their servers is started.
set -eu
packages=$(sed '/^#/d; s/ .*//' "$(dirname "$0")/packages.txt")
# shellcheck disable=SC2086 # one word a package
dpkg-query -W $packages >/dev/null 2>&1 && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "lab: error: packages are missing, and only root can install them" >&2
    exit 1
fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
apt-get update --quiet=2
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes \
    --no-install-recommends $packages
