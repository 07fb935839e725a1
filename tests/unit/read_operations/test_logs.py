from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from read_operations.logs import configure_logging, get_logger
from read_operations.settings import LogFormat, Settings

#: What clears a terminal, rings, is a control character beyond ASCII, and turns the writing round.
NAME = "\x1b[2J\x07\x9b31m\u202efdp.exe\nforged=yes"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**before)


def logged(form: LogFormat) -> str:
    stream = io.StringIO()
    configure_logging(Settings(log_format=form), "drop", stream)
    log = get_logger("document_drop.test")
    log.warning("document given up", name=NAME, at=Path(NAME), names=[NAME])
    logging.getLogger("some.library").error("cannot open %s", NAME)
    try:
        raise OSError(NAME)
    except OSError:
        log.exception("failed")
    return stream.getvalue()


def test_nothing_that_a_terminal_would_obey_is_in_the_text_log() -> None:
    text = logged(LogFormat.TEXT)
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert "fdp.exe\N{REPLACEMENT CHARACTER}forged=yes" in text
    assert 'Traceback (most recent call last):\n  File "' in text


def test_the_json_log_has_names_as_they_are() -> None:
    lines = logged(LogFormat.JSON).splitlines()
    assert all(line.isprintable() for line in lines)
    assert json.loads(lines[0])["name"] == NAME
