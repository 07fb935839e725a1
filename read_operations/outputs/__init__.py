"""What was read in the formats of others: plain text, hOCR, ALTO. Made from records alone, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from read_operations.outputs import alto, hocr, text
from read_operations.records import Output, Page


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
