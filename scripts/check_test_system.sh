#!/bin/sh
# Makes sure that the tests find a browser and its driver; installs them where that is allowed.
# Usage: check_test_system.sh
set -eu
packages="chromium chromium-driver fonts-dejavu-core"

works() {
    { command -v chromium || command -v google-chrome; } >/dev/null && command -v chromedriver >/dev/null
}

if works; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # shellcheck disable=SC2086 # several packages
    apt-get install -y -qq --no-install-recommends $packages
    if works; then
        exit 0
    fi
fi
echo "The tests of Swagger UI need a browser. On Debian: sudo apt-get install $packages" >&2
exit 1
