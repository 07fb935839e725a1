from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from read_operations.blob_documents import BlobDocumentStore
from read_operations.document_stores import document_store
from read_operations.documents import FolderDocumentStore
from read_operations.errors import StorageMisconfigured
from read_operations.settings import Settings

STRING = SecretStr("AccountName=a;AccountKey=YQ==")


def test_a_folder_unless_an_account_is_set(tmp_path: Path) -> None:
    assert isinstance(document_store(Settings(documents_dir=tmp_path)), FolderDocumentStore)
    assert isinstance(document_store(Settings(azure_storage_connection_string=SecretStr(""))), FolderDocumentStore)


def test_an_account_by_either_setting() -> None:
    assert isinstance(document_store(Settings(azure_storage_connection_string=STRING)), BlobDocumentStore)
    url = SecretStr("https://account.blob.core.windows.net")
    assert isinstance(document_store(Settings(azure_storage_account_url=url)), BlobDocumentStore)


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "read_operations.blob_documents")
    monkeypatch.setitem(sys.modules, "azure.storage.blob", None)
    with pytest.raises(StorageMisconfigured, match=r"pip install '\.\[azure\]' --constraint constraints\.txt"):
        document_store(Settings(azure_storage_connection_string=STRING))
