from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from readfleet import container
from readfleet.service import has_own_store


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the original keeps results."""
    monkeypatch.setattr(container, "_SHARE", tmp_path / "share")
    return tmp_path / "share"


def test_a_share_that_is_mounted_is_used(share: Path) -> None:
    assert container._configuration(()).settings.data_dir != share

    share.mkdir()

    configuration = container._configuration(["Eula=accept"])
    assert configuration.settings.data_dir == share
    assert configuration.environment["READFLEET_DATA_DIR"] == str(share)
    assert len(configuration.notes) == 1


def test_a_folder_that_is_named_is_used_instead(share: Path) -> None:
    share.mkdir()
    assert container._configuration(["Mounts:Shared=/elsewhere"]).settings.data_dir == Path("/elsewhere")


@pytest.mark.parametrize(
    ("arguments", "own_store", "warned"),
    [
        ([], True, False),
        (["Cache:Redis:Configuration=cache:6379"], False, True),
        (["Cache:Redis:Configuration=cache:6379", "Mounts:Shared=/common"], False, False),
        (
            [
                "Cache:Redis:Configuration=cache:6379",
                "Storage:ObjectStore:AzureBlob:ConnectionString=UseDevelopmentStorage=true",
            ],
            False,
            False,
        ),
    ],
)
def test_who_shares_a_redis_is_told_to_share_documents(
    share: Path, arguments: list[str], own_store: bool, warned: bool
) -> None:
    configuration = container._configuration(arguments)
    with capture_logs() as lines:
        container._look_at_documents(configuration)
    assert has_own_store(configuration) is own_store
    assert [line["log_level"] for line in lines] == ["warning"] * warned


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], []),
        (["Queue:Azure:ConnectionString=UseDevelopmentStorage=true"], ["info", "warning"]),
        (["Queue:Azure:ConnectionString=UseDevelopmentStorage=true", "Cache:Redis:Configuration=cache"], ["info"]),
    ],
)
def test_who_names_a_queue_in_azure_is_told_what_is_shared_instead(arguments: list[str], told: list[str]) -> None:
    configuration = container._configuration(arguments)
    with capture_logs() as lines:
        container._look_at_queue(configuration)
    assert [line["log_level"] for line in lines] == told
    assert all("UseDevelopmentStorage" not in line["event"] for line in lines)


def test_a_queue_in_azure_that_the_drop_uses_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_DROP_NOTICES_QUEUE", "notices")
    configuration = container._configuration(["Queue:Azure:ConnectionString=UseDevelopmentStorage=true"])
    with capture_logs() as lines:
        container._look_at_queue(configuration)
    assert lines == []
