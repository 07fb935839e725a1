"""The text layer of a PDF page: what the file itself says is written there, if that can be trusted.

It is trusted when it is what a person sees. Text without ink, behind a picture or outside the page is somebody's guess
at what a picture shows, and ours is better; what a bar covers is nobody's to read; and a layer whose fonts do not say
what they show is no text at all.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pypdfium2.raw as pdfium

from ocr_worker.documents.covers import uncovered
from ocr_worker.documents.limits import check_page_size
from ocr_worker.documents.optional_text import switch_off
from ocr_worker.documents.page_image import PageImage
from ocr_worker.documents.pdf import draw_part, opened_page, opened_pdf, page_size
from ocr_worker.documents.pictures import Drawing, Picture, area, regions, survey
from ocr_worker.documents.plausibility import is_text
from ocr_worker.documents.text_ink import EVERYWHERE, Ink, ink_of
from ocr_worker.documents.text_lines import lines_of
from ocr_worker.documents.text_words import Frame, LayerWord, read_words
from read_operations.boxes import Box
from read_operations.records import Line
from read_operations.settings import Settings

#: Inches of letters that nobody can read: less than a point.
_LEAST_HEIGHT: Final = 0.008
#: Hidden text outside pictures stands for letters drawn as curves. From this share of all on, the page is read whole.
_HIDDEN_SHARE: Final = 0.1
#: A picture that layer text covers to this part is what the text stands on.
_COVERED: Final = 0.5
#: Inches drawn around a picture, so that letters at its edge are whole.
_MARGIN: Final = 0.1
#: Pictures whose levels differ by less than this are empty.
_LEAST_CONTRAST: Final = 24
#: Links and closed notes put no text on the page.
_TEXTLESS: Final = frozenset((pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_TEXT))
#: Flags of annotations that no viewer shows. Flattening would make text of the latter.
_UNSEEN: Final = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_MAX_ANNOTATIONS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePart:
    """A picture on a page with a text layer, drawn without what the layer says."""

    image: PageImage
    #: Where its top-left corner is on the page, in inches.
    left: float
    top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPage:
    """A page that is answered from its text layer: measured in inches, lines in the layer's order."""

    width: float
    height: float
    #: Clockwise quarter turns of most of the text.
    quarters: int
    lines: tuple[Line, ...]
    #: What is still to be read.
    parts: tuple[PagePart, ...]


def load_text(path: Path, number: int, settings: Settings) -> LayerPage | None:
    """The page `number` (from 1) from its text layer, or None if it has none that can be trusted.

    Raises:
        DocumentError: the document is damaged, locked or empty.
        PageRefused: the page is missing or damaged.
    """
    with opened_pdf(path) as document, opened_page(document, number) as page:
        if not flattened(page):
            return _read(page, settings)
        with contextlib.closing(document.get_page(number - 1)) as flat:
            return _read(flat, settings)


def flattened(page: Any) -> bool:
    """Makes what is seen filled into forms and stamped on the page part of its text. Whether there was any.

    In memory only; the page has to be loaded again.
    """
    textual = False
    for i in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS))):
        note = pdfium.FPDFPage_GetAnnot(page, i)
        if not note:
            continue
        kind, unseen = pdfium.FPDFAnnot_GetSubtype(note), pdfium.FPDFAnnot_GetFlags(note) & _UNSEEN
        pdfium.FPDFPage_CloseAnnot(note)
        if unseen:
            pdfium.FPDFPage_RemoveAnnot(page, i)
        elif kind not in _TEXTLESS:
            textual = True
    return textual and bool(pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS)


def _read(page: Any, settings: Settings) -> LayerPage | None:
    width, height = page_size(page)
    check_page_size(width, height, settings)
    frame = Frame.of(page)
    drawing = survey(page, frame)
    every_source = bool(drawing.covers)
    words = layer_words(page, frame, every_source=every_source)
    if not words:
        return None
    switched_off = 0
    if switch_off(page, drawing.layers, drawing.objects):
        switched_off = _length(words)
        words = layer_words(page, frame, every_source=every_source)
        switched_off -= _length(words)
    visible, hidden, blank = _sorted_out(page, words, frame, drawing, (width, height))
    if not visible or not is_text((*visible, *blank)):
        return None
    boxes = [box for box in regions(drawing.pictures, width, height) if _coverage(box, visible) < _COVERED]
    outlined = switched_off + _length(word for word in hidden if not any(_contains(box, word) for box in boxes))
    if outlined > _HIDDEN_SHARE * _length(visible):
        return None
    return LayerPage(
        width=width,
        height=height,
        quarters=_quarters(visible),
        lines=tuple(lines_of(visible)),
        parts=tuple(_drawn(page, boxes, visible, settings)),
    )


def _length(words: Iterable[LayerWord]) -> int:
    return sum(len(word.text) for word in words)


def layer_words(page: Any, frame: Frame, *, every_source: bool = False) -> list[LayerWord]:
    """The words as PDFium finds them where most text stands upright: it takes apart what stands on its head.

    Args:
        page: as PDFium has it.
        frame: of the page.
        every_source: see `read_words`.
    """
    words = _words_as_shown(page, frame, every_source)
    turned = _quarters(words)
    if not turned:
        return words
    page.set_rotation((frame.quarters - turned) % 4 * 90)
    try:
        return _words_as_shown(page, frame, every_source)
    finally:
        page.set_rotation(frame.quarters * 90)


def _words_as_shown(page: Any, frame: Frame, every_source: bool) -> list[LayerWord]:
    text = pdfium.FPDFText_LoadPage(page)
    if not text:
        raise pypdfium2.PdfiumError("The text of the page cannot be loaded.")
    try:
        return read_words(text, frame, every_source=every_source)
    finally:
        pdfium.FPDFText_ClosePage(text)


def _quarters(words: Sequence[LayerWord]) -> int:
    """How most of the text is turned."""
    return Counter(word.quarters for word in words).most_common(1)[0][0] if words else 0


def _sorted_out(
    page: Any, words: Sequence[LayerWord], frame: Frame, drawing: Drawing, size: tuple[float, float]
) -> tuple[list[LayerWord], list[LayerWord], list[LayerWord]]:
    """The words that can be seen, those hidden on the page, and those seen of which nobody knows what they say.

    What lies beside the page is none of these.
    """
    looks: dict[int, tuple[Ink, Box]] = {}
    opaque: dict[int, bool] = {}

    def hides(picture: Picture) -> bool:
        if picture.order not in opaque:
            opaque[picture.order] = picture.opaque(page)
        return opaque[picture.order]

    def seen(word: LayerWord) -> bool:
        if word.place is None:
            return True
        if word.place not in looks:
            ink = ink_of(word.source)
            looks[word.place] = ink, frame.shown(EVERYWHERE if word.place in drawing.grouped else ink.clip)
        ink, clip = looks[word.place]
        if not (ink.visible and _contains(clip, word)):
            return False
        behind = [picture for picture in drawing.pictures if _contains(picture.box, word)]
        if behind and ink.white:
            return False  # readable because of the picture, or hidden by it: the picture is read instead
        order = drawing.texts.get(word.place, math.inf)
        return not any(picture.order > order and hides(picture) for picture in behind)

    visible: list[LayerWord] = []
    hidden: list[LayerWord] = []
    blank: list[LayerWord] = []
    for word in words:
        if not _contains((0, 0, *size), word):
            continue
        if word.text:
            (visible if _legible(word) and seen(word) else hidden).append(word)
        elif word.height >= _LEAST_HEIGHT and seen(word):  # lower are spaces that the font calls something else
            blank.append(word)
    visible, covered = uncovered(page, visible, drawing)
    return visible, hidden + covered, blank


def _legible(word: LayerWord) -> bool:
    return word.height >= _LEAST_HEIGHT or not any(character.isalnum() for character in word.text)


def _contains(box: Box, word: LayerWord) -> bool:
    x, y = word.middle
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _coverage(box: Box, words: Sequence[LayerWord]) -> float:
    return sum(area(word.box) for word in words if _contains(box, word)) / area(box)


def _drawn(page: Any, boxes: Sequence[Box], words: Sequence[LayerWord], settings: Settings) -> Iterator[PagePart]:
    """The pictures, drawn without the words that are known."""
    if not boxes:
        return
    for source in {word.place: word.source for word in words if word.source}.values():
        pdfium.FPDFPageObj_SetIsActive(source, False)
    for left, top, right, bottom in boxes:
        wider = left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN
        image, x, y = draw_part(page, wider, settings)
        if int(image.pixels.max()) - int(image.pixels.min()) >= _LEAST_CONTRAST:
            yield PagePart(image=image, left=x, top=y)
