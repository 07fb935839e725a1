"""The neutral records: an operation, its pages, their lines and words.

They belong to no version of the wire format. Boxes are quads in the units of their page; what an API version makes of
them is the gateway's affair.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from read_operations.errors import ReadfleetError

#: x1, y1, … x4, y4: clockwise from the top-left corner of the *text*, in page units.
Quad = tuple[float, float, float, float, float, float, float, float]

_COMPRESSION: Final = 6


class Status(StrEnum):
    """Where an operation stands."""

    NOT_STARTED = "notStarted"  # recorded, its document not opened yet
    RUNNING = "running"  # its pages are planned, some are being read
    SUCCEEDED = "succeeded"  # every page is stored, at least one of them read
    FAILED = "failed"  # no page could be read; the error says why

    @property
    def final(self) -> bool:
        """Whether the operation can no longer change."""
        return self in (Status.SUCCEEDED, Status.FAILED)


class Unit(StrEnum):
    """What a page is measured in: images in pixels, PDF pages in inches."""

    PIXEL = "pixel"
    INCH = "inch"


#: The unit of a PDF's own coordinates.
POINTS_PER_INCH: Final = 72


class Format(StrEnum):
    """The document formats that can be read."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"
    TIFF = "tiff"
    PDF = "pdf"

    @property
    def paged(self) -> bool:
        """Whether a document of this format can hold several pages."""
        return self in (Format.TIFF, Format.PDF)


class Output(StrEnum):
    """A form in which what was read is handed out, beside the JSON."""

    TEXT = "text"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"

    @property
    def from_records(self) -> bool:
        """Whether records are enough for it. The PDF needs the document and a worker's libraries, too."""
        return self is not Output.PDF

    @property
    def suffix(self) -> str:
        """What the name of a file in this form ends with."""
        return _SUFFIXES[self]

    @property
    def media_type(self) -> str:
        """What HTTP calls it."""
        return _MEDIA_TYPES[self]


_SUFFIXES: Final = {
    Output.TEXT: ".txt",
    Output.HOCR: ".hocr",
    Output.ALTO: ".alto.xml",
    Output.PDF: ".searchable.pdf",
}
_MEDIA_TYPES: Final = {
    Output.TEXT: "text/plain; charset=utf-8",
    Output.HOCR: "text/vnd.hocr+html; charset=utf-8",
    Output.ALTO: "application/xml; charset=utf-8",
    Output.PDF: "application/pdf",
}


class ReadingOrder(StrEnum):
    """The order of a page's lines."""

    BASIC = "basic"  # rows from the top, left to right in a row
    NATURAL = "natural"  # as a person reads: columns kept together


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, its quad in page units and its confidence from 0 to 1."""

    text: str
    box: Quad
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of words; `text` is what the words give when they are put together."""

    text: str
    box: Quad
    words: tuple[Word, ...]
    #: How probable it is that a hand wrote it, from 0 to 1; None where that is not judged, as outside Latin script.
    handwriting: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a page or an operation could not be read: a Read error code and a sentence."""

    code: str
    message: str

    @classmethod
    def of(cls, error: ReadfleetError) -> Self:
        """The failure that an error stands for."""
        return cls(code=error.code, message=error.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read, or (with `failure`) one that could not be."""

    #: 1-based, in the document, whatever pages were asked for.
    number: int
    width: float
    height: float
    unit: Unit
    #: Clockwise turn of the text in degrees, in (-180, 180].
    angle: float = 0.0
    lines: tuple[Line, ...] = ()
    failure: Failure | None = None

    def pack(self) -> bytes:
        """The page as compressed JSON, for the store."""
        record: dict[str, Any] = {
            "n": self.number,
            "w": self.width,
            "h": self.height,
            "u": self.unit.value,
            "a": self.angle,
            "l": [_packed(line) for line in self.lines],
        }
        if self.failure:
            record["f"] = [self.failure.code, self.failure.message]
        # A text layer may hold half a surrogate pair, which has no encoding.
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        return zlib.compress(text, _COMPRESSION)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """The page that `pack` made the bytes of."""
        record = json.loads(zlib.decompress(packed))
        return cls(
            number=record["n"],
            width=record["w"],
            height=record["h"],
            unit=Unit(record["u"]),
            angle=record["a"],
            lines=tuple(_unpacked(*line) for line in record["l"]),
            failure=Failure(code=record["f"][0], message=record["f"][1]) if "f" in record else None,
        )


def _packed(line: Line) -> list[Any]:
    packed = [line.text, line.box, [[word.text, word.box, word.confidence] for word in line.words]]
    return packed if line.handwriting is None else [*packed, line.handwriting]


def _unpacked(text: str, box: list[float], words: list[Any], handwriting: float | None = None) -> Line:
    return Line(
        text=text,
        box=_quad(box),
        words=tuple(Word(text=t, box=_quad(b), confidence=c) for t, b, c in words),
        handwriting=handwriting,
    )


def _quad(values: list[float]) -> Quad:
    x1, y1, x2, y2, x3, y3, x4, y4 = values
    return x1, y1, x2, y2, x3, y3, x4, y4


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked for: fixed when the operation is created."""

    #: The operation's id: a lower-case GUID, also the document's name in the document store.
    id: str
    format: Format
    #: The `pages` parameter as it was sent; None reads all of them.
    pages: str | None = None
    language: str | None = None
    reading_order: ReadingOrder = ReadingOrder.BASIC
    #: Nobody waits for it: everybody else goes first.
    patient: bool = False
    #: Whose quota its pages count against, if there are quotas.
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as it stands: the request, and how far it has come."""

    request: Request
    status: Status
    #: Microseconds since 1970, by the store's clock.
    created_us: int
    updated_us: int
    #: Pages planned (0 until the document was opened), stored, and stored as failed.
    total: int = 0
    done: int = 0
    failed: int = 0
    failure: Failure | None = None

    @property
    def id(self) -> str:
        """The operation's id."""
        return self.request.id
