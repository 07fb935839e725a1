#!/bin/sh
# Builds the three container images with docker, podman or buildah: the first that works, or IMAGE_TOOL.
# Usage: build_images.sh [OPTION...], which are options of its `build`
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^__version__.* = "\(.*\)"$/\1/p' read_operations/version.py)
revision=$(git rev-parse HEAD 2>/dev/null) || revision=

tool=${IMAGE_TOOL-}
if [ -z "$tool" ]; then
    for each in docker podman buildah; do
        if "$each" info >/dev/null 2>&1; then
            tool=$each
            break
        fi
    done
fi
case $tool in
    '')
        echo "Images are built with docker, podman or buildah, and none of them works here." >&2
        exit 1
        ;;
    *docker)
        format=
        # Before version 23 it was not the default, and another builder knows no mounts.
        export DOCKER_BUILDKIT=1
        ;;
    # The other format has no health checks.
    *) format="--format docker" ;;
esac
# By default buildah keeps nothing from one image that the next could use.
export BUILDAH_LAYERS=true

build() {
    name=$1
    shift
    # shellcheck disable=SC2086 # two words or none
    "$tool" build $format --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --tag "$name:$version" "$@" .
}

build readfleet-gateway --file Dockerfile.gateway "$@"
build readfleet-worker --file Dockerfile.worker --target worker "$@"
build readfleet --file Dockerfile.worker --target read "$@"
