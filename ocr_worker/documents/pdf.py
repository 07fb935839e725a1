"""PDF by PDFium, which takes one caller at a time."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import pypdfium2
import pypdfium2.raw as pdfium

from ocr_worker.documents.decoding import stored
from ocr_worker.documents.limits import check_page_count, check_page_size
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.pdf_guard import check_structure
from ocr_worker.documents.pixels import assembled
from ocr_worker.documents.resolution import page_dpi, scan_dpi
from ocr_worker.engine.port import Pixels
from read_operations.errors import DocumentDamaged, DocumentEncrypted, PageFailed, PageRefused
from read_operations.records import POINTS_PER_INCH, Unit
from read_operations.settings import Settings

#: Sizes are rounded up to whole pixels: a scan's 2550.0001 must not become 2551, which would blur it.
_BARELY_LESS: Final = 1 - 1e-5
#: How the colours of a bitmap become red-green-blue, by its channels.
_TO_RGB: Final = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}
_LOCK: Final = threading.Lock()

# It warns of forms it cannot animate, which nobody wants animated.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)


def count_pdf_pages(path: Path, settings: Settings) -> int:
    """How many pages the document says it has; some may prove to be missing when they are loaded.

    Raises:
        DocumentError: it is damaged, locked or empty, or exceeds a limit.
    """
    check_structure(path, settings)
    with opened_pdf(path) as document:
        count = len(document)
    check_page_count(count, settings)
    return count


def load_pdf_page(path: Path, number: int, settings: Settings) -> PageImage:
    """Draws one page, with what is filled into its form.

    Raises:
        DocumentError: the document is damaged, locked or empty.
        PageRefused: the page is missing, damaged or too large.
        PageFailed: there is not enough memory to draw it.
    """
    with opened_pdf(path) as document, opened_page(document, number) as page:
        return _drawn(page, settings)


def measure_pdf_page(path: Path, number: int) -> tuple[float, float]:
    """What `page_size` says of a page, without looking at what is on it.

    Raises:
        DocumentError: the document is damaged, locked or empty.
        PageRefused: the page has no size.
        PdfiumError: there is no such page.
    """
    with opened_pdf(path) as document:
        return _in_inches(document.get_page_size(number - 1))


@contextlib.contextmanager
def opened_pdf(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document, and PDFium with it: nobody else in the process may use it within the context.

    Raises:
        DocumentError: it is damaged, locked or empty.
    """
    with _LOCK:
        with stored(path):
            pass  # tells a missing file from a damaged one
        # Not by PdfDocument(path): that leaves a document without pages open when it refuses it.
        raw = pdfium.FPDF_LoadDocument(os.fsencode(path) + b"\0", None)
        if not raw:
            if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
                raise DocumentEncrypted
            raise DocumentDamaged
        with pypdfium2.PdfDocument(raw) as document:
            if len(document) < 1:
                raise DocumentDamaged("The PDF has no pages. Open it in a viewer to check it, and send it again whole.")
            yield document


@contextlib.contextmanager
def opened_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[Any]:
    """A page with what is filled into its form; whatever PDFium raises within the context means damage.

    Raises:
        PageRefused: the page is missing or damaged.
        PageFailed: there is not enough memory to draw it, or we fail to, most likely as it is damaged.
    """
    if not 1 <= number <= len(document):
        raise PageRefused(f"The document has no page {number}.")
    with contextlib.suppress(pypdfium2.PdfiumError):
        document.init_forms()  # before the page is loaded, or its fields stay empty
    try:
        with contextlib.closing(document.get_page(number - 1)) as page:
            yield page
    except MemoryError as error:
        raise PageFailed(
            "Drawing the page takes more memory than the worker has. Print it to a smaller page."
        ) from error
    except (pypdfium2.PdfiumError, ValueError, ArithmeticError) as error:
        kind = PageRefused if isinstance(error, pypdfium2.PdfiumError) else PageFailed
        raise kind(
            f"Page {number} of the PDF is damaged or missing. Open it in a viewer to check it, and print it to a "
            "new PDF."
        ) from error


def page_size(page: Any) -> tuple[float, float]:
    """Width and height of the page as it is shown, in inches.

    Raises:
        PageRefused: it has none.
    """
    return _in_inches(page.get_size())


def _in_inches(points: tuple[float, float]) -> tuple[float, float]:
    width, height = (side / POINTS_PER_INCH for side in points)
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise PageRefused("The page has no size. Print it to a new PDF and send that.")
    return width, height


def draw_part(page: Any, box: tuple[float, float, float, float], settings: Settings) -> tuple[PageImage, float, float]:
    """Draws what lies within a box, without drawing the rest.

    Args:
        page: the page.
        box: left, top, right, bottom, in inches of the page as it is shown.
        settings: for the limits of its sides.

    Returns:
        The picture, and where its left and top edges are on the page.
    """
    width, height = page_size(page)
    scale = _scale(page, width, height, settings)
    columns, rows = (math.ceil(side * scale) for side in page.get_size())
    across, down = columns / width, rows / height
    left, top = max(0, math.floor(box[0] * across)), max(0, math.floor(box[1] * down))
    right, bottom = min(columns, math.ceil(box[2] * across)), min(rows, math.ceil(box[3] * down))
    # Rounded up to whole pixels by the helper, hence the half that is taken off.
    crop = tuple(max(0.0, cut - 0.5) / scale for cut in (left, rows - bottom, columns - right, top))
    pixels = _pixels(page, scale, crop)
    image = PageImage(pixels=pixels, width=pixels.shape[1] / across, height=pixels.shape[0] / down, unit=Unit.INCH)
    return image, left / across, top / down


def _drawn(page: Any, settings: Settings) -> PageImage:
    width, height = page_size(page)
    check_page_size(width, height, settings)
    pixels = _pixels(page, _scale(page, width, height, settings))
    return PageImage(pixels=pixels, width=width, height=height, unit=Unit.INCH)


def _scale(page: Any, width: float, height: float, settings: Settings) -> float:
    """Pixels a point."""
    dpi = page_dpi(width, height, scan_dpi(page, width, height), settings.max_image_side)
    return dpi / POINTS_PER_INCH * _BARELY_LESS


def _pixels(page: Any, scale: float, crop: tuple[float, ...] = (0, 0, 0, 0)) -> Pixels:
    # PDFium blends faster into four channels, and a page without transparency needs no second copy from three.
    bitmap = page.render(scale=scale, crop=crop, maybe_alpha=True, limit_image_cache=True)
    with contextlib.closing(bitmap):
        return _copied(bitmap.to_numpy())


def _copied(pixels: Pixels) -> Pixels:
    """The pixels of a bitmap in three or four channels, which goes when it is closed."""
    height, width, channels = pixels.shape
    return assembled(height, width, lambda rows: pixels[rows], _TO_RGB[channels])
