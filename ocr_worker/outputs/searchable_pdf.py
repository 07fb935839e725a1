"""The document as a PDF in which what was read can be searched: its pages as they are, and invisible text on them."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name, ObjectStreamMode, StreamDecodeLevel

from ocr_worker.documents.decoding import stored
from ocr_worker.documents.pdf import opened_pdf
from ocr_worker.documents.text_words import Frame
from ocr_worker.outputs.glyphless import GlyphlessFont
from ocr_worker.outputs.invisible_text import content
from ocr_worker.outputs.own_text import OwnText
from ocr_worker.outputs.picture_pdf import write_picture_pdf
from read_operations.errors import DocumentDamaged, PageFailed
from read_operations.records import Format, Page
from read_operations.settings import Settings

# What it logs of a broken file, the file's error says better.
logging.getLogger("pikepdf").setLevel(logging.ERROR)

#: What pages call the font, unless they call something else so.
_FONT_NAME: Final = "/ReadfleetText"
#: What qpdf and its binding raise on hostile files.
_PDF_ERRORS: Final = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)


def write_searchable_pdf(
    format: Format, pages: Iterable[Page], document: Path, target: BinaryIO, settings: Settings
) -> None:
    """Writes the whole document with the text of the pages that were read.

    A PDF to which nothing is to be added is copied byte by byte, so that what is signed stays signed.

    Args:
        format: the document's.
        pages: what was read; other pages get no text.
        document: the file that was read.
        target: open for writing in binary, and seekable.
        settings: for the limits of documents.

    Raises:
        DocumentError: the document cannot be opened, or is too damaged to be written again.
        StorageUnavailable: its file cannot be read.
    """
    if format is Format.PDF:
        _write_pdf(pages, document, target)
        return
    with tempfile.TemporaryFile() as pictures:
        write_picture_pdf(document, format, pictures, settings)
        with _pdf_errors(), pikepdf.open(pictures) as pdf:
            layer = _Layer(pdf, range(1, len(pdf.pages) + 1))
            for page in pages:
                layer.add(page, _plain(pdf, page.number))
            layer.finish()
            _save(pdf, target, ObjectStreamMode.generate)


def _write_pdf(pages: Iterable[Page], document: Path, target: BinaryIO) -> None:
    with opened_pdf(document) as drawn, _pdf_errors(), pikepdf.open(document, suppress_warnings=True) as pdf:
        layer = _Layer(pdf, _numbers(drawn, len(pdf.pages)))
        for page in pages:
            if page.lines:
                with contextlib.suppress(PageFailed):  # it was there when it was read; nothing can be added to it now
                    layer.add(page, OwnText.of(drawn, page.number))
        if layer.finish():
            _save(pdf, target, ObjectStreamMode.preserve)
            return
    with stored(document) as file:
        shutil.copyfileobj(file, target)


class _Layer:
    """The invisible text of a PDF, of whose pages these are the numbers, or None if nobody knows."""

    def __init__(self, pdf: pikepdf.Pdf, numbers: Sequence[int] | None) -> None:
        self._pdf = pdf
        self._places = None if numbers is None else {number: place for place, number in enumerate(numbers)}
        self._font = GlyphlessFont(pdf)
        self._used = False

    def add(self, read: Page, own: OwnText) -> None:
        """Adds what was read on a page, before all else that is on it: there the coordinates are the page's own.

        Raises:
            DocumentDamaged: nobody knows which page that is.
        """
        place = 0 if self._places is None else self._places.get(read.number)
        if place is None:
            return
        page = self._pdf.pages[place]
        name = self._name_on(page)
        data = content(read, own.frame, self._font, name, own.has)
        if not data:
            return
        if self._places is None:
            raise DocumentDamaged(
                "The PDF's list of pages is damaged, so that text might get onto the wrong ones. "
                "Print it to a new PDF and send that."
            )
        page.resources.Font[name] = self._font.font
        stream = self._pdf.make_stream(zlib.compress(data), Filter=Name.FlateDecode)
        page.contents_add(stream, prepend=True)
        self._used = True

    def finish(self) -> bool:
        """Completes the font; whether there is any text."""
        self._font.finish()
        return self._used

    def _name_on(self, page: pikepdf.Page) -> str:
        """What the page calls the font. Pages may share their resources, and then have it already."""
        if Name.Resources not in page.obj:
            page.obj.Resources = Dictionary()
        if not isinstance(page.resources.get(Name.Font), Dictionary):
            page.resources.Font = Dictionary()
        fonts, name, count = page.resources.Font, _FONT_NAME, 1
        while name in fonts and fonts[name].objgen != self._font.font.objgen:
            count += 1
            name = f"{_FONT_NAME}{count}"
        return name


def _numbers(drawn: pypdfium2.PdfDocument, kept: int) -> list[int] | None:
    """The numbers that the pages qpdf has kept were read by; None if that cannot be told.

    PDFium counts what is missing in the list of pages, and qpdf does not.
    """
    found = []
    for number in range(1, len(drawn) + 1):
        with contextlib.suppress(pypdfium2.PdfiumError):
            drawn.get_page_size(number - 1)  # does not read what is on it
            found.append(number)
    # The document may say that it has less pages, of which none is missing then.
    is_clear = len(found) == kept or (len(found) < kept and found[-1:] == [len(found)])
    return found if is_clear else None


def _plain(pdf: pikepdf.Pdf, number: int) -> OwnText:
    """The page of a picture: it has no text, and lies as it is shown."""
    if not 1 <= number <= len(pdf.pages):
        return OwnText(Frame(0, 0, 1, 1, 0), [])
    left, bottom, right, top = (float(side) for side in pdf.pages[number - 1].mediabox)
    return OwnText(Frame(left, bottom, right, top, 0), [])


def _save(pdf: pikepdf.Pdf, target: Any, mode: ObjectStreamMode) -> None:
    """Writes the file with the protection it has; what was there stays as it is stored."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what was wrong with the document before
        if pdf.is_encrypted:
            # pikepdf can only keep both, protection and streams, if those without compression get one.
            pdf.save(target, encryption=True, object_stream_mode=mode)
        else:
            as_stored = StreamDecodeLevel.none
            pdf.save(target, object_stream_mode=mode, compress_streams=False, stream_decode_level=as_stored)


@contextlib.contextmanager
def _pdf_errors() -> Iterator[None]:
    try:
        yield
    except _PDF_ERRORS as error:
        raise DocumentDamaged(
            "The document is too damaged to be written again with its text. Print it to a new PDF and send that."
        ) from error
