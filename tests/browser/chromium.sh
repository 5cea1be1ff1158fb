#!/bin/sh
# Gets Chromium and its driver where that can be done: on Debian and its kin, as root.
set -eu
command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The report is not tested: that needs Chromium and its driver. On Debian: apt-get install chromium chromium-driver, as root." >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
