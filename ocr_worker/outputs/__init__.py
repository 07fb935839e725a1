"""What was read in every form that users want it in; the PDF is made from the document itself.

The light forms are made by `read_operations.outputs`; the PDF brings Pillow, pikepdf and PDFium, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from read_operations.outputs import written
from read_operations.records import Output, Page, Request
from read_operations.settings import Settings


def render(
    output: Output, request: Request, pages: Iterable[Page], document: Path, target: BinaryIO, settings: Settings
) -> None:
    """Writes what was read of a document.

    Args:
        output: the form.
        request: what was asked of it; `Operation.request`.
        pages: what was read, ascending; `OperationStore.pages` gives them one at a time.
        document: the file that was read. The PDF alone needs it.
        target: where to; open for writing in binary, seekable for the PDF.
        settings: for the limits of documents.

    Raises:
        DocumentError: the document cannot be opened, or is too damaged to be made a PDF of.
        StorageUnavailable: its file cannot be read.
    """
    if output.from_records:
        for piece in written(output, pages, language=request.language):
            target.write(piece.encode(errors="replace"))
        return
    from ocr_worker.outputs.searchable_pdf import write_searchable_pdf

    write_searchable_pdf(request.format, pages, document, target, settings)
