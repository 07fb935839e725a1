from __future__ import annotations

from pathlib import Path

import pytest

from readfleet.configuration import load_settings
from readfleet.errors import SettingsInvalid


def test_flags_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_CONCURRENCY", "2")
    monkeypatch.setenv("READFLEET_MODELS_DIR", "/models")

    settings = load_settings(concurrency=5, models_dir=None)

    assert settings.concurrency == 5
    assert settings.models_dir == Path("/models")


def test_settings_that_contradict_each_other_are_named_as_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_PAGE_SOFT_LIMIT_S", "500")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert str(caught.value).startswith(
        "READFLEET_PAGE_SOFT_LIMIT_S (500), READFLEET_PAGE_HARD_LIMIT_S (120) and READFLEET_VISIBILITY_TIMEOUT_S (360) "
        "must ascend"
    )


def test_values_are_not_repeated_as_they_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_LOG_LEVEL", "hunter2")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert "hunter2" not in str(caught.value)
