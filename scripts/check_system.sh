#!/bin/sh
# Makes sure that OpenCV finds the system libraries it is linked with; installs them where that is allowed.
# Usage: check_system.sh PYTHON
set -eu
python=$1
packages="libgl1 libglib2.0-0"

works() {
    "$python" -c 'import cv2' 2>/dev/null
}

if works; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086 # two packages
    apt-get install -y -qq --no-install-recommends $packages
    if works; then
        exit 0
    fi
fi
echo "OpenCV cannot be loaded:" >&2
"$python" -c 'import cv2' 2>&1 | tail -1 >&2
echo "It usually lacks two system libraries. On Debian and Ubuntu: sudo apt-get install $packages" >&2
exit 1
