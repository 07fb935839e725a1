"""What a child prints: all of it into a file of bounded size, warnings and errors also in front of the user.

Where there is no folder for files, as in a container, all of it goes to standard output.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import logging.handlers
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

_MAX_BYTES: Final = 5 * 2**20
_BACKUPS: Final = 1
#: A line longer than this is cut up; nobody reads it, and it must not fill our memory.
_MAX_LINE_BYTES: Final = 2**16
#: Echoes wait for so long, in case they turn out to be the reason why all is stopped, which is told by itself. A busy
#: machine takes a second to end the process that said it.
_ECHO_DELAY_S: Final = 2.0

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
#: A warning or worse as `read_operations.logs` writes it, in its text form.
_TEXT_LINE: Final = re.compile(r"\S+ \[(?:warning|error|critical)\s*\] (?P<event>.*)")
_TEXT_PROCESS: Final = re.compile(r"\s+process=\S+")
#: How Python shows a warning of the warnings module: libraries talking to programmers.
_PYTHON_WARNING: Final = re.compile(r"\S+\.py:\d+: \w*Warning:.*")
_LOUD: Final = ("warning", "error", "critical")


class ChildLog:
    """The log file of one child, over all its runs."""

    def __init__(self, name: str, folder: Path | None, echo: Callable[[str], object]) -> None:
        self.path = folder / f"{name}.log" if folder else None
        self._name = name
        self._echo = echo
        self._echoed = ""
        self._waiting: list[asyncio.TimerHandle] = []
        self._last_line = self._last_loud = ""
        self._handler: logging.Handler = (
            _File(self.path, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8", errors="replace")
            if self.path
            else _Output(sys.stdout)
        )

    @property
    def last_words(self) -> str:
        """The last warning or error of this run, or its last line: the likely reason of its end."""
        return self._last_loud or self._last_line or "It said nothing."

    def intake(self) -> Intake:
        """Takes what one run of the child prints."""
        self._last_line = self._last_loud = ""
        return Intake(self._take)

    def note(self, line: str) -> None:
        """Adds a line of ours to the file; on standard output whoever wrote it says it."""
        if not self.path:
            return
        moment = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
        self._write(f"{moment} [warning  ] {line} process=up")

    def hush(self) -> None:
        """Drops the echoes that wait."""
        for handle in self._waiting:
            handle.cancel()

    def close(self) -> None:
        """Closes the file."""
        self._handler.close()

    def _write(self, line: str) -> None:
        self._handler.handle(logging.makeLogRecord({"msg": line}))

    def _take(self, raw: bytes) -> None:
        line = _COLOUR.sub("", raw.decode(errors="replace")).rstrip()
        self._write(line)
        event = loud_event(line)
        if event is None:
            self._last_line = line.strip() or self._last_line
            return
        self._last_loud = event
        # A child that cannot reach another says so again and again; the file has every time.
        if self.path and event != self._echoed:
            self._echoed = event
            loop = asyncio.get_running_loop()
            self._waiting = [handle for handle in self._waiting if handle.when() > loop.time()]
            self._waiting.append(loop.call_later(_ECHO_DELAY_S, self._echo, f"{self._name}: {event}"))


class _File(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A full disk costs lines of a log, and must not fill the terminal instead."""


class _Output(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Nobody may be listening any more, which must not end a service."""


class Intake(asyncio.Protocol):
    """Cuts what comes through a pipe into lines."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._rest = b""
        #: Set when the pipe's last writer is gone.
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _MAX_LINE_BYTES:
            self._take(self._rest)
            self._rest = b""

    def connection_lost(self, _: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._rest:
            self._take(self._rest)
        self.ended.set()


def loud_event(line: str) -> str | None:
    """What a warning or worse says; None for every other line."""
    event = None
    if match := _TEXT_LINE.fullmatch(line):
        event = _TEXT_PROCESS.sub("", match["event"]).strip()
    elif line.startswith("{"):
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            if record.get("level") in _LOUD:
                event = str(record.get("event", line))
    return None if event is None or _PYTHON_WARNING.match(event) else event
