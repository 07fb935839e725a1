"""Looks at a PDF while it passes, and keeps little of it: its start, its end, and what may be an encryption dictionary.

Whatever is elsewhere or otherwise than usual counts as unknown, and is left to the worker.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any, Final

from api_gateway.pdfs.passwords import needs_password
from api_gateway.pdfs.syntax import NotUnderstood, Reference, beginning, dictionary
from read_operations.errors import DocumentDamaged, DocumentEncrypted

#: Kept of the start, where a linearized file has its trailer, and of the end, where others have theirs.
_ENDS_BYTES: Final = 2**16
#: Kept before and after what each encryption dictionary has in it; few are longer than 500 bytes.
_AROUND_BYTES: Final = 2**11
_STANDARD: Final = b"/Standard"
#: What stands before it in an encryption dictionary, and within how many bytes.
_FILTER: Final = re.compile(rb"/Filter[\0\t\n\f\r ]*+\Z")
_BLANKS: Final = 32
#: Places that are kept: one, or one for each time the file was saved with changes.
_MOST_PLACES: Final = 8
_OBJECT: Final = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]++\d{1,5}[\0\t\n\f\r ]++obj\b")
_START: Final = re.compile(rb"startxref[\0\t\n\f\r ]++(\d{1,12})")
_TABLE: Final = b"xref"
_TRAILER: Final = b"trailer"
_KIDS: Final = re.compile(rb"/Kids[\0\t\n\f\r ]*+(\[[\0\t\n\f\r ]*+\])?+")


class PassingPdf:
    """What is kept of a PDF that passes by."""

    def __init__(self) -> None:
        self._size = 0
        self._start = bytearray()
        self._end: deque[bytes] = deque()
        self._end_size = 0
        self._recent = b""
        #: Where each begins in the file, and its bytes.
        self._places: list[tuple[int, bytes]] = []

    def see(self, chunk: bytes) -> None:
        """Takes in what comes next."""
        self._size += len(chunk)
        if len(self._start) < _ENDS_BYTES:
            self._start += chunk[: _ENDS_BYTES - len(self._start)]
        self._end.append(chunk)
        self._end_size += len(chunk)
        while self._end_size - len(self._end[0]) >= _ENDS_BYTES:
            self._end_size -= len(self._end.popleft())
        self._keep(chunk, -_AROUND_BYTES)

    def check(self) -> None:
        """Judges it, when all has passed.

        Raises:
            DocumentDamaged: it has no objects, or no pages.
            DocumentEncrypted: it needs a password.
        """
        self._keep(b"", None)
        end = b"".join(self._end)
        if self._size <= len(end):
            _check_content(end)
        try:
            trailer = self._trailer(end)
            identifiers = trailer.get(b"ID")
            identifier = identifiers[0] if isinstance(identifiers, list) and identifiers else b""
            found = self._encryptions(trailer.get(b"Encrypt"))
        except NotUnderstood:
            return
        if found and isinstance(identifier, bytes) and all(needs_password(each, identifier) for each in found):
            raise DocumentEncrypted

    def _keep(self, chunk: bytes, until: int | None) -> None:
        """Keeps what may be an encryption dictionary; the last bytes wait for what comes after them."""
        at = max(0, len(self._recent) - _AROUND_BYTES - len(_STANDARD) + 1)
        recent = self._recent + chunk
        offset = self._size - len(recent)
        while len(self._places) < _MOST_PLACES and (at := recent.find(_STANDARD, at, until)) >= 0:
            if _FILTER.search(recent, max(0, at - _BLANKS), at):
                start = max(0, at - _AROUND_BYTES)
                self._places.append((offset + start, recent[start : at + _AROUND_BYTES]))
            at += len(_STANDARD)
        self._recent = recent[-2 * _AROUND_BYTES - len(_STANDARD) :]

    def _trailer(self, end: bytes) -> dict[bytes, Any]:
        """What `startxref` leads to: the dictionary after a table, or of a stream.

        Raises:
            NotUnderstood: it is out of sight.
        """
        starts = _START.findall(end)
        if not starts:
            raise NotUnderstood
        # Offsets count from the header, before which there may be rubbish.
        offset = int(starts[-1]) + self._start.find(b"%PDF-")
        end_at = self._size - len(end)
        if offset >= end_at:
            text, at = end, offset - end_at
        elif offset < len(self._start):
            text, at = bytes(self._start), offset
        else:
            # A table that is longer than the end
            text, at = end, len(end)
        if match := _OBJECT.match(text, at):
            return dictionary(text, match.end())
        at = text.find(_TRAILER, at) if text.startswith(_TABLE, at) else text.rfind(_TRAILER)
        if at < 0:
            raise NotUnderstood
        return dictionary(text, at + len(_TRAILER))

    def _encryptions(self, entry: Any) -> list[dict[bytes, Any]]:
        """The encryption dictionaries that an entry of the trailer may mean: each once, and few, as each is tried.

        Raises:
            NotUnderstood: what should be one is none, or there are too many.
        """
        if isinstance(entry, dict):
            return [entry]
        if not isinstance(entry, Reference):
            return []
        #: By where they begin in the file, as places overlap
        found: dict[int, dict[bytes, Any]] = {}
        for offset, place in self._places:
            at = 0
            while match := _OBJECT.search(place, at):
                at = match.end()
                if int(match[1]) != entry.number:
                    continue
                # Comments before it are passed over: what looks like an object there is none.
                at = beginning(place, at)
                if offset + at in found:
                    continue
                if len(found) == _MOST_PLACES:
                    raise NotUnderstood
                found[offset + at] = dictionary(place, at)
        return list(found.values())


def _check_content(whole: bytes) -> None:
    if b"obj" not in whole:
        raise DocumentDamaged("The PDF has nothing in it. Open it in a viewer to check it, and send it again whole.")
    kids = _KIDS.findall(whole)
    if kids and all(kids) and b"/ObjStm" not in whole:
        raise DocumentDamaged("The PDF has no pages. Open it in a viewer to check it, and send it again whole.")
