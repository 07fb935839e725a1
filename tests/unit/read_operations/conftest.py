from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from read_operations.blob_documents import BlobDocumentStore
from read_operations.settings import Settings
from tests.azurite import Azurite


@pytest.fixture
def blob_settings(azurite: Azurite, tmp_path: Path) -> Settings:
    """Settings for a container that is not there yet."""
    return Settings(
        azure_storage_connection_string=SecretStr(azurite.connection_string),
        documents_container=f"test-{uuid.uuid4()}",
        documents_cache_dir=tmp_path / "cache",
    )


@pytest.fixture
async def blobs(blob_settings: Settings, anyio_backend: str) -> AsyncIterator[BlobDocumentStore]:
    store = BlobDocumentStore(blob_settings)
    yield store
    await store.close()
