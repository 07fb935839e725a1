"""Drops of either kind, as their users have them in hand."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Protocol

from azure.storage.blob import ContainerClient
from pydantic import SecretStr

from document_drop.blob_place import BlobPlace
from document_drop.folder_place import FolderPlace
from document_drop.place import DropPlace
from read_operations.settings import Settings
from tests.azurite import Azurite

VERSION: dict[str, Any] = {"api_version": "2021-02-12"}


class Drop(Protocol):
    """A drop as its users have it in hand."""

    settings: Settings
    place: DropPlace

    def put(self, name: str, data: bytes) -> None: ...

    def names(self) -> set[str]: ...

    def result(self, name: str) -> bytes | None: ...


class FolderDrop:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        self.settings = settings.model_copy(update={"drop_folder": folder, "drop_settle_s": 0})
        self.place: DropPlace = FolderPlace(folder, settle_s=0)
        self.place.check()

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def names(self) -> set[str]:
        inbox = self.folder / "inbox"
        return {str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file()}

    def result(self, name: str) -> bytes | None:
        path = self.folder / "results" / name
        return path.read_bytes() if path.exists() else None


class BlobDrop:
    def __init__(self, settings: Settings, azurite: Azurite) -> None:
        name = f"test-{uuid.uuid4()}"
        self.settings = settings.model_copy(
            update={
                "azure_storage_connection_string": SecretStr(azurite.connection_string),
                "drop_container": name,
                "drop_prefix": "in/",
                "results_container": f"{name}-r",
                "results_prefix": "out/",
            }
        )
        self.place: DropPlace = BlobPlace(self.settings)
        self.place.check()
        self.sources, self.results = (
            ContainerClient.from_connection_string(azurite.connection_string, each, **VERSION)
            for each in (name, f"{name}-r")
        )

    def put(self, name: str, data: bytes) -> None:
        self.sources.upload_blob(f"in/{name}", data, overwrite=True)

    def names(self) -> set[str]:
        return {blob.name.removeprefix("in/") for blob in self.sources.list_blobs()}

    def result(self, name: str) -> bytes | None:
        blob = self.results.get_blob_client(f"out/{name}")
        return blob.download_blob().readall() if blob.exists() else None
