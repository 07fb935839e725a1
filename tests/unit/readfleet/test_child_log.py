from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest

from read_operations.logs import configure_logging
from read_operations.settings import LogFormat, Settings
from readfleet import child_log
from readfleet.child_log import ChildLog, loud_event


@pytest.mark.parametrize("form", LogFormat)
@pytest.mark.parametrize(("level", "loud"), [("info", False), ("warning", True), ("error", True)])
def test_what_our_processes_log_is_understood(
    form: LogFormat, level: str, loud: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(Settings(log_format=form), "worker")
    logging.getLogger("ocr_worker.test").log(logging.getLevelName(level.upper()), "It rains.")
    line = capsys.readouterr().err.strip()

    assert "It rains." in line
    assert loud_event(line) == ("It rains." if loud else None)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Traceback (most recent call last):",
        "{not json",
        '["error"]',
        "2026-01-01T00:00:00Z [warning  ] /lib/celery/consumer.py:427: CPendingDeprecationWarning:",
        json.dumps({"level": "info", "event": "x"}),
    ],
)
def test_other_lines_are_not_for_the_user(line: str) -> None:
    assert loud_event(line) is None


def test_lines_are_kept_and_errors_are_echoed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_log, "_ECHO_DELAY_S", 0.0)
    said: list[str] = []

    async def go() -> ChildLog:
        log = ChildLog("worker", tmp_path, said.append)
        intake = log.intake()
        for chunk in (b"plain\n2026Z [error    ] Bro", b"ken. process=worker\n2026Z [error    ] Broken.\n", b"rest"):
            intake.data_received(chunk)
        intake.connection_lost(None)
        await asyncio.sleep(0.01)
        log.close()
        return log

    log = asyncio.run(go())

    assert log.path is not None
    assert log.path.read_text().splitlines() == [
        "plain",
        "2026Z [error    ] Broken. process=worker",
        "2026Z [error    ] Broken.",
        "rest",
    ]
    assert said == ["worker: Broken."]
    assert log.last_words == "Broken."


def test_the_file_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_log, "_MAX_BYTES", 2000)
    log = ChildLog("worker", tmp_path, lambda line: None)
    intake = log.intake()

    intake.data_received(b"twenty bytes a line\n" * 1000)
    intake.data_received(b"x" * 100_000)  # a line without an end
    log.close()

    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2 * 2000 + 100_100
    assert len(list(tmp_path.iterdir())) == 2


def test_without_a_folder_all_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child_log, "_ECHO_DELAY_S", 0.0)
    said: list[str] = []

    async def go() -> str:
        log = ChildLog("worker", None, said.append)
        intake = log.intake()
        intake.data_received(b"plain\n2026Z [error    ] Broken. process=worker\n")
        intake.connection_lost(None)
        log.note("It starts again.")
        await asyncio.sleep(0.01)
        log.close()
        return log.last_words

    assert asyncio.run(go()) == "Broken."
    assert capsys.readouterr().out == "plain\n2026Z [error    ] Broken. process=worker\n"
    assert said == []  # it would be there twice
