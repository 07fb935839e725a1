"""A PDF that is written from its start to its end, so that no picture has to be held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO


class PdfFile:
    """A new PDF in an empty file that is open for writing. Numbers of objects are given out as they are asked for."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._at = 0
        self._offsets: list[int] = []
        self._write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of an object that is added later."""
        self._offsets.append(0)
        return len(self._offsets)

    def add(self, body: bytes, number: int | None = None) -> int:
        """Writes an object; its number."""
        return self._object([body], number)

    def add_stream(self, entries: bytes, length: int, data: Iterable[bytes]) -> int:
        """Writes a stream of `length` bytes with these entries in its dictionary; its number."""
        head = b"<< %b /Length %d >>\nstream\n" % (entries, length)

        def pieces() -> Iterable[bytes]:
            yield head
            yield from data
            yield b"\nendstream"

        return self._object(pieces(), None)

    def finish(self, catalogue: int) -> None:
        """Writes where everything is."""
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(self._offsets) + 1))
        for offset in self._offsets:
            self._write(b"%010d 00000 n \n" % offset)
        size = len(self._offsets) + 1
        self._write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, catalogue, start))

    def _object(self, pieces: Iterable[bytes], number: int | None) -> int:
        number = number or self.reserve()
        self._offsets[number - 1] = self._at
        self._write(b"%d 0 obj\n" % number)
        for piece in pieces:
            self._write(piece)
        self._write(b"\nendobj\n")
        return number

    def _write(self, data: bytes) -> None:
        self._target.write(data)
        self._at += len(data)
