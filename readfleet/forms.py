"""An answer in other forms than the service's JSON, made on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from read_operations.errors import NotADocument
from read_operations.outputs import written
from read_operations.records import Line, Output, Page, Quad, Request, Unit, Word
from readfleet.client import Answer

_NOWHERE: Quad = (0, 0, 0, 0, 0, 0, 0, 0)
#: The name of no operation.
_NO_ID = "00000000-0000-0000-0000-000000000000"


def write_form(output: Output, answer: Answer, document: Path, target: BinaryIO) -> None:
    """Writes the answer in that form.

    Args:
        output: the form.
        answer: what the service made of the document.
        document: the file that was sent; the PDF is made of it.
        target: open for writing in binary, seekable for the PDF.

    Raises:
        DocumentError: no PDF can be made of the file.
    """
    if output.from_records:
        for piece in written(output, pages_of(answer), language=language_of(answer)):
            target.write(piece.encode())
        return
    from api_gateway.sniffing import SNIFF_BYTES, sniff
    from ocr_worker.outputs import render
    from read_operations.settings import Settings

    with document.open("rb") as file:
        format = sniff(file.read(SNIFF_BYTES))
    if format is None:
        raise NotADocument
    render(output, Request(id=_NO_ID, format=format), pages_of(answer), document, target, Settings())


def pages_of(answer: Answer) -> Iterator[Page]:
    """The answer's pages as records."""
    for page in answer.body["analyzeResult"]["readResults"]:
        yield Page(
            number=page["page"],
            width=page["width"],
            height=page["height"],
            unit=Unit(page["unit"]),
            angle=page.get("angle", 0.0),
            lines=tuple(_line(line) for line in page.get("lines", [])),
        )


def language_of(answer: Answer) -> str | None:
    """What was said to be the document's language, if anything."""
    return next(
        (page["language"] for page in answer.body["analyzeResult"]["readResults"] if page.get("language")), None
    )


def _line(line: dict[str, Any]) -> Line:
    words = (
        Word(text=word["text"], box=_quad(word), confidence=word.get("confidence", 1.0))
        for word in line.get("words", [])
    )
    return Line(text=line["text"], box=_quad(line), words=tuple(words))


def _quad(part: dict[str, Any]) -> Quad:
    x1, y1, x2, y2, x3, y3, x4, y4 = part.get("boundingBox", _NOWHERE)
    return x1, y1, x2, y2, x3, y3, x4, y4
