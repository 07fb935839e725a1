"""An image file as a PDF: each picture a page of its size, upright, and with its own bytes where that can be."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image

from ocr_worker.documents.decoding import exif_orientation, opened, stored
from ocr_worker.documents.frames import FrameFile, page_offsets
from ocr_worker.documents.images import load_image
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.tiff import lies_on_its_side, load_frame, opened_frame
from ocr_worker.outputs import embedding
from ocr_worker.outputs.embedding import Embedded
from ocr_worker.outputs.pdf_file import PdfFile
from read_operations.errors import DocumentError, PageFailed
from read_operations.limits import check_sides
from read_operations.records import POINTS_PER_INCH, Format
from read_operations.settings import Settings

#: A resolution outside these is none: 72 is what programs write that know of none.
_LIKELY_DPI: Final = (75.0, 2400.0)
#: Inches of the long side where no resolution is given: A4's.
_LONG_SIDE: Final = 11.69
#: In place of a picture that cannot be decoded, so that the pages keep their numbers: an empty page, in points.
_EMPTY: Final = (612.0, 792.0)
#: From the unit square to the page, by EXIF orientation: what goes along the page's width and its height.
_TURNS: Final = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


def write_picture_pdf(document: Path, format: Format, target: BinaryIO, settings: Settings) -> None:
    """Writes the PDF, holding one picture at a time.

    Raises:
        DocumentError: the document cannot be opened.
        StorageUnavailable: its file cannot be read.
    """
    pdf = PdfFile(target)
    tree = pdf.reserve()
    pages = [*(_frames if format is Format.TIFF else _image)(pdf, tree, document, format, settings)]
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    pdf.add(b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages)), tree)
    pdf.finish(pdf.add(b"<< /Type /Catalog /Pages %d 0 R >>" % tree))


def _image(pdf: PdfFile, tree: int, document: Path, format: Format, settings: Settings) -> Iterator[int]:
    with stored(document) as file, opened(file, format) as image:
        check_sides(*image.size, settings)
        orientation = exif_orientation(image)
        size = _size(image, orientation)
        match format:
            case Format.JPEG:
                picture = embedding.jpeg(file, image)
            case Format.PNG:
                picture = embedding.png(file)
            case _:
                image.load()
                picture = embedding.compressed(image)
        if picture is not None:
            yield _page(pdf, tree, picture, image.size, size, orientation)
            return
    yield _seen(pdf, tree, load_image(document, format, settings), size)


def _frames(pdf: PdfFile, tree: int, document: Path, _: Format, settings: Settings) -> Iterator[int]:
    with stored(document) as file, FrameFile.of(file) as frames:
        for number, offset in enumerate(page_offsets(frames, settings.max_pages + 1), start=1):
            frames.begin_at(offset)
            try:
                yield _frame(pdf, tree, frames, document, number, settings)
            except (DocumentError, PageFailed):
                yield _page(pdf, tree, None, (0, 0), _EMPTY)


def _frame(pdf: PdfFile, tree: int, frames: FrameFile, document: Path, number: int, settings: Settings) -> int:
    with opened_frame(frames, settings) as image:
        check_sides(*image.size, settings)
        if lies_on_its_side(image) and "dpi" in image.info:
            image.info["dpi"] = image.info["dpi"][::-1]
        image.load()  # which turns it upright, but not its resolution
        size = _size(image, 1)
        picture = embedding.compressed(image)
    if picture is not None:
        return _page(pdf, tree, picture, image.size, size)
    return _seen(pdf, tree, load_frame(document, number, settings), size)


def _seen(pdf: PdfFile, tree: int, page: PageImage, size: tuple[float, float]) -> int:
    """A page of the pixels that were read, for pictures of which PDF does not know the kind."""
    image = Image.fromarray(page.pixels)
    return _page(pdf, tree, embedding.compressed(image), image.size, size)


def _page(
    pdf: PdfFile,
    tree: int,
    picture: Embedded | None,
    pixels: tuple[int, int],
    size: tuple[float, float],
    orientation: int = 1,
) -> int:
    width, height = size
    resources = drawing = b""
    if picture is not None:
        entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d " % pixels + picture.entries
        resources = b"/XObject << /Picture %d 0 R >>" % pdf.add_stream(entries, picture.length, picture.data)
        a, b, c, d, e, f = _TURNS[orientation]
        matrix = (a * width, b * height, c * width, d * height, e * width, f * height)
        drawing = b"q %.4f %.4f %.4f %.4f %.4f %.4f cm /Picture Do Q" % matrix
    content = pdf.add_stream(b"", len(drawing), [drawing])
    return pdf.add(
        b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.4f %.4f] /Contents %d 0 R /Resources << %b >> >>"
        % (tree, width, height, content, resources)
    )


def _size(image: Image.Image, orientation: int) -> tuple[float, float]:
    """Width and height of the upright picture in points, by its resolution if it gives one."""
    width, height = image.size
    across, down = _resolution(image) or (max(width, height) / _LONG_SIDE,) * 2
    points = width / across * POINTS_PER_INCH, height / down * POINTS_PER_INCH
    return points if orientation < 5 else points[::-1]


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = map(float, image.info["dpi"])
    except (LookupError, ValueError, TypeError, ArithmeticError):
        return None
    least, most = _LIKELY_DPI
    likely = all(math.isfinite(dpi) and least <= dpi <= most for dpi in (across, down))
    return (across, down) if likely else None
