"""Reads one page: what its text layer says, and by the engine what only its pictures say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, cast

import numpy as np

from ocr_worker.documents import LayerPage, PageImage, load_page, load_text
from ocr_worker.documents.pictures import area
from ocr_worker.engine.order import reading_order
from ocr_worker.engine.port import Engine, Reading
from ocr_worker.stopwatch import Kind, Phase, Stopwatch
from read_operations.boxes import Box, around, union
from read_operations.records import Format, Line, Page, Quad, ReadingOrder, Request, Unit, Word
from read_operations.settings import Settings

#: Decimals kept of a coordinate: a hundredth of a pixel, a hundred-thousandth of an inch.
_DECIMALS: Final = {Unit.PIXEL: 2, Unit.INCH: 5}
#: A word that was read is the layer's own when they share this part of the smaller one.
_SAME_PLACE: Final = 0.5
#: Clockwise degrees, in (-180, 180], of text turned by so many quarters.
_ANGLES: Final = (0.0, 90.0, 180.0, -90.0)


def read_page(
    path: Path, request: Request, number: int, engine: Engine, settings: Settings, watch: Stopwatch | None = None
) -> Page:
    """Reads the page `number` of the document that was sent with a request, and tells the watch what it does.

    Raises:
        DocumentError: the document as a whole cannot be read.
        PageFailed: this page cannot be read.
        StorageUnavailable: the document's file cannot be read.
    """
    watch = watch or Stopwatch()
    if settings.text_layer and request.format is Format.PDF:
        layer = load_text(path, number, settings)
        watch.lap(Phase.TEXT_LAYER)
        if layer is not None:
            watch.kind = Kind.TEXT_LAYER
            return _from_layer(layer, request.reading_order, number, engine, watch)
    watch.kind = Kind.PICTURE
    image = load_page(path, request.format, number, settings)
    watch.lap(Phase.RENDER)
    reading = _timed(engine.read(image.pixels, request.reading_order), watch)
    return Page(
        number=number,
        width=image.width,
        height=image.height,
        unit=image.unit,
        angle=reading.angle,
        lines=_in_page_units(reading.lines, image),
    )


def _timed(reading: Reading, watch: Stopwatch) -> Reading:
    watch.lap(Phase.DETECTION, reading.detection_s)
    watch.lap(Phase.RECOGNITION)
    return reading


def _from_layer(layer: LayerPage, order: ReadingOrder, number: int, engine: Engine, watch: Stopwatch) -> Page:
    lines = list(layer.lines)
    if layer.parts:
        known = [around(word.box) for line in layer.lines for word in line.words]
        for part in layer.parts:
            reading = _timed(engine.read(part.image.pixels, order), watch)
            for line in _in_page_units(reading.lines, part.image, part.left, part.top):
                if (new := _without(line, known)) is not None:
                    lines.append(new)
    angle = _ANGLES[layer.quarters]
    quads = np.array([line.box for line in lines], dtype=np.float64).reshape(-1, 4, 2)
    lines = [lines[i] for i in reading_order(quads, angle, order)]
    return Page(number=number, width=layer.width, height=layer.height, unit=Unit.INCH, angle=angle, lines=tuple(lines))


def _without(line: Line, known: list[Box]) -> Line | None:
    """A line that was read, without the words that the layer has in the same place."""
    new = tuple(word for word in line.words if not _is_known(word, known))
    if len(new) == len(line.words):
        return line
    if 2 * len(new) < len(line.words):
        return None  # the rest is the layer's, too, only cut otherwise
    left, top, right, bottom = union(around(word.box) for word in new)
    return replace(
        line,
        text=" ".join(word.text for word in new),
        box=(left, top, right, top, right, bottom, left, bottom),
        words=new,
    )


def _is_known(word: Word, known: list[Box]) -> bool:
    a = around(word.box)
    for b in known:
        shared = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
        if shared > _SAME_PLACE * min(area(a), area(b)):
            return True
    return False


def _in_page_units(lines: tuple[Line, ...], image: PageImage, left: float = 0, top: float = 0) -> tuple[Line, ...]:
    """The lines with their boxes scaled from the image's pixels to the page's units, and moved to its place."""
    if (*image.units_per_pixel, left, top) == (1, 1, 0, 0):
        return lines
    corners = np.array([box for line in lines for box in (line.box, *(word.box for word in line.words))])
    scaled = corners.reshape(-1, 4, 2) * image.units_per_pixel + (left, top)
    boxes = (cast(Quad, tuple(box)) for box in scaled.round(_DECIMALS[image.unit]).reshape(-1, 8).tolist())
    return tuple(
        replace(line, box=next(boxes), words=tuple(replace(word, box=next(boxes)) for word in line.words))
        for line in lines
    )
