from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

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
    with pytest.raises(ValidationError, match="must be below"):
        Settings(page_soft_limit_s=400, page_hard_limit_s=400)
    for hard_s in (2, 120, 401):
        settings = Settings(page_soft_limit_s=hard_s - 1, page_hard_limit_s=hard_s)
        assert hard_s < settings.claim_s < settings.visibility_timeout_s


@pytest.mark.parametrize("name", ["page_window", "page_attempts", "max_file_bytes", "result_ttl_minutes"])
def test_nonsense_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"READFLEET_{name.upper()}", "0")
    with pytest.raises(ValidationError):
        Settings()


def test_there_is_one_way_to_azure_and_its_secret_is_not_shown() -> None:
    secret = "AccountName=a;AccountKey=c2VjcmV0"
    settings = Settings(azure_storage_connection_string=SecretStr(secret))
    assert secret not in repr(settings) + str(settings.model_dump(mode="json"))
    with pytest.raises(ValidationError, match="exclude each other") as caught:
        Settings(
            azure_storage_connection_string=SecretStr(secret), azure_storage_account_url=SecretStr("https://a?sig=b")
        )
    assert "c2VjcmV0" not in str(caught.value)


@pytest.mark.parametrize("name", ["ab", "Documents", "two--hyphens", "-first", "last-", "a" * 64, "under_score"])
def test_what_azure_takes_for_no_container(name: str) -> None:
    with pytest.raises(ValidationError):
        Settings(documents_container=name)


@pytest.mark.parametrize("name", ["drop_container", "results_container"])
def test_the_fleets_own_copies_are_no_drop(name: str) -> None:
    own = {"azure_storage_connection_string": "x", "drop_container": "dropped", "documents_container": "own"}
    with pytest.raises(ValidationError, match="documents_container holds the fleet's own copies"):
        Settings.model_validate({**own, name: "own"})


def test_languages_are_those_that_clients_can_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_LANGUAGE_QUEUES", "JA,zh-hans")
    monkeypatch.setenv("READFLEET_LANGUAGES", "zh-Hans, other")
    settings = Settings()
    assert (settings.language_queues, settings.languages) == (("ja", "zh-Hans"), ("zh-Hans", "other"))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"language_queues": ("klingon",)}, "klingon is no language that a client can name"),
        ({"language_queues": ("unk",)}, "unk is no language that a client can name"),
        ({"language_queues": ("other",)}, "leave it to languages"),
        ({"language_queues": ("ja",), "languages": ("ja", "de")}, "language_queues lacks de, which languages names"),
    ],
)
def test_languages_that_nobody_would_ever_read_are_refused(values: dict[str, tuple[str, ...]], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Settings.model_validate(values)
