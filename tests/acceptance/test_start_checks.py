"""A process that cannot do its work says why in one sentence, and exits with 78."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr_worker import models
from read_operations.settings import Settings
from tests.azurite import Azurite

EXIT_CONFIG = 78


def start_worker(settings: Settings, **environment: str) -> tuple[int, list[str]]:
    return start("worker", settings, **environment)


def start(command: str, settings: Settings, **environment: str) -> tuple[int, list[str]]:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "readfleet", command],
        env={**os.environ, "READFLEET_REDIS_URL": settings.redis_url, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = ended.stdout.splitlines() + ended.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert imported.isdisjoint({"numpy", "cv2", "openvino", "paddle", "paddlex", "onnxruntime"})
    return ended.returncode, [line for line in lines if not line.startswith("import time:")]


def test_without_avx2(settings: Settings) -> None:
    code, said = start_worker(settings, READFLEET_CPU_FLAGS="sse4_2 avx")
    assert code == EXIT_CONFIG
    (line,) = said
    assert "no AVX2" in line


def test_without_models(settings: Settings, tmp_path: Path) -> None:
    code, said = start_worker(settings, READFLEET_MODELS_DIR=str(tmp_path))
    assert code == EXIT_CONFIG
    (line,) = said
    assert "readfleet models" in line


def test_with_a_damaged_model(settings: Settings, tmp_path: Path) -> None:
    # Given the real models, with one byte of one of them changed
    for name in models.names_for(settings.engine, settings.mode):
        folder = tmp_path / name
        folder.mkdir()
        for file in (settings.models_dir / name).iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    largest = max(tmp_path.rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    damaged = bytearray(largest.read_bytes())
    damaged[1000] ^= 1
    largest.write_bytes(damaged)
    code, said = start_worker(settings, READFLEET_MODELS_DIR=str(tmp_path))
    assert code == EXIT_CONFIG
    (line,) = said
    assert largest.name in line
    assert "readfleet models" in line


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("worker", "READFLEET_RUN_DIR"),
        ("worker", "READFLEET_HEARTBEAT_FILE"),
        ("sweep", "READFLEET_HEARTBEAT_FILE"),
        ("drop", "READFLEET_HEARTBEAT_FILE"),
    ],
)
def test_with_a_file_that_cannot_be_written(settings: Settings, tmp_path: Path, command: str, variable: str) -> None:
    (tmp_path / "file").touch()
    place = {"READFLEET_DROP_FOLDER": str(tmp_path), variable: str(tmp_path / "file" / "in" / "below")}
    code, said = start(command, settings, **place)
    assert code == EXIT_CONFIG
    assert said[-1].startswith(f"{tmp_path}/file/in/below")
    assert said[-1].endswith(
        f"cannot be written: Not a directory. Set {variable} to a place where this process may write."
    )
    assert not any("Traceback" in line for line in said)


@pytest.mark.parametrize("value", ["0", "many"])
def test_with_a_setting_that_makes_no_sense(settings: Settings, value: str) -> None:
    code, said = start_worker(settings, READFLEET_THREADS=value)
    assert code == 2
    assert any("READFLEET_THREADS" in line for line in said)


@pytest.mark.parametrize("command", ["gateway", "worker", "sweep"])
def test_with_a_key_that_the_storage_account_refuses(settings: Settings, azurite: Azurite, command: str) -> None:
    wrong = azurite.connection_string.replace("AccountKey=", "AccountKey=AAAA")
    code, said = start(command, settings, READFLEET_AZURE_STORAGE_CONNECTION_STRING=wrong)
    assert code == EXIT_CONFIG
    (line,) = said
    assert "READFLEET_AZURE_STORAGE_CONNECTION_STRING" in line
    assert "HTTP 403" in line
    assert azurite.key not in line
