from __future__ import annotations

from pathlib import Path

import pytest

from readfleet.configuration import load_configuration, load_settings
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
        "READFLEET_PAGE_SOFT_LIMIT_S (500) must be below READFLEET_PAGE_HARD_LIMIT_S (120)"
    )


def test_a_language_without_queues_is_said_in_words_that_are_no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_LANGUAGES", "ja")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert str(caught.value) == (
        "READFLEET_LANGUAGE_QUEUES lacks ja, which READFLEET_LANGUAGES names: add it for every process of the fleet."
    )


def test_values_are_not_repeated_as_they_may_be_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_LOG_LEVEL", "hunter2")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert "hunter2" not in str(caught.value)


def test_of_all_who_say_the_same_the_nearest_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("mounts__shared", "/container")
    monkeypatch.setenv("StorageTimeToLiveInMinutes", "1")
    assert load_settings().data_dir == Path("/container")
    assert load_settings().documents_dir == Path("/container/documents")

    monkeypatch.setenv("READFLEET_DATA_DIR", "/ours")
    assert load_settings().data_dir == Path("/ours")
    assert load_configuration(["Mounts:Shared=/argument"]).settings.data_dir == Path("/argument")

    both = load_configuration(["Mounts:Shared=/argument"], data_dir=Path("/flag"))
    assert both.settings.data_dir == Path("/flag")
    assert both.settings.result_ttl_minutes == 1


def test_another_process_finds_the_same_without_names_of_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ApiKey", "hunter2")
    monkeypatch.setenv("StorageTimeToLiveInMinutes", "60")
    monkeypatch.setenv("Cache__Redis__Configuration", "elsewhere:1")
    monkeypatch.setenv("readfleet_redis_url", "redis://here:2/0")
    monkeypatch.setenv("READFLEET_CONCURRENCY", "9")
    told = load_configuration(["Task:MaxRunningTimeSpanInMinutes=5", "Billing=hunter2"], concurrency=3)

    for name in ("ApiKey", "StorageTimeToLiveInMinutes", "Cache__Redis__Configuration", "readfleet_redis_url"):
        monkeypatch.delenv(name)
    for name, value in told.environment.items():
        monkeypatch.setenv(name, value)
    found = load_configuration(())

    assert found.settings == told.settings
    assert (found.settings.result_ttl_minutes, found.settings.concurrency) == (60, 3)
    assert found.settings.redis_url == "redis://here:2/0"
    assert found.notes == ()
    assert "hunter2" not in told.environment.values()


def test_a_variable_of_the_container_that_is_wrong_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE__TIMETOLIVEINDAYS", "hunter2")

    with pytest.raises(SettingsInvalid) as caught:
        load_settings()

    assert str(caught.value) == "Storage:TimeToLiveInDays takes a whole number of days from 1."


def test_where_to_listen_and_what_was_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASPNETCORE_URLS", "http://+:7000")
    monkeypatch.setenv("EULA", "accept")

    found = load_configuration(["foo=bar"])

    assert found.address == ("0.0.0.0", 7000)
    assert len(found.notes) == 1
    assert found.doubts == ("foo is not known and is ignored.",)
    assert load_configuration(["urls=http://localhost:7001"]).address == ("localhost", 7001)
