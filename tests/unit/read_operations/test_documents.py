"""The promises of a document store, over the folder and over its in-memory twin."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from read_operations.documents import DocumentStore, FolderDocumentStore
from read_operations.errors import StorageUnavailable
from read_operations.testing import MemoryDocumentStore

pytestmark = pytest.mark.anyio
NAME = str(uuid.uuid4())


@pytest.fixture(params=["folder", "memory"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    return MemoryDocumentStore() if request.param == "memory" else FolderDocumentStore(tmp_path / "documents")


async def pieces(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if error:
        raise error


async def test_a_document_is_stored_whole(documents: DocumentStore) -> None:
    chunks = [bytes([n]) * 300_000 for n in range(9)]
    assert await documents.save(NAME, pieces(*chunks)) == 2_700_000
    with documents.local(NAME) as path:
        assert path.read_bytes() == b"".join(chunks)


async def test_a_broken_upload_leaves_nothing(documents: DocumentStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        await documents.save(NAME, pieces(b"x" * 2_000_000, error=ConnectionError()))
    with pytest.raises(FileNotFoundError), documents.local(NAME):
        pass
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_deleted_document_is_gone(documents: DocumentStore) -> None:
    await documents.save(NAME, pieces(b"x"))
    documents.delete(NAME)
    documents.delete(NAME)
    with pytest.raises(FileNotFoundError), documents.local(NAME):
        pass


async def test_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    documents = FolderDocumentStore(tmp_path)
    with pytest.raises(ValueError, match="not a document name"):
        await documents.save("../../etc/passwd", pieces(b"x"))


async def test_a_folder_that_cannot_be_written_is_an_error_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match="Not a directory"):
        await FolderDocumentStore(tmp_path / "file" / "documents").save(NAME, pieces(b"x"))


async def test_deleting_takes_the_rest_of_a_killed_upload_along(tmp_path: Path) -> None:
    # Given what a killed gateway leaves
    part = tmp_path / f"{NAME}.part"
    part.write_bytes(b"half")
    FolderDocumentStore(tmp_path).delete(NAME)
    assert not part.exists()


async def test_only_old_documents_are_removed_for_their_age(tmp_path: Path) -> None:
    # Given an old document, the rest of an old upload, a young document, and a file that is none of ours
    documents = FolderDocumentStore(tmp_path)
    old, part, young = (str(uuid.uuid4()) for _ in range(3))
    for name in (old, f"{part}.part", young, "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
        if name != young:
            os.utime(tmp_path / name, (1, 1))
    assert documents.delete_older(3600) == 2
    assert {path.name for path in tmp_path.iterdir()} == {young, "notes.txt"}
