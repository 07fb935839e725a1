from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from read_operations.settings import EngineName, Settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_ENGINE", "onnxruntime")
    monkeypatch.setenv("READFLEET_DOCUMENTS_DIR", "/data/documents")
    settings = Settings()
    assert settings.engine is EngineName.ONNXRUNTIME
    assert settings.documents_dir == Path("/data/documents")


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_PAGE_WINDOW", "3")
    assert Settings(page_window=5).page_window == 5


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().page_window = 3  # type: ignore[misc]


def test_the_time_limits_must_nest() -> None:
    with pytest.raises(ValidationError, match="must ascend"):
        Settings(page_hard_limit_s=400)


@pytest.mark.parametrize("name", ["page_window", "page_attempts", "max_file_bytes", "result_ttl_minutes"])
def test_nonsense_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"READFLEET_{name.upper()}", "0")
    with pytest.raises(ValidationError):
        Settings()
