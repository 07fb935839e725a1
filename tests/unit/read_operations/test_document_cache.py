from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from read_operations.document_cache import DocumentCache, Incoming
from read_operations.errors import StorageUnavailable

NAMES = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(5)]
SIZE = 1000


class Source:
    """Documents of one size; counts what is asked of it."""

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.asked: list[tuple[str, int]] = []

    def __call__(self, name: str, start: int) -> Incoming:
        self.asked.append((name, start))
        return Incoming(bytes_left=self.size - start, chunks=self._chunks(name, start))

    def _chunks(self, name: str, start: int) -> Iterator[bytes]:
        data = content(name, self.size)[start:]
        yield data[: len(data) // 2]
        yield data[len(data) // 2 :]


def content(name: str, size: int = SIZE) -> bytes:
    return (name.encode() * (size // len(name) + 1))[:size]


def cache_of(folder: Path, *, documents: float = 100, patience_s: float = 20) -> DocumentCache:
    return DocumentCache(folder / "cache", max_bytes=int(documents * SIZE), patience_s=patience_s)


def names_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def names_in(folder: Path) -> list[str]:
    return names_of(folder / "cache")


def read(cache: DocumentCache, name: str, source: Source) -> None:
    with cache.hold(name, source) as path:
        assert path.read_bytes() == content(name, source.size)


def test_a_document_is_fetched_once(tmp_path: Path) -> None:
    cache, source = cache_of(tmp_path), Source()
    for _ in range(3):
        read(cache, NAMES[0], source)
    read(cache, NAMES[1], source)
    assert source.asked == [(NAMES[0], 0), (NAMES[1], 0)]
    assert cache.fetched_bytes == 2 * SIZE


def test_without_a_folder_copies_are_in_one_that_nobody_else_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a place for temporary files, where another has made what one may expect
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "documents").mkdir(mode=0o777)
    (tmp_path / "documents" / NAMES[0]).write_bytes(b"!" * SIZE)
    caches = [DocumentCache(None, max_bytes=2 * SIZE, patience_s=20) for _ in range(2)]
    # Then nothing is made before it is needed
    caches[0].forget_unused(0)
    assert names_of(tmp_path) == ["documents"]
    for cache in caches:
        with cache.hold(NAMES[0], Source()) as path:
            assert path.read_bytes() == content(NAMES[0])
            assert path.parent.stat().st_mode & 0o777 == 0o700
    # And what somebody tidied away is made again
    assert len(names_of(tmp_path)) == 3
    shutil.rmtree(path.parent)
    read(caches[1], NAMES[0], Source())
    caches[0].forget_unused(-60)
    for cache in caches:
        cache.close()
        cache.close()
    assert names_of(tmp_path) == ["documents"]
    assert names_of(tmp_path / "documents") == [NAMES[0]]


def test_a_named_folder_stays(tmp_path: Path) -> None:
    cache = cache_of(tmp_path)
    read(cache, NAMES[0], Source())
    cache.close()
    assert names_in(tmp_path) == [NAMES[0]]


def test_a_document_that_does_not_exist_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), cache_of(tmp_path).hold(NAMES[0], lambda name, start: None):
        pass
    assert names_in(tmp_path) == []


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    cache, source = cache_of(tmp_path, documents=3), Source()
    for age, name in enumerate(NAMES[:3]):
        read(cache, name, source)
        os.utime(tmp_path / "cache" / name, (1000 + age, 1000 + age))
    read(cache, NAMES[0], source)
    read(cache, NAMES[3], source)
    assert names_in(tmp_path) == [NAMES[0], NAMES[2], NAMES[3]]


def test_what_is_in_use_stays_whatever_room_is_wanted(tmp_path: Path) -> None:
    cache, source = cache_of(tmp_path, documents=1), Source()
    with cache.hold(NAMES[0], source) as held:
        read(cache, NAMES[1], source)
        read(cache, NAMES[2], source)
        assert names_in(tmp_path) == [NAMES[0], NAMES[2]]
        cache.forget_unused(-60)
        assert held.read_bytes() == content(NAMES[0])
    assert names_in(tmp_path) == [NAMES[0]]
    cache.forget_unused(-60)
    assert names_in(tmp_path) == []


def test_only_what_nobody_used_for_long_is_forgotten(tmp_path: Path) -> None:
    cache, source = cache_of(tmp_path), Source()
    cache.forget_unused(60)
    for name in NAMES[:2]:
        read(cache, name, source)
    (tmp_path / "cache" / f"{NAMES[2]}.part").write_bytes(b"half")
    (tmp_path / "cache" / "notes.txt").write_bytes(b"not ours")
    for name in (NAMES[0], f"{NAMES[2]}.part", "notes.txt"):
        os.utime(tmp_path / "cache" / name, (1, 1))
    cache.forget_unused(60)
    assert names_in(tmp_path) == sorted([NAMES[1], "notes.txt"])


def test_what_was_broken_off_is_never_seen_and_is_continued(tmp_path: Path) -> None:
    cache, source = cache_of(tmp_path), Source()

    def breaking(name: str, start: int) -> Incoming:
        def chunks() -> Iterator[bytes]:
            yield content(name)[start : start + 600]
            raise StorageUnavailable

        return Incoming(bytes_left=SIZE - start, chunks=chunks())

    with pytest.raises(StorageUnavailable), cache.hold(NAMES[0], breaking):
        pass
    assert names_in(tmp_path) == [f"{NAMES[0]}.part"]
    read(cache, NAMES[0], source)
    assert source.asked == [(NAMES[0], 599)]
    assert names_in(tmp_path) == [NAMES[0]]


def test_a_download_that_takes_too_long_ends_and_is_continued(tmp_path: Path) -> None:
    slow, source = Source(), Source()
    with pytest.raises(StorageUnavailable, match="in time"), cache_of(tmp_path, patience_s=-1).hold(NAMES[0], slow):
        pass
    read(cache_of(tmp_path), NAMES[0], source)
    assert source.asked == [(NAMES[0], SIZE // 2 - 1)]


def test_a_full_disk_is_a_sentence_and_is_not_made_worse(tmp_path: Path) -> None:
    # Given a limit on the size of files, which ends a write as a full disk does
    cache, source = cache_of(tmp_path), Source(size=200_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with (
            pytest.raises(StorageUnavailable, match=r"could not be copied.*READFLEET_DOCUMENTS_CACHE_BYTES"),
            cache.hold(NAMES[0], source),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names_in(tmp_path) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with (
        pytest.raises(StorageUnavailable, match=r"File exists|Not a directory"),
        cache_of(tmp_path).hold(NAMES[0], Source()),
    ):
        pass


class CountingSource(Source):
    """Leaves a file for every download it begins, and takes its time."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log

    def __call__(self, name: str, start: int) -> Incoming:
        (self._log / f"{name}-{uuid.uuid4()}").touch()
        return super().__call__(name, start)

    def _chunks(self, name: str, start: int) -> Iterator[bytes]:
        for byte in content(name)[start:]:
            time.sleep(0.0002)
            yield bytes([byte])


def in_processes(count: int, target: Callable[..., None], *arguments: object) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=target, args=arguments) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * count


def read_all(folder: Path, log: Path) -> None:
    for name in NAMES[:3]:
        read(cache_of(folder), name, CountingSource(log))


def test_processes_share_one_download(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()
    in_processes(4, read_all, tmp_path, log)
    assert len(list(log.iterdir())) == 3
    assert names_in(tmp_path) == NAMES[:3]


def read_in_turns(folder: Path) -> None:
    cache = cache_of(folder, documents=1)
    for turn in range(150):
        read(cache, NAMES[(turn + os.getpid()) % len(NAMES)], Source())
        if turn % 10 == 0:
            cache.forget_unused(-60)


def test_processes_that_want_the_same_room_see_whole_documents_only(tmp_path: Path) -> None:
    in_processes(4, read_in_turns, tmp_path)
    assert len(names_in(tmp_path)) <= 4
    cache_of(tmp_path).forget_unused(-60)
    assert names_in(tmp_path) == []
