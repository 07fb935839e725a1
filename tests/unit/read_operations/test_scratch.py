from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from read_operations.scratch import Scratch

PREFIX = "readfleet-tested-"
#: Makes a folder with something in it, says its name, and stays; so does a child of it.
PROGRAM = f"""
import os, sys, tempfile, time
from read_operations.scratch import Scratch
tempfile.tempdir = sys.argv[1]
scratch = Scratch("{PREFIX}")
(scratch.path / "copy").write_bytes(b"x")
child = os.fork()
if child:
    print(scratch.path, child, sep="\\n", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def aged(folder: Path) -> None:
    os.utime(folder, (1, 1))


def test_a_folder_is_nobody_elses_and_goes_when_it_is_closed() -> None:
    scratch = Scratch(PREFIX)
    (scratch.path / "copy").write_bytes(b"x")
    assert scratch.path.stat().st_mode & 0o777 == 0o700
    scratch.close()
    assert not scratch.path.exists()


def test_what_a_killed_process_left_goes_when_the_last_of_it_is_gone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        left, child = Path(process.stdout.readline().strip()), int(process.stdout.readline())
        aged(left)
        # While it lives, and then while its child does, it has the folder
        Scratch(PREFIX).close()
        assert (left / "copy").exists()
        process.kill()
        process.wait()
        Scratch(PREFIX).close()
        assert (left / "copy").exists()
        # When both are gone, it is gone with the next
        os.kill(child, signal.SIGKILL)
        process.stdout.read()  # ends when the child has
        Scratch(PREFIX).close()
        assert not left.exists()


def test_what_was_just_made_and_what_is_none_stay(tmp_path: Path) -> None:
    (young := tmp_path / f"{PREFIX}young").mkdir()
    (elsewhere := tmp_path / "elsewhere").mkdir()
    aged(elsewhere)
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    (file := tmp_path / f"{PREFIX}file").write_bytes(b"x")
    aged(file)
    Scratch(PREFIX).close()
    assert young.is_dir()
    assert elsewhere.is_dir()
    assert file.is_file()
