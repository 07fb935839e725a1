from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from readfleet.configuration import load_configuration, load_settings
from readfleet.data_folder import Folders, open_folders
from readfleet.errors import CommandError
from readfleet.programs import arranged
from readfleet.running import Reach, note, settings_of_running
from readfleet.service import has_own_store

ACCOUNT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGlkZGVu"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    with open_folders(tmp_path / "data") as folders:
        yield folders


def start(folders: Folders, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str] = (), **variables: str) -> None:
    """Notes what a service would that is started with these, in a shell of its own."""
    with monkeypatch.context() as shell:
        for name, value in variables.items():
            shell.setenv(f"READFLEET_{name.upper()}", value)
        configuration = load_configuration(arguments, data_dir=folders.data)
    own_store = has_own_store(configuration)
    note(folders, configuration.settings, arranged(configuration, folders, own_store=own_store))


def test_what_the_service_was_told_counts_and_not_what_this_shell_says(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(
        folders,
        monkeypatch,
        ["StorageTimeToLiveInMinutes=7"],
        documents_dir="papers",
        key_prefix="there",
        language_queues="ja,de",
        url_allowed_networks="10.0.0.0/8",
        webhook_hosts="example.com",
        webhook_secret="whsec_" + "a" * 32,
        redis_password="unused",
    )
    for name, value in {"key_prefix": "here", "azure_storage_connection_string": ACCOUNT, "page_window": "3"}.items():
        monkeypatch.setenv(f"READFLEET_{name.upper()}", value)

    found = settings_of_running(load_settings(data_dir=folders.data), Reach.DOCUMENTS)

    assert found.redis_url == f"unix://{folders.socket}?db=0"
    assert not found.redis_password
    assert found.documents_dir == Path.cwd() / "papers"
    assert found.drop_folder == folders.data
    assert (found.key_prefix, found.page_window, found.result_ttl_minutes) == ("there", 16, 7)
    assert found.language_queues == ("ja", "de")
    assert not found.in_azure


def test_secrets_are_not_noted_but_asked_for_where_they_are_needed(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a service on an account of Azure, of which it watches a container
    start(folders, monkeypatch, azure_storage_connection_string=ACCOUNT, drop_container="dropped", drop_prefix="in/")
    assert "aGlkZGVu" not in "".join(path.read_text() for path in folders.run.glob("*.*"))
    # When a command reaches there without the account
    for reach in (Reach.DOCUMENTS, Reach.DROP):
        with pytest.raises(CommandError, match="READFLEET_AZURE_STORAGE_CONNECTION_STRING, which it keeps for itself"):
            settings_of_running(load_settings(data_dir=folders.data), reach)
    # Then it is refused, while one that does not is not
    assert settings_of_running(load_settings(data_dir=folders.data)).redis_url.startswith("unix://")
    # And with the account it gets there
    monkeypatch.setenv("READFLEET_AZURE_STORAGE_CONNECTION_STRING", ACCOUNT)
    found = settings_of_running(load_settings(data_dir=folders.data), Reach.DROP)
    assert (found.drop_container, found.drop_prefix, found.drop_folder) == ("dropped", "in/", None)
    assert found.azure_storage_connection_string is not None


def test_an_inbox_needs_no_account(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    start(folders, monkeypatch, azure_storage_connection_string=ACCOUNT)

    assert settings_of_running(load_settings(data_dir=folders.data), Reach.DROP).drop_folder == folders.data


def test_the_address_of_a_redis_may_hold_a_password(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    start(folders, monkeypatch, redis_url="redis://:hidden@there:1/0", drop_folder="dropped")
    assert "hidden" not in "".join(path.read_text() for path in folders.run.glob("*.*"))
    with pytest.raises(CommandError, match="was told READFLEET_REDIS_URL"):
        settings_of_running(load_settings(data_dir=folders.data))

    monkeypatch.setenv("READFLEET_REDIS_URL", "redis://:hidden@there:1/0")
    found = settings_of_running(load_settings(data_dir=folders.data), Reach.DROP)

    assert found.redis_url == "redis://:hidden@there:1/0"
    assert found.drop_folder == Path.cwd() / "dropped"


@pytest.mark.parametrize("content", ["", "{"])
def test_without_a_service_there_is_a_sentence(tmp_path: Path, content: str) -> None:
    settings = load_settings(data_dir=tmp_path)
    with pytest.raises(CommandError, match=f"No `readfleet up` uses {tmp_path}"):
        settings_of_running(settings)
    with open_folders(tmp_path) as folders:
        (folders.run / "settings.json").write_text(content)
        with pytest.raises(CommandError, match=f"No `readfleet up` uses {tmp_path}"):
            settings_of_running(settings)
