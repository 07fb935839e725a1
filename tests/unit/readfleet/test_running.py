from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from read_operations.settings import Settings
from readfleet.cli import app
from readfleet.configuration import load_configuration, load_settings
from readfleet.data_folder import Folders, open_folders
from readfleet.errors import CommandError
from readfleet.programs import arranged
from readfleet.running import Reach, note, settings_meant
from readfleet.service import has_own_store
from tests.fleet import free_port

ACCOUNT = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=aGlkZGVu"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    with open_folders(tmp_path / "data") as folders:
        yield folders


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis answers wherever one is looked for."""
    monkeypatch.setattr("readfleet.running.complaint", lambda _: None)


def meant(folders: Folders, reach: Reach = Reach.NOTHING) -> Settings:
    return settings_meant(load_settings(data_dir=folders.data), up=True, reach=reach)


def start(folders: Folders, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str] = (), **variables: str) -> None:
    """Notes what a service would that is started with these, in a shell of its own."""
    with monkeypatch.context() as shell:
        for name, value in variables.items():
            shell.setenv(f"READFLEET_{name.upper()}", value)
        configuration = load_configuration(arguments, data_dir=folders.data)
    own_store = has_own_store(configuration)
    note(folders, configuration.settings, arranged(configuration, folders, own_store=own_store))


@pytest.mark.usefixtures("answering")
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

    found = meant(folders, Reach.DOCUMENTS)

    assert found.redis_url == f"unix://{folders.socket}?db=0"
    assert not found.redis_password
    assert found.documents_dir == Path.cwd() / "papers"
    assert found.drop_folder == folders.data
    assert (found.key_prefix, found.page_window, found.result_ttl_minutes) == ("there", 16, 7)
    assert found.language_queues == ("ja", "de")
    assert not found.in_azure


@pytest.mark.usefixtures("answering")
def test_secrets_are_not_noted_but_asked_for_where_they_are_needed(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a service on an account of Azure, of which it watches a container
    start(folders, monkeypatch, azure_storage_connection_string=ACCOUNT, drop_container="dropped", drop_prefix="in/")
    assert "aGlkZGVu" not in "".join(path.read_text() for path in folders.run.glob("*.*"))
    # When a command reaches there without the account
    for reach in (Reach.DOCUMENTS, Reach.DROP):
        with pytest.raises(CommandError, match="READFLEET_AZURE_STORAGE_CONNECTION_STRING, which it keeps for itself"):
            meant(folders, reach)
    # Then it is refused, while one that does not is not
    assert meant(folders).redis_url.startswith("unix://")
    # And with the account it gets there
    monkeypatch.setenv("READFLEET_AZURE_STORAGE_CONNECTION_STRING", ACCOUNT)
    found = meant(folders, Reach.DROP)
    assert (found.drop_container, found.drop_prefix, found.drop_folder) == ("dropped", "in/", None)
    assert found.azure_storage_connection_string is not None


@pytest.mark.usefixtures("answering")
def test_an_inbox_needs_no_account(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    start(folders, monkeypatch, azure_storage_connection_string=ACCOUNT)

    assert meant(folders, Reach.DROP).drop_folder == folders.data


@pytest.mark.usefixtures("answering")
def test_the_address_of_a_redis_may_hold_a_password(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    start(folders, monkeypatch, redis_url="redis://:hidden@there:1/0", drop_folder="dropped")
    assert "hidden" not in "".join(path.read_text() for path in folders.run.glob("*.*"))
    with pytest.raises(CommandError, match="was told READFLEET_REDIS_URL"):
        meant(folders)

    monkeypatch.setenv("READFLEET_REDIS_URL", "redis://:hidden@there:1/0")
    found = meant(folders, Reach.DROP)

    assert found.redis_url == "redis://:hidden@there:1/0"
    assert found.drop_folder == Path.cwd() / "dropped"


@pytest.mark.parametrize("content", ["", "{"])
def test_without_a_service_there_is_a_sentence(tmp_path: Path, content: str) -> None:
    settings = load_settings(data_dir=tmp_path)
    with pytest.raises(CommandError, match=f"No `readfleet up` uses {tmp_path}"):
        settings_meant(settings, up=True)
    with open_folders(tmp_path) as folders:
        (folders.run / "settings.json").write_text(content)
        with pytest.raises(CommandError, match=f"No `readfleet up` uses {tmp_path}"):
            settings_meant(settings, up=True)


def test_a_redis_that_does_not_answer_is_named_with_the_remedy() -> None:
    port = free_port()
    result = CliRunner().invoke(
        app, ["dead-letters", "list"], env={"READFLEET_REDIS_URL": f"redis://me:hidden@127.0.0.1:{port}/0"}
    )
    assert result.exit_code == 1
    assert result.stderr == (
        f"No Redis answers at 127.0.0.1:{port} (READFLEET_REDIS_URL): Error 111 connecting to 127.0.0.1:{port}. "
        "Connection refused. For that of a `readfleet up` add --data FOLDER.\n"
    )


def test_a_service_that_was_killed_is_asked_after(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    start(folders, monkeypatch)
    with pytest.raises(CommandError, match=rf"valkey.sock: .*Does the `readfleet up` that uses {folders.data} still"):
        meant(folders)


def test_where_no_drop_is_set_the_flag_is_named(settings: Settings) -> None:
    result = CliRunner().invoke(app, ["drop", "status"], env={"READFLEET_REDIS_URL": settings.redis_url})
    assert result.exit_code == 1
    assert result.stderr.startswith("There is no drop. Set READFLEET_DROP_FOLDER")
    assert result.stderr.endswith("for that of a `readfleet up` add --data FOLDER.\n")
