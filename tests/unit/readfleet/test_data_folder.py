from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from readfleet import data_folder
from readfleet.data_folder import open_folders
from readfleet.errors import CommandError, FolderInUse


def test_folders_are_private_and_the_run_folder_goes(tmp_path: Path) -> None:
    with open_folders(tmp_path / "new" / "data") as folders:
        assert folders.data == tmp_path / "new" / "data"
        for folder in (folders.data, folders.run, folders.valkey, folders.documents, folders.logs, folders.temporary):
            assert folder.stat().st_mode & 0o777 == 0o700 or folder == folders.temporary
        assert len(str(folders.socket)) < 108

    assert not folders.run.exists()
    assert folders.valkey.exists()


def test_a_folder_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_PATIENCE_S", 0.0)

    with (
        open_folders(tmp_path),
        pytest.raises(FolderInUse, match="Another `readfleet up` uses"),
        open_folders(tmp_path),
    ):
        pass

    with open_folders(tmp_path):  # it is free again
        pass


def test_whoever_inherits_the_lock_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_PATIENCE_S", 0.0)
    with open_folders(tmp_path) as folders:
        inherited = os.dup(folders.lock_fds[0])

    with pytest.raises(FolderInUse), open_folders(tmp_path):
        pass
    os.close(inherited)
    with open_folders(tmp_path) as folders, (tmp_path / "lock").open() as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_run_folder_of_a_killed_service_is_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "readfleet-leftover"
    leftover.mkdir()
    (leftover / "valkey.sock").touch()
    (tmp_path / "lock").write_text(str(leftover))

    with open_folders(tmp_path):
        assert not leftover.exists()


@pytest.mark.parametrize("content", ["", "/", "keep", "\n", "readfleet-"])
def test_nothing_else_is_removed(tmp_path: Path, content: str) -> None:
    (tmp_path / "keep").mkdir()
    (tmp_path / "lock").write_text(str(tmp_path / content) if content == "keep" else content)

    with open_folders(tmp_path):
        assert (tmp_path / "keep").exists()


def test_long_temporary_folders_are_avoided_as_sockets_have_short_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    with open_folders(tmp_path / "data") as folders:
        assert len(str(folders.socket)) < 108
    assert list(long.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="cannot be used: Not a directory"), open_folders(tmp_path / "file" / "data"):
        pass


def test_a_folder_that_others_use_as_well_is_left_as_it_is(tmp_path: Path) -> None:
    with (
        open_folders(tmp_path / "share", alone=False) as first,
        open_folders(tmp_path / "share", alone=False) as second,
    ):
        assert first.run != second.run
        assert first.temporary.is_dir()
        assert first.lock_fds == ()
        assert not (tmp_path / "share").exists()
    assert not first.run.exists()
