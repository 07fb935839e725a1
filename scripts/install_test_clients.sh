#!/bin/sh
# Installs what only the tests need: releases of Azure's clients, each in a folder of its own, and programs from npm.
# Usage: install_test_clients.sh VENV
set -eu
venv=$1
pypi_releases="0.3.0 0.5.0 0.6.0 0.7.0 0.9.1"

node -e 'process.exit(parseInt(process.versions.node, 10) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || {
    echo "The tests run Azure's clients for Node.js, too: install Node.js 20 or newer, with npm. Using Readfleet needs neither." >&2
    exit 1
}

# As the lock beside package.json has it, to the last byte; nothing that is installed runs a script of its own.
install_from_npm() { # FOLDER_WITH_LOCK TARGET
    mkdir -p "$2"
    cp "$1/package.json" "$1/package-lock.json" "$2"
    npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
}

for release in $pypi_releases; do
    "$venv/bin/python" -m pip install --quiet --no-deps --upgrade --target "$venv/azure-clients/pypi-$release" \
        "azure-cognitiveservices-vision-computervision==$release"
done
for folder in tests/acceptance/clients/npm-*; do
    install_from_npm "$folder" "$venv/azure-clients/$(basename "$folder")"
done
if [ -f tests/tools/package-lock.json ]; then
    install_from_npm tests/tools "$venv/tools"
fi
