"""A look through the bytes of a PDF before PDFium opens it: how deep it nests, and how much its streams unpack to.

It is a guard before the limits of memory and time, not a parser: what it does not understand it lets pass, and neither
objects within streams nor what is encrypted is looked at. PDFium itself follows arrays and dictionaries 64 deep, page
trees 1,024 and forms 40, and takes what is deeper for missing.
"""

from __future__ import annotations

import itertools
import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ocr_worker.documents.decoding import stored
from ocr_worker.documents.unpacking import FILTERS, MOST_GROWTH, PIECE_BYTES, Filter
from read_operations.errors import DocumentTooDeep
from read_operations.limits import check_decompression
from read_operations.settings import Settings

_BLANK: Final = rb"[\0\t\n\f\r ]"
_STREAM: Final = re.compile(rb">>" + _BLANK + rb"*+stream\r?\n?")
_END_OF_STREAM: Final = b"endstream"
_END_OF_OBJECT: Final = b"endobj"
#: What opens or closes an array or a dictionary, and what may hold such characters without meaning them.
_NESTING: Final = re.compile(rb"\[|\]|<<|>>|\(|%[^\r\n]*")
_STRING: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_KIDS: Final = re.compile(rb"/Kids" + _BLANK + rb"*+\[([^\[\]]*+)\]")
_NUMBER: Final = re.compile(rb"(\d{1,10})" + _BLANK + rb"++\d{1,5}" + _BLANK + rb"++obj\b")
_REFERENCE: Final = re.compile(rb"(\d{1,10})" + _BLANK + rb"++\d{1,5}" + _BLANK + rb"++R\b")
_FILTER: Final = re.compile(rb"/Filter" + _BLANK + rb"*+(?:\[([^\[\]]*+)\]|(/\w++))")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_FACTS: Final = re.compile(rb"/(Width|Height|BitsPerComponent)" + _BLANK + rb"++(\d{1,10})\b(?!" + _BLANK + rb"++\d)")
_COLOURS: Final = ((b"/DeviceRGB", 3), (b"/DeviceCMYK", 4))
#: Deepest nesting of arrays and dictionaries: PDFium would take what is deeper for missing, and say nothing.
_MOST_OBJECT_DEPTH: Final = 64
#: Deepest nesting of pages, which PDFium follows twice as deep.
_MOST_PAGE_DEPTH: Final = 500
#: Bytes before a stream in which its dictionary is looked for.
_DICTIONARY_BYTES: Final = 4096
#: Bytes between two streams that are held at once.
_WINDOW_BYTES: Final = 2**24
#: Kids of one document that are followed. One with more pages than may be read has other limits.
_MOST_KIDS: Final = 500_000
#: Streams and brackets that are looked at, some seconds' worth; ordinary documents have a hundredth.
_MOST_STEPS: Final = 5_000_000


def check_structure(path: Path, settings: Settings) -> None:
    """Looks through the file once, in time that grows with its size.

    Raises:
        DocumentTooDeep: arrays, dictionaries or the page tree nest too deep.
        DocumentTooLarge: a stream unpacks to more than the settings allow.
        StorageUnavailable: the file cannot be read.
    """
    with stored(path) as file:
        if not os.fstat(file.fileno()).st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _Guard(data, settings).look()


class _Guard:
    def __init__(self, data: mmap.mmap, settings: Settings) -> None:
        self._data = data
        self._settings = settings
        #: The kids of each node, by its number, and how many they are altogether.
        self._kids: dict[int, tuple[int, ...]] = {}
        self._count = 0
        self._steps = 0

    def look(self) -> None:
        data, at = self._data, 0
        while self._steps < _MOST_STEPS and (match := _STREAM.search(data, at)):
            self._steps += 1
            self._look_at_objects(at, match.start() + 2)
            end = data.find(_END_OF_STREAM, match.end())
            end = len(data) if end < 0 else end
            self._look_at_stream(max(at, match.start() - _DICTIONARY_BYTES), match.start(), match.end(), end)
            at = end
        self._look_at_objects(at, len(data))
        if _depth(self._kids) > _MOST_PAGE_DEPTH:
            raise DocumentTooDeep(
                f"The pages of the PDF are nested more than {_MOST_PAGE_DEPTH} deep. "
                "Print it to a new PDF and send that."
            )

    def _look_at_objects(self, start: int, end: int) -> None:
        """Looks at what stands between two streams."""
        for at in range(start, end, _WINDOW_BYTES):
            self._look_at_text(self._data[at : min(at + _WINDOW_BYTES, end)])

    def _look_at_text(self, text: bytes) -> None:
        suspicious = _openers(text) > _MOST_OBJECT_DEPTH
        if not suspicious and b"/Kids" not in text:
            return
        for body in text.split(_END_OF_OBJECT):
            if suspicious and len(body) > _MOST_OBJECT_DEPTH and _openers(body) > _MOST_OBJECT_DEPTH:
                self._check_nesting(body)
            if b"/Kids" in body and self._count < _MOST_KIDS and (number := _NUMBER.search(body)):
                kids = dict.fromkeys(int(kid) for found in _KIDS.findall(body) for kid in _REFERENCE.findall(found))
                self._kids[int(number[1])] = tuple(kids)
                self._count += len(kids)

    def _check_nesting(self, body: bytes) -> None:
        at = depth = 0
        while self._steps < _MOST_STEPS and (match := _NESTING.search(body, at)):
            self._steps += 1
            at = match.end()
            if match[0] in (b"[", b"<<"):
                depth += 1
                if depth > _MOST_OBJECT_DEPTH:
                    raise DocumentTooDeep(
                        f"Objects of the PDF are nested more than {_MOST_OBJECT_DEPTH} deep. "
                        "Print it to a new PDF and send that."
                    )
            elif match[0] in (b"]", b">>"):
                depth = max(0, depth - 1)
            elif match[0] == b"(":
                at = self._end_of_string(body, at)

    def _end_of_string(self, body: bytes, at: int) -> int:
        """Where a string ends that began before `at`."""
        open = 1
        while open and self._steps < _MOST_STEPS and (match := _STRING.search(body, at)):
            self._steps += 1
            at = match.end()
            open += {b"(": 1, b")": -1}.get(match[0], 0)
        return len(body) if open else at

    def _look_at_stream(self, dictionary_at: int, dictionary_end: int, start: int, end: int) -> None:
        dictionary = self._data[dictionary_at:dictionary_end].rpartition(b"obj")[2]
        if b"#" in dictionary:
            dictionary = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), dictionary)
        stored_bytes = end - start
        names = _filter_names(dictionary)
        if b"/Width" in dictionary and b"/Height" in dictionary:
            # A picture is unpacked row by row, up to what it says it has; what is before its last filter, whole.
            check_decompression(_picture_bytes(dictionary), stored_bytes, self._settings, "A picture in the PDF")
            names = names[:-1]
        filters = [FILTERS[name] for name in itertools.takewhile(FILTERS.__contains__, names)]
        most = stored_bytes
        for each in filters:
            most *= MOST_GROWTH[each]
        if filters and most > self._settings.decompression_floor_bytes:
            self._check_unpacked(filters, start, end)

    def _check_unpacked(self, filters: list[Filter], start: int, end: int) -> None:
        pieces: Iterator[bytes] = (self._data[at : min(at + PIECE_BYTES, end)] for at in range(start, end, PIECE_BYTES))
        for each in filters:
            pieces = each(pieces)
        unpacked = 0
        for piece in pieces:
            unpacked += len(piece)
            check_decompression(unpacked, end - start, self._settings, "A stream of the PDF")


def _openers(text: bytes) -> int:
    return text.count(b"[") + text.count(b"<<")


def _filter_names(dictionary: bytes) -> list[bytes]:
    match = _FILTER.search(dictionary)
    return (match[1] or match[2]).replace(b"/", b" ").split() if match else []


def _picture_bytes(dictionary: bytes) -> int:
    """What a picture has at least, by its own words."""
    facts = {name: int(number) for name, number in _FACTS.findall(dictionary)}
    samples = next((count for name, count in _COLOURS if name in dictionary), 1)
    bits = 1 if b"/ImageMask" in dictionary else facts.get(b"BitsPerComponent", 1)
    return facts.get(b"Width", 0) * facts.get(b"Height", 0) * samples * bits // 8


def _depth(kids: dict[int, tuple[int, ...]]) -> int:
    """How many nodes follow one another at most; what leads back to itself counts once."""
    depths: dict[int, int] = {}
    for first in kids:
        path = [first]
        while path:
            node = path[-1]
            if node not in depths:
                depths[node] = 0  # while its kids are looked at
                following = [kid for kid in kids[node] if kid in kids and kid not in depths]
                if following:
                    path += following
                    continue
            path.pop()
            depths[node] = depths[node] or 1 + max((depths[kid] for kid in kids[node] if kid in depths), default=0)
    return max(depths.values(), default=0)
