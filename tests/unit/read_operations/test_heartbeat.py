"""A process that works renews its file; one that does not, does not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from read_operations import heartbeat
from read_operations.heartbeat import Heartbeat, Progress
from tests.fleet import wait_for


def age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def make_old(path: Path) -> None:
    os.utime(path, (0, 0))


def test_the_file_is_renewed_while_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
    file = tmp_path / "run" / "heartbeat"
    with Heartbeat(file, lambda: None):
        wait_for(file.exists)
        make_old(file)
        wait_for(lambda: age_s(file) < 60)


def test_it_is_not_renewed_while_something_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "heartbeat"
    complaints: list[str | None] = ["not ready yet", None, "stuck", "stuck", None]
    beat = Heartbeat(file, lambda: complaints.pop(0)).beat
    beat()
    assert not file.exists()
    beat()
    make_old(file)
    beat()
    beat()
    assert age_s(file) > 60
    beat()
    assert age_s(file) < 60


def test_what_an_earlier_process_left_is_no_sign_of_life(tmp_path: Path) -> None:
    file = tmp_path / "heartbeat"
    file.touch()
    Heartbeat(file, lambda: "not ready yet").beat()
    assert not file.exists()


def test_without_a_file_nothing_is_asked() -> None:
    def ask() -> None:
        raise AssertionError("asked")

    with Heartbeat(None, ask):
        pass


def test_a_beat_that_cannot_be_written_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_S", 0.01)
    file = tmp_path / "run" / "heartbeat"
    with Heartbeat(file, lambda: None):
        wait_for(file.exists)
        file.unlink()
        file.parent.rmdir()
        time.sleep(0.05)
        file.parent.mkdir()
        wait_for(file.exists)


def test_work_that_goes_on_makes_progress() -> None:
    now = 0.0
    progress = Progress(60, clock=lambda: now)
    now = 60
    assert progress.complaint() is None
    now = 61
    assert progress.complaint() == "nothing was done for 61 s"
    progress.made()
    assert progress.complaint() is None
