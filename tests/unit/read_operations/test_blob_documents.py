"""What is particular about documents in Azure's Blob service. What they share with others: test_documents.py."""

from __future__ import annotations

import datetime as dt
import socket
import tempfile
import traceback
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import (
    AccountSasPermissions,
    ContainerClient,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_container_sas,
)
from pydantic import SecretStr

from read_operations import blob_account, blob_documents
from read_operations.blob_documents import BlobDocumentStore
from read_operations.errors import StorageMisconfigured, StorageUnavailable
from read_operations.settings import Settings
from tests.azurite import ACCOUNT, Azurite
from tests.relay import Relay

pytestmark = pytest.mark.anyio
NAME = str(uuid.uuid4())
MIB = 2**20


@pytest.fixture
def container(azurite: Azurite, blob_settings: Settings) -> Iterator[ContainerClient]:
    """The store's container, as another client sees it."""
    with ContainerClient.from_connection_string(
        azurite.connection_string, blob_settings.documents_container, api_version="2021-12-02"
    ) as client:
        yield client


def changed(settings: Settings, **changes: object) -> Settings:
    return Settings(**{**settings.model_dump(exclude_unset=True), **changes})


def signed_url(azurite: Azurite, signature: str) -> SecretStr:
    return SecretStr(f"{azurite.url}?{signature}")


def account_signature(azurite: Azurite, permissions: str = "rwdlc") -> str:
    return generate_account_sas(
        ACCOUNT,
        azurite.key,
        ResourceTypes(container=True, object=True),
        AccountSasPermissions.from_string(permissions),  # type: ignore[no-untyped-call]  # ships half typed
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
    )


def container_signature(azurite: Azurite, container: str) -> str:
    return generate_container_sas(
        ACCOUNT,
        container,
        azurite.key,
        permission=ContainerSasPermissions.from_string("rwdl"),
        expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
    )


async def pieces(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if error:
        raise error


async def round_trip(store: BlobDocumentStore) -> None:
    store.check()
    data = bytes(range(256)) * 20_000
    await store.save(NAME, pieces(data[:MIB], data[MIB:]))
    with store.local(NAME) as path:
        assert path.read_bytes() == data
    assert list(store.older(3600)) == []
    store.delete(NAME)


async def test_the_check_makes_the_container(blobs: BlobDocumentStore, container: ContainerClient) -> None:
    assert not container.exists()
    blobs.check()
    assert container.exists()
    blobs.check()


async def test_a_container_that_went_is_made_again(blobs: BlobDocumentStore, container: ContainerClient) -> None:
    blobs.check()
    container.delete_container()
    assert await blobs.save(NAME, pieces(b"x")) == 1
    container.delete_container()
    with pytest.raises(StorageUnavailable), blobs.local(NAME):
        pass
    with pytest.raises(StorageUnavailable):
        blobs.exists(NAME)
    blobs.delete(NAME)
    assert list(blobs.older(0)) == []


async def test_a_document_is_one_blob_named_as_its_operation(
    blobs: BlobDocumentStore, container: ContainerClient
) -> None:
    await blobs.save(NAME, pieces(b"x" * 3 * MIB))
    assert [(blob.name, blob.size) for blob in container.list_blobs()] == [(NAME, 3 * MIB)]


async def test_a_broken_upload_leaves_no_block(blobs: BlobDocumentStore, container: ContainerClient) -> None:
    blobs.check()
    staged: list[str] = []

    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * MIB
        staged.extend(blob.name for blob in container.list_blobs(include=["uncommittedblobs"]))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await blobs.save(NAME, breaking())
    assert staged == [NAME]
    assert list(container.list_blobs(include=["uncommittedblobs"])) == []


async def test_age_is_looked_at_page_by_page_and_only_in_our_blobs(
    blobs: BlobDocumentStore, container: ContainerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_documents, "_LISTED_AT_ONCE", 2)
    names = {str(uuid.uuid4()) for _ in range(5)}
    for name in names:
        await blobs.save(name, pieces(b"x"))
    container.upload_blob("notes.txt", b"x")
    assert set(blobs.older(-60)) == names
    # Also while they are removed one by one
    for name in blobs.older(-60):
        blobs.delete(name)
    assert [blob.name for blob in container.list_blobs()] == ["notes.txt"]


async def test_by_a_signature_for_the_account(azurite: Azurite, blob_settings: Settings) -> None:
    url = signed_url(azurite, account_signature(azurite))
    store = BlobDocumentStore(
        changed(blob_settings, azure_storage_connection_string=None, azure_storage_account_url=url)
    )
    await round_trip(store)
    await store.close()


async def test_by_a_signature_for_a_container_that_is_there(
    azurite: Azurite, blob_settings: Settings, container: ContainerClient
) -> None:
    container.create_container()
    url = signed_url(azurite, container_signature(azurite, blob_settings.documents_container))
    store = BlobDocumentStore(
        changed(blob_settings, azure_storage_connection_string=None, azure_storage_account_url=url)
    )
    await round_trip(store)
    await store.close()


def everything_said(error: BaseException, capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    return "".join(traceback.format_exception(error)) + printed.out + printed.err


async def test_a_wrong_key_is_a_sentence_without_it(
    azurite: Azurite, blob_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = azurite.key[::-1].replace("=", "") + "=="
    string = azurite.connection_string.replace(azurite.key, wrong)
    store = BlobDocumentStore(changed(blob_settings, azure_storage_connection_string=SecretStr(string)))
    with pytest.raises(StorageMisconfigured, match=r"AZURE_STORAGE_CONNECTION_STRING .*\(HTTP 403\)") as caught:
        store.check()
    assert caught.value.exit_code == 78
    # A key that was right once is no reason to refuse work for good
    with pytest.raises(StorageUnavailable) as later:
        await store.save(NAME, pieces(b"x" * 3 * MIB))
    said = everything_said(caught.value, capsys) + everything_said(later.value, capsys)
    assert "(HTTP 403)" in said
    assert wrong not in said
    await store.close()


async def test_a_signature_that_may_not_make_the_container(azurite: Azurite, blob_settings: Settings) -> None:
    url = signed_url(azurite, account_signature(azurite, "rl"))
    settings = changed(blob_settings, azure_storage_connection_string=None, azure_storage_account_url=url)
    store = BlobDocumentStore(settings)
    with pytest.raises(StorageMisconfigured, match=f"the signature .* {settings.documents_container}") as caught:
        store.check()
    assert "sig=" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("string", ["secret", "AccountName=a;AccountKey", "AccountKey=c2VjcmV0"])
def test_what_is_no_connection_string_is_not_repeated(string: str) -> None:
    with pytest.raises(StorageMisconfigured, match="is no connection string") as caught:
        BlobDocumentStore(Settings(azure_storage_connection_string=SecretStr(string)))
    assert string not in "".join(traceback.format_exception(caught.value))


def test_a_key_that_is_none() -> None:
    string = SecretStr("AccountName=a;AccountKey=c2VjcmV;BlobEndpoint=http://127.0.0.1:1/a")
    with pytest.raises(StorageMisconfigured) as caught:
        BlobDocumentStore(Settings(azure_storage_connection_string=string)).check()
    assert "c2VjcmV" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("url", ["account", "account.blob.core.windows.net", "ftp://account", "http://account"])
def test_what_is_no_account_url(url: str) -> None:
    with pytest.raises(StorageMisconfigured, match="https"):
        BlobDocumentStore(Settings(azure_storage_account_url=SecretStr(url)))


async def test_a_dead_service_is_unavailable_everywhere_and_keeps_the_signature_to_itself(
    azurite: Azurite,
    blob_settings: Settings,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Tried again once, and at once: each of the calls would wait for some seconds.
    at_once = {"retry_total": 1, "initial_backoff": 0, "increment_base": 0, "random_jitter_range": 0}
    monkeypatch.setattr(blob_account, "_RETRIES", at_once)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound, so that nobody else takes it, but not listened on
        url = f"http://127.0.0.1:{port}/{ACCOUNT}?{account_signature(azurite)}"
        settings = changed(
            blob_settings, azure_storage_connection_string=None, azure_storage_account_url=SecretStr(url)
        )
        store = BlobDocumentStore(settings)
        store.check()
        errors = []
        for call in (lambda: store.delete(NAME), lambda: list(store.older(0)), lambda: store.local(NAME).__enter__()):
            with pytest.raises(StorageUnavailable) as caught:
                call()
            errors.append(caught.value)
        with pytest.raises(StorageUnavailable) as caught:
            await store.save(NAME, pieces(b"x" * 3 * MIB))
        errors.append(caught.value)
        await store.close()
    said = repr(settings) + caplog.text + "".join(everything_said(error, capsys) for error in errors)
    assert "refused" in said
    assert "sig=" not in said


async def test_a_silent_service_is_given_up(blob_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob_documents, "_STEP_S", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        string = f"AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:{silent.getsockname()[1]}/a"
        store = BlobDocumentStore(changed(blob_settings, azure_storage_connection_string=SecretStr(string)))
        with pytest.raises(StorageUnavailable):
            await store.save(NAME, pieces(b"x"))
        await store.close()


async def test_a_lost_connection_costs_no_upload_and_no_download(
    azurite: Azurite, blob_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with Relay(azurite.port) as relay:
        string = azurite.connection_string.replace(f":{azurite.port}/", f":{relay.port}/")
        store = BlobDocumentStore(changed(blob_settings, azure_storage_connection_string=SecretStr(string)))
        data = bytes(range(256)) * 4096 * 12
        # Given a connection that is lost in the middle of an upload
        relay.cut_after(5 * MIB)
        await store.save(NAME, pieces(*(data[i : i + MIB] for i in range(0, len(data), MIB))))
        assert relay.cuts == 1
        # And once more in the middle of a download
        relay.cut_after(5 * MIB)
        with store.local(NAME) as path:
            assert path.read_bytes() == data
        assert relay.cuts == 2
        await store.close()


async def test_a_download_that_was_broken_off_is_continued(blobs: BlobDocumentStore, blob_settings: Settings) -> None:
    data = bytes(range(256)) * 4096
    await blobs.save(NAME, pieces(data))
    for there in (1, 1000, len(data)):
        # Given what a killed worker left, marked so that it can be told from what is fetched
        cache = blob_settings.documents_cache_dir
        assert cache
        cache.mkdir(exist_ok=True)
        (cache / f"{NAME}.part").write_bytes(b"!" * there)
        # Then only the rest is fetched
        with blobs.local(NAME) as path:
            assert path.read_bytes() == b"!" * (there - 1) + data[there - 1 :]
        blobs.forget_unused(0)
        assert list(cache.iterdir()) == []


async def test_copies_go_with_the_store(
    blob_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = BlobDocumentStore(changed(blob_settings, documents_cache_dir=None))
    await round_trip(store)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o700]
    await store.close()
    assert not list(tmp_path.iterdir())


async def test_a_document_deleted_by_another_stays_deletable(
    blobs: BlobDocumentStore, container: ContainerClient, tmp_path: Path
) -> None:
    await blobs.save(NAME, pieces(b"x"))
    container.delete_blob(NAME)
    blobs.delete(NAME)
    with pytest.raises(ResourceNotFoundError):
        container.get_blob_client(NAME).get_blob_properties()
