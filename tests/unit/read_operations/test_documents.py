"""The promises of a document store, over the folder, Azure's Blob service and the in-memory twin."""

from __future__ import annotations

import errno
import os
import threading
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from read_operations.documents import DocumentStore, FolderDocumentStore
from read_operations.errors import StorageUnavailable
from read_operations.testing import MemoryDocumentStore

pytestmark = pytest.mark.anyio
NAME = "7d0c3c38-96c5-4f21-a1f5-3d2f0d5f6c52"
OTHER = "b1f4a8f0-2a0b-4c66-9a0e-64d1c0b0f7aa"


@pytest.fixture(params=["folder", "blob", "memory"])
def documents(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStore:
    if request.param == "blob":
        store: DocumentStore = request.getfixturevalue("blobs")
        return store
    return MemoryDocumentStore() if request.param == "memory" else FolderDocumentStore(tmp_path / "documents")


async def pieces(*pieces: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if error:
        raise error


@pytest.mark.parametrize("count", [0, 1, 9])
async def test_a_document_is_stored_whole(documents: DocumentStore, count: int) -> None:
    chunks = [bytes([n]) * 300_000 for n in range(count)]
    assert await documents.save(NAME, pieces(*chunks)) == 300_000 * count
    with documents.local(NAME) as path:
        assert path.read_bytes() == b"".join(chunks)


async def test_a_document_does_not_appear_before_it_is_whole(documents: DocumentStore) -> None:
    documents.check()

    async def watched() -> AsyncIterator[bytes]:
        for n in range(5):
            yield bytes([n]) * 1_000_000
            with pytest.raises(FileNotFoundError), documents.local(NAME):
                pass

    await documents.save(NAME, watched())
    with documents.local(NAME) as path:
        assert path.stat().st_size == 5_000_000


async def test_a_broken_upload_leaves_nothing(documents: DocumentStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        await documents.save(NAME, pieces(b"x" * 2_000_000, b"x" * 2_000_000, error=ConnectionError()))
    with pytest.raises(FileNotFoundError), documents.local(NAME):
        pass
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_cancelled_upload_leaves_nothing(documents: DocumentStore, tmp_path: Path) -> None:
    stalled = anyio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        yield b"x" * 2_000_000
        stalled.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        group.start_soon(documents.save, NAME, stalling())
        await stalled.wait()
        group.cancel_scope.cancel()
    with pytest.raises(FileNotFoundError), documents.local(NAME):
        pass
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_uploads_at_the_same_time(documents: DocumentStore) -> None:
    names = [str(uuid.uuid4()) for _ in range(5)]
    async with anyio.create_task_group() as group:
        for name in names:
            group.start_soon(documents.save, name, pieces(*[name.encode() * 20_000] * 3))
    for name in names:
        with documents.local(name) as path:
            assert path.read_bytes() == name.encode() * 60_000


async def test_a_deleted_document_is_gone(documents: DocumentStore) -> None:
    await documents.save(NAME, pieces(b"x"))
    documents.delete(NAME)
    documents.delete(NAME)
    with pytest.raises(FileNotFoundError), documents.local(NAME):
        pass


async def test_whether_there_is_a_document_is_known_without_it(documents: DocumentStore) -> None:
    documents.check()
    assert not documents.exists(NAME)
    await documents.save(NAME, pieces(b"x"))
    assert documents.exists(NAME)
    assert not documents.exists(OTHER)
    assert documents.fetched_bytes == 0
    documents.delete(NAME)
    assert not documents.exists(NAME)


async def test_a_document_can_be_used_by_several_at_once(documents: DocumentStore) -> None:
    await documents.save(NAME, pieces(b"x"))
    with documents.local(NAME) as first, documents.local(NAME) as second:
        assert first.read_bytes() == second.read_bytes() == b"x"


async def test_old_documents_are_found_by_their_age(documents: DocumentStore) -> None:
    # Given two documents, of which one is older by more than the second to which ages are kept
    await documents.save(NAME, pieces(b"old"))
    await anyio.sleep(2.1)
    await documents.save(OTHER, pieces(b"young"))
    # Then one is older than something between, until it is removed
    assert list(documents.older(1.5)) == [NAME]
    documents.delete(NAME)
    assert list(documents.older(1.5)) == []


@pytest.mark.parametrize("documents", ["folder", "blob"], indirect=True)
@pytest.mark.parametrize("name", ["../../etc/passwd", "", "notes.txt", f"{NAME}\n"])
async def test_what_is_no_name_reaches_nothing(documents: DocumentStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a document name"):
        await documents.save(name, pieces(b"x"))
    with pytest.raises(ValueError, match="not a document name"), documents.local(name):
        pass
    with pytest.raises(ValueError, match="not a document name"):
        documents.delete(name)
    with pytest.raises(ValueError, match="not a document name"):
        documents.exists(name)


async def test_a_store_that_works_passes_its_check(documents: DocumentStore) -> None:
    documents.check()
    assert await documents.save(NAME, pieces(b"x")) == 1


async def test_a_folder_that_cannot_be_written_is_an_error_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageUnavailable, match="Not a directory"):
        await FolderDocumentStore(tmp_path / "file" / "documents").save(NAME, pieces(b"x"))


async def test_a_document_and_its_name_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[Path, list[str], bool]] = []

    def fsync(file: int) -> None:
        there = [path.name for path in tmp_path.iterdir()]
        synced.append((Path(f"/proc/self/fd/{file}").readlink(), there, threading.current_thread() is loop))
        if len(synced) == 2:  # of the folder, where that cannot be asked for
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    loop = threading.current_thread()
    monkeypatch.setattr(os, "fsync", fsync)
    assert await FolderDocumentStore(tmp_path).save(NAME, pieces(b"x")) == 1
    part = f"{NAME}.part"
    assert synced == [(tmp_path / part, [part], False), (tmp_path, [NAME], False)]


@pytest.mark.parametrize("failing", [1, 2], ids=["the document", "its name"])
async def test_a_document_that_does_not_get_to_the_disk_is_an_error(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def fsync(file: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageUnavailable, match="quota"):
        await FolderDocumentStore(tmp_path).save(NAME, pieces(b"x"))
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("size", [1, 3_000_000], ids=["at the end", "on the way"])
async def test_a_full_disk_is_an_error_with_its_cause(size: int, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").symlink_to("/dev/full")
    with pytest.raises(StorageUnavailable, match=r"No space left on device\. Try again in a while, or"):
        await FolderDocumentStore(tmp_path).save(NAME, pieces(bytes(size)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("free", "total", "room"),
    [
        (0, 2**40, False),
        (2**28 - 4096, 2**40, False),
        (2**28, 2**40, True),
        # A small one, and one that does not say how large it is
        (49 * 2**20, 1000 * 2**20, False),
        (50 * 2**20, 1000 * 2**20, True),
        (0, 0, True),
    ],
)
def test_some_of_a_disk_stays_free(
    free: int, total: int, room: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def statvfs(path: Path) -> os.statvfs_result:
        asked.append(path)
        # More is free for root.
        return os.statvfs_result((1, 4096, total // 4096, free // 4096 + 10**6, free // 4096, 0, 0, 0, 0, 255))

    monkeypatch.setattr(os, "statvfs", statvfs)
    assert FolderDocumentStore(tmp_path / "new").has_room() is room
    assert asked == [tmp_path / "new"]


async def test_deleting_takes_the_rest_of_a_killed_upload_along(tmp_path: Path) -> None:
    # Given what a killed gateway leaves
    part = tmp_path / f"{NAME}.part"
    part.write_bytes(b"half")
    FolderDocumentStore(tmp_path).delete(NAME)
    assert not part.exists()


async def test_a_document_that_cannot_be_removed_is_an_error_with_its_cause(tmp_path: Path) -> None:
    # Given what cannot be removed as a file can
    (tmp_path / NAME).mkdir()
    documents = FolderDocumentStore(tmp_path)
    with pytest.raises(StorageUnavailable, match=r"could not be removed: Is a directory\."):
        documents.delete(NAME)


async def test_age_is_told_of_the_rest_of_killed_uploads_but_of_nobody_elses_files(tmp_path: Path) -> None:
    # Given an old document, the rest of an old upload, a young document, and a file that is none of ours
    documents = FolderDocumentStore(tmp_path)
    old, part, young = (str(uuid.uuid4()) for _ in range(3))
    for name in (old, f"{part}.part", young, "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
        if name != young:
            os.utime(tmp_path / name, (1, 1))
    for name in documents.older(3600):
        documents.delete(name)
    assert {path.name for path in tmp_path.iterdir()} == {young, "notes.txt"}
