"""What was read of the sample pages, and the PDF that is made of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from ocr_worker.outputs import render
from read_operations.records import Format, Line, Output, Page, Quad, Request, Unit, Word
from read_operations.settings import Settings
from tests.builders import LINES, Box, SamplePage, SampleWord

ID = "4d1f2a3b-0000-4000-8000-000000000000"


def quad(box: Box) -> Quad:
    left, top, right, bottom = box
    return left, top, right, top, right, bottom, left, bottom


def as_read(sample: SamplePage, *, number: int = 1, lines: Sequence[str] = LINES, dpi: float | None = None) -> Page:
    """The record of a sample page: in pixels, or in the inches that a resolution makes of them."""
    scale = 1 / dpi if dpi else 1.0
    rows = [line([(word.text, scaled(word.box, scale)) for word in row]) for row in level(sample, lines)]
    return Page(
        number=number,
        width=sample.image.width * scale,
        height=sample.image.height * scale,
        unit=Unit.INCH if dpi else Unit.PIXEL,
        lines=tuple(rows),
    )


def level(sample: SamplePage, lines: Sequence[str] = LINES) -> list[list[SampleWord]]:
    """The words by lines, each as high as its line."""
    words, rows = iter(sample.words), []
    for text in lines:
        row = [next(words) for _ in text.split()]
        top, bottom = min(word.box[1] for word in row), max(word.box[3] for word in row)
        rows.append([SampleWord(text=w.text, box=(w.box[0], top, w.box[2], bottom)) for w in row])
    return rows


def scaled(box: Box, scale: float) -> Quad:
    left, top, right, bottom = (side * scale for side in box)
    return quad((left, top, right, bottom))


def line(words: Sequence[tuple[str, Quad]], between: str = " ") -> Line:
    first, last = words[0][1], words[-1][1]
    return Line(
        text=between.join(text for text, _ in words),
        box=(*first[:2], *last[2:6], *first[6:]),
        words=tuple(Word(text=text, box=box, confidence=0.93) for text, box in words),
    )


def rendered(document: bytes, format: Format, pages: Iterable[Page], folder: Path) -> bytes:
    """The searchable PDF."""
    path = folder / "document"
    path.write_bytes(document)
    target = io.BytesIO()
    render(Output.PDF, Request(id=ID, format=format), pages, path, target, Settings())
    return target.getvalue()
