"""What was read in the formats of others: plain text, hOCR, ALTO. Made from records alone, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from read_operations.outputs import alto, hocr, text
from read_operations.records import Page


class Output(StrEnum):
    """A form in which what was read is handed out, beside the JSON."""

    TEXT = "text"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"  # needs the document, too: ocr_worker/outputs

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


def written(output: Output, pages: Iterable[Page], *, language: str | None = None) -> Iterator[str]:
    """The pages in that form, in pieces, so that only one page is held at a time.

    Args:
        output: not the PDF, which records do not suffice for.
        pages: ascending; pages that failed are there, without lines.
        language: what the client said the document's language is.
    """
    match output:
        case Output.TEXT:
            return text.written(pages)
        case Output.HOCR:
            return hocr.written(pages, language)
        case Output.ALTO:
            return alto.written(pages, language)
        case Output.PDF:
            raise ValueError("a PDF is not made from records alone")
