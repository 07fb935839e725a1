"""Where the pictures of a PDF page are, what was drawn before and after them, and what is painted over text."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from ocr_worker.documents.optional_text import Layers, layers_of
from ocr_worker.documents.painted import Cover, hides_words, paints
from ocr_worker.documents.text_words import Frame, address
from read_operations.boxes import Box, union

#: Groups are opened this deep.
_MAX_DEPTH: Final = 4
#: Objects looked at. A map may have more; walking them takes less time than parsing them did.
_MAX_OBJECTS: Final = 100_000
#: Pictures nearer to each other than this, in inches, are parts of one: scans come in strips, drawings in tiles.
_NEAR: Final = 0.05
#: Smaller pictures, in inches, hold no text: bullets, rules, dots.
_LEAST_WIDTH: Final = 0.2
_LEAST_HEIGHT: Final = 0.08
#: Fewer pixels hold no text either; backgrounds often have only one.
_LEAST_PIXELS: Final = 200
#: More pictures than this are taken together, as are those that cover this share of the page.
_MANY: Final = 8
_MOST: Final = 0.6
#: Mean opacity, of 255, from which a picture hides what is below it.
_OPAQUE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image on the page."""

    #: Its place in the order of drawing.
    order: int
    #: In inches of the page as it is shown.
    box: Box
    pixels: int
    source: Any

    def opaque(self, page: pypdfium2.PdfPage) -> bool:
        """Whether it hides what is below it; a watermark does not. Draws it, so it is asked only when it matters."""
        raw = pdfium.FPDFImageObj_GetRenderedBitmap(page.pdf, page, self.source)
        if not raw:
            return True
        bitmap = pypdfium2.PdfBitmap.from_raw(raw)
        try:
            pixels = bitmap.to_numpy()
            return pixels.ndim < 3 or pixels.shape[2] < 4 or bool(np.mean(pixels[:, :, 3]) >= _OPAQUE)
        finally:
            bitmap.close()


@dataclass(slots=True)
class Drawing:
    """What a page consists of."""

    pictures: list[Picture] = field(default_factory=list)
    #: Place in the order of drawing of each text object, by its address.
    texts: dict[int, int] = field(default_factory=dict)
    #: Addresses of those in groups, which have coordinates of their own.
    grouped: set[int] = field(default_factory=set)
    #: Those in layers that can be switched off, by layer.
    layers: dict[Layers, list[Any]] = field(default_factory=dict)
    #: What is painted after the first text and may hide a word, pictures excepted.
    covers: list[Cover] = field(default_factory=list)
    #: How many objects there are, those in groups too.
    objects: int = 0


def survey(page: Any, frame: Frame) -> Drawing:
    """Walks through a page's objects, in the order in which they are drawn."""
    drawing = Drawing()
    drawing.objects = _walk(page, frame, drawing, 0, None, 0, ())
    return drawing


def regions(pictures: Iterable[Picture], width: float, height: float) -> list[Box]:
    """The parts of a page of this size, in inches, whose pictures may hold text."""
    clipped = ((_within(picture.box, width, height), picture.pixels) for picture in pictures)
    found = _joined([(box, pixels) for box, pixels in clipped if box[0] < box[2] and box[1] < box[3]])
    boxes = [
        box
        for box, pixels in found
        if box[2] - box[0] >= _LEAST_WIDTH and box[3] - box[1] >= _LEAST_HEIGHT and pixels >= _LEAST_PIXELS
    ]
    if len(boxes) > _MANY or sum(map(area, boxes)) > _MOST * width * height:
        return [union(boxes)]
    return boxes


def area(box: Box) -> float:
    """Its area, 0 if it is none."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _walk(holder: Any, frame: Frame, drawing: Drawing, order: int, matrix: Any, depth: int, layers: Layers) -> int:
    """Looks at the objects of a page or a group in these layers, whose contents `matrix` moves.

    Gives the next place in the order.
    """
    if depth:
        count, get = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
    else:
        count, get = pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    for i in range(max(0, count(holder))):
        if order >= _MAX_OBJECTS:
            break
        item = get(holder, i)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            place = address(item)
            drawing.texts[place] = order
            if depth:
                drawing.grouped.add(place)
            if own := layers + layers_of(item):
                drawing.layers.setdefault(own, []).append(item)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            drawing.pictures.append(_picture(item, frame, order, matrix))
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            inner = _matrix(item)
            moved = inner.multiply(matrix) if matrix else inner
            order = _walk(item, frame, drawing, order, moved, depth + 1, layers + layers_of(item))
        elif drawing.texts:
            box = _bounds(item, matrix)
            if hides_words(box) and paints(item, kind):
                blended = pdfium.FPDFPageObj_HasTransparency(item) == 1
                drawing.covers.append(Cover(order=order, box=frame.shown(box), blended=blended))
        order += 1
    return order


def _picture(item: Any, frame: Frame, order: int, matrix: Any) -> Picture:
    own = _matrix(item)
    if matrix:
        own = own.multiply(matrix)
    # A picture is drawn as a square of 1 x 1 that its matrix moves into place.
    corners = [own.on_point(x, y) for x in (0, 1) for y in (0, 1)]
    xs, ys = zip(*corners, strict=True)
    columns, rows = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(item, columns, rows)
    box = frame.shown((min(xs), min(ys), max(xs), max(ys)))
    return Picture(order=order, box=box, pixels=columns.value * rows.value, source=item)


def _bounds(item: Any, matrix: Any) -> Box:
    """Left, bottom, right and top of an object in PDFium's coordinates; 0 if it has none."""
    left, bottom, right, top = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    box = left.value, bottom.value, right.value, top.value
    return matrix.on_rect(*box) if matrix else box


def _matrix(item: Any) -> Any:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    return pypdfium2.PdfMatrix.from_raw(matrix)


def _within(box: Box, width: float, height: float) -> Box:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(width, right), min(height, bottom)


def _joined(parts: Sequence[tuple[Box, int]]) -> list[tuple[Box, int]]:
    """The parts, those near each other put together, with the sum of their pixels."""
    joined: list[tuple[Box, int]] = []
    for box, pixels in sorted(parts):
        apart = []
        for other, others in joined:
            if _near(box, other):
                box = union((box, other))
                pixels += others
            else:
                apart.append((other, others))
        joined = [*apart, (box, pixels)]
    return joined if len(joined) == len(parts) else _joined(joined)


def _near(a: Box, b: Box) -> bool:
    return a[0] - _NEAR <= b[2] and b[0] - _NEAR <= a[2] and a[1] - _NEAR <= b[3] and b[1] - _NEAR <= a[3]
