"""The questions a worker asks of a document, whatever its format."""

from __future__ import annotations

from pathlib import Path

from ocr_worker.documents.images import check_image, load_image
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.pdf import count_pdf_pages, load_pdf_page, measure_pdf_page
from ocr_worker.documents.tiff import count_frames, load_frame, measure_frame
from read_operations.errors import PageRefused
from read_operations.records import Format
from read_operations.settings import Settings


def count_pages(path: Path, format: Format, settings: Settings) -> int:
    """How many pages the document has.

    A document of more than `settings.max_pages` is refused, not cut off: a result that looks whole must be whole.

    Raises:
        DocumentError: the document is damaged, locked, empty or too large.
        StorageUnavailable: its file cannot be read.
    """
    match format:
        case Format.PDF:
            return count_pdf_pages(path, settings)
        case Format.TIFF:
            return count_frames(path, settings)
        case _:
            check_image(path, format, settings)
            return 1


def load_page(path: Path, format: Format, number: int, settings: Settings) -> PageImage:
    """The page `number` (from 1), decoded or drawn.

    Neither can be interrupted: a caller in doubt runs it in a process it may kill.

    Raises:
        DocumentError: the document as a whole cannot be read, or its only page cannot.
        PageRefused: this page cannot be read.
        PageFailed: there is not enough memory to read it.
        StorageUnavailable: the document's file cannot be read.
    """
    match format:
        case Format.PDF:
            return load_pdf_page(path, number, settings)
        case Format.TIFF:
            return load_frame(path, number, settings)
        case _:
            if number != 1:
                raise PageRefused(f"The document has no page {number}; it is a single image.")
            return load_image(path, format, settings)


def measure_page(path: Path, format: Format, number: int, settings: Settings) -> tuple[float, float]:
    """Width and height of a page of a PDF or TIFF, as `load_page` would give them, be it able to or not.

    Raises:
        DocumentError: the document is damaged, or the header of the page is.
        PageRefused: the page is missing, or has no size.
        PdfiumError: the page is damaged.
        StorageUnavailable: the document's file cannot be read.
    """
    if format is Format.PDF:
        return measure_pdf_page(path, number)
    return measure_frame(path, number, settings)
