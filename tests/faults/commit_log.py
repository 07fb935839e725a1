"""The commit log of a run: every write that Valkey took, as its append-only file has it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from read_operations.records import Status

_KEY: Final = re.compile(rb"[^{]*\{([0-9a-f-]{36})\}:(op|pages|attempts)")
_FINAL: Final = {status.value.encode() for status in Status if status.final}


@dataclass
class CommitLog:
    """What was written of each operation."""

    #: Operation -> the pages it was to have.
    plans: dict[str, list[int]] = field(default_factory=dict)
    #: Operation and page -> how often the page was stored.
    stored: Counter[tuple[str, int]] = field(default_factory=Counter)
    #: Operation and page (0 = its opening) -> how often somebody began it.
    begun: Counter[tuple[str, int]] = field(default_factory=Counter)
    #: Operation -> how often it was given a final status.
    ended: Counter[str] = field(default_factory=Counter)
    created: set[str] = field(default_factory=set)
    #: Operations that were taken back before their client heard of them.
    deleted: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, folder: Path) -> CommitLog:
        """The log in the data folder of a Valkey that never rewrote it."""
        log = cls()
        for path in sorted(
            (folder / "appendonlydir").glob("*.incr.aof"), key=lambda path: int(path.name.split(".")[-3])
        ):
            with path.open("rb") as file:
                for command in _commands(file):
                    log._take(*command)
        assert log.created, f"nothing was logged in {folder}"
        return log

    def missing(self, id: str) -> list[int]:
        """Pages that were to be stored and never were."""
        return [page for page in self.plans.get(id, []) if not self.stored[id, page]]

    def doubled(self, id: str) -> list[int]:
        """Pages that were stored more than once."""
        return [page for (other, page), times in self.stored.items() if other == id and times > 1]

    def begun_again(self, id: str) -> int:
        """How many tries came to nothing, because of whoever was killed or cut off at work."""
        return sum(times - 1 for (other, _), times in self.begun.items() if other == id)

    def _take(self, name: bytes, key: bytes = b"", *arguments: bytes) -> None:
        match = _KEY.fullmatch(key)
        if match is None:
            return
        id, part = match[1].decode(), match[2]
        name = name.upper()
        if part == b"pages" and name in (b"HSETNX", b"HSET"):
            self.stored[id, int(arguments[0])] += 1
        elif part == b"attempts" and name == b"HINCRBY":
            self.begun[id, int(arguments[0])] += 1
        elif part == b"op" and name == b"HSET":
            written = dict(zip(arguments[::2], arguments[1::2], strict=True))
            if b"request" in written:
                self.created.add(id)
            if b"plan" in written:
                self.plans[id] = json.loads(written[b"plan"])
            if written.get(b"status") in _FINAL:
                self.ended[id] += 1
        elif part == b"op" and name in (b"UNLINK", b"DEL"):
            self.deleted.add(id)


def _commands(file: BinaryIO) -> Iterator[list[bytes]]:
    """The commands of a file in the protocol of Redis; one that was cut off by a kill is left out."""
    while head := file.readline():
        assert head.startswith(b"*"), head
        command = []
        for _ in range(int(head[1:])):
            size = file.readline()
            if not size.endswith(b"\n"):
                return
            command.append(file.read(int(size[1:])))
            file.read(2)
        yield command
