from __future__ import annotations

import contextlib
import errno
import os
import shutil
import threading
from pathlib import Path

import pytest

from document_drop.folder_place import FolderPlace
from document_drop.place import DocumentChanged, Mark, PlaceRefuses, Standing
from document_drop.rooted import RootedFolder
from tests.unit.document_drop.drops import FolderDrop


def test_a_file_that_still_changes_has_not_settled(tmp_path: Path) -> None:
    now = 0.0
    place = FolderPlace(tmp_path, settle_s=2, clock=lambda: now)
    place.check()
    path = tmp_path / "inbox" / "x.pdf"

    def settled() -> bool:
        (found,) = place.look()
        return found.settled

    path.write_bytes(b"1")
    assert not settled()
    now = 1.9
    assert not settled()
    path.write_bytes(b"12")
    now = 2.1
    assert not settled()
    now = 4.2
    assert settled()
    path.write_bytes(b"123")
    assert not settled()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.pdf").write_bytes(b"secret")
    return folder


def test_no_link_is_followed(folder_drop: FolderDrop, secret: Path) -> None:
    inbox = folder_drop.folder / "inbox"
    (inbox / "file.pdf").symlink_to(secret / "secret.pdf")
    (inbox / "folder").symlink_to(secret)
    os.mkfifo(inbox / "pipe.pdf")
    assert list(folder_drop.place.look()) == []
    for name in ("file.pdf", "folder/secret.pdf", "pipe.pdf", "folder"):
        assert folder_drop.place.find(name) is None
        assert folder_drop.place.small_file(name, 10) is None


def test_a_document_that_becomes_a_link_is_not_read(folder_drop: FolderDrop, secret: Path) -> None:
    folder_drop.put("a/secret.pdf", b"public")
    (found,) = folder_drop.place.look()
    (folder_drop.folder / "inbox" / "a" / "secret.pdf").unlink()
    (folder_drop.folder / "inbox" / "a").rmdir()
    (folder_drop.folder / "inbox" / "a").symlink_to(secret)
    with pytest.raises(DocumentChanged), folder_drop.place.open(found) as chunks:
        list(chunks)
    with pytest.raises(DocumentChanged):
        folder_drop.place.delete(found)
    assert (secret / "secret.pdf").exists()


def test_results_do_not_leave_their_folder(folder_drop: FolderDrop, secret: Path, tmp_path: Path) -> None:
    (folder_drop.folder / "results" / "a").symlink_to(secret)
    file = tmp_path / "file"
    file.write_bytes(b"result")
    for name in ("a/x.pdf", "../x.pdf", "a/../../x.pdf"):
        with pytest.raises((FileNotFoundError, PlaceRefuses)):
            folder_drop.place.write(name, ".json", file)
    assert sorted(path.name for path in secret.iterdir()) == ["secret.pdf"]


def test_names_that_are_no_text(folder_drop: FolderDrop) -> None:
    path = os.fsencode(folder_drop.folder / "inbox") + b"/\xff\xfe.pdf"
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"content")
    (found,) = folder_drop.place.look()
    folder_drop.place.mark(found, Mark(standing=Standing.FAILED, operation="x"))
    (again,) = folder_drop.place.look()
    assert again.standing is Standing.FAILED


def test_folders_within_folders_end_somewhere(folder_drop: FolderDrop) -> None:
    folder_drop.put("/".join(["d"] * 300) + "/deep.pdf", b"x")
    folder_drop.put("/".join(["d"] * 50) + "/less.pdf", b"x")
    assert [found.name[-8:] for found in folder_drop.place.look()] == ["less.pdf"]


def test_two_that_come_at_once_agree_who_the_folder_is(tmp_path: Path) -> None:
    places = [FolderPlace(tmp_path, settle_s=0) for _ in range(8)]
    threads = [threading.Thread(target=place.check) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({place.id for place in places}) == 1
    assert len(places[0].id) == 32


def test_a_share_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", refused)
    place = FolderPlace(tmp_path, settle_s=0)
    place.check()
    again = FolderPlace(tmp_path, settle_s=0)
    again.check()
    assert place.id == again.id != ""
    path = tmp_path / "inbox" / "x.pdf"
    path.write_bytes(b"first")
    (old,) = place.look()
    path.write_bytes(b"second")
    with pytest.raises(DocumentChanged):
        place.delete(old)
    assert path.read_bytes() == b"second"
    (found,) = place.look()
    place.move(found)
    assert (tmp_path / "done" / "x.pdf").read_bytes() == b"second"


def test_who_was_killed_while_he_moved_a_document_loses_none(folder_drop: FolderDrop) -> None:
    folder_drop.put("a/x.pdf", b"first")
    (found,) = folder_drop.place.look()

    class Killed(BaseException):
        pass

    # Given a document under its hidden name, as one leaves it who is killed
    inbox = RootedFolder(folder_drop.folder / "inbox")
    with contextlib.suppress(Killed), inbox.seized("a/x.pdf") as (_, hidden, _):
        shutil.copy2(folder_drop.folder / "inbox" / "a" / hidden, folder_drop.folder / "copy")
        (folder_drop.folder / "inbox" / "a" / hidden).rename(folder_drop.folder / "kept")
    (folder_drop.folder / "kept").rename(folder_drop.folder / "inbox" / "a" / hidden)
    assert list(folder_drop.place.look()) == []
    # When it is to be moved once more
    folder_drop.place.move(found)
    assert (folder_drop.folder / "done" / "a" / "x.pdf").read_bytes() == b"first"
    assert folder_drop.names() == set()


def test_what_is_gone_is_forgotten(folder_drop: FolderDrop) -> None:
    place = folder_drop.place
    assert isinstance(place, FolderPlace)
    for number in range(100):
        folder_drop.put(f"{number}.pdf", b"x")
    assert len(list(place.look())) == 100
    for number in range(1, 100):
        (folder_drop.folder / "inbox" / f"{number}.pdf").unlink()
    assert [found.name for found in place.look()] == ["0.pdf"]
    assert list(place._seen) == ["0.pdf"]
