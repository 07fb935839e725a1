"""Pages with a text layer, with an engine that says what it was told to and remembers what it was shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocr_worker.engine.port import EngineInfo, Pixels, Reading
from ocr_worker.page_reader import read_page
from ocr_worker.stopwatch import Stopwatch
from read_operations.records import Format, Line, Page, Quad, ReadingOrder, Request, Unit, Word
from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, encoded, pdf, text_page

TEXT = PdfText(text="Invoice number 20417", x=72, y=700, size=24)
TOTAL = PdfText(text="Total: 1,284.50", x=72, y=100)
PICTURE = text_page(["LOGO"], size=(400, 200), font_px=64).image
#: Two inches wide, from 1 inch from the left and 5 inches from the top.
PICTURE_BOX = (72, 360, 216, 432)


class StubEngine:
    info = EngineInfo(runtime="stub", models={})

    def __init__(self, *lines: Line) -> None:
        self.reading = Reading(angle=1.5, lines=lines)
        self.shown: list[Pixels] = []

    def read(self, image: Pixels, order: ReadingOrder) -> Reading:
        self.shown.append(image)
        return self.reading


def line(*words: tuple[str, Quad]) -> Line:
    found = tuple(Word(text=text, box=box, confidence=0.9) for text, box in words)
    return Line(text=" ".join(text for text, _ in words), box=found[0].box, words=found)


#: At 200 dpi: 0.4 x 0.1 inches, half an inch from the left and the top of what is shown; a little tilted.
LOGO = line(("LOGO", (100, 100, 180, 102, 180, 122, 100, 120)))

Read = Callable[..., Page]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(data: bytes, engine: StubEngine, format: Format = Format.PDF, **options: Any) -> Page:
        path = tmp_path / "document"
        path.write_bytes(data)
        order = options.pop("reading_order", ReadingOrder.BASIC)
        request = Request(id="id", format=format, reading_order=order)
        return read_page(path, request, 1, engine, Settings(**options), Stopwatch())

    return read


def texts(page: Page) -> list[str]:
    return [line.text for line in page.lines]


@pytest.mark.parametrize("order", ReadingOrder)
def test_a_page_of_text_needs_no_engine(read: Read, order: ReadingOrder) -> None:
    engine = StubEngine(LOGO)

    page = read(pdf([PdfPage(texts=(TOTAL, TEXT))]), engine, reading_order=order)

    assert engine.shown == []
    assert texts(page) == ["Invoice number 20417", "Total: 1,284.50"]
    assert (page.number, page.width, page.height, page.unit, page.angle) == (1, 8.5, 11, Unit.INCH, 0)


def test_a_page_that_is_turned_says_so(read: Read) -> None:
    assert read(pdf([PdfPage(texts=(TEXT,), rotate=270)]), StubEngine()).angle == -90


def test_its_pictures_are_read_and_put_where_they_are(read: Read) -> None:
    engine = StubEngine(LOGO)

    page = read(pdf([PdfPage(texts=(TOTAL, TEXT), picture=PICTURE, picture_box=PICTURE_BOX)]), engine)

    # Then the engine saw the picture only, with its margin
    (shown,) = engine.shown
    assert shown.shape == pytest.approx((240, 440), abs=2)
    # And its line stands between those of the layer, as sure and as tilted as it was read
    assert texts(page) == ["Invoice number 20417", "LOGO", "Total: 1,284.50"]
    logo = page.lines[1]
    assert logo.words[0].confidence == 0.9
    left, top = 0.9, 4.9
    expected = [left + 0.5, top + 0.5, left + 0.9, top + 0.51, left + 0.9, top + 0.61, left + 0.5, top + 0.6]
    assert logo.box == pytest.approx(expected, abs=0.01)
    assert page.angle == 0


def test_what_the_layer_has_is_not_taken_from_a_picture(read: Read) -> None:
    # Given: a scan of the page, drawn at 150 dpi, on which the engine finds the layer's words and one more
    first: Quad = (160, 160, 330, 160, 330, 190, 160, 190)
    second: Quad = (400, 160, 570, 160, 570, 190, 400, 190)
    more: Quad = (900, 160, 990, 160, 990, 190, 900, 190)
    scan = text_page(size=(850, 1100)).image
    engine = StubEngine(
        line(("lnvoice", first)),
        line(("nurnber", second), ("COPY", more)),
        line(("a", first), ("b", second), ("c", more)),
    )

    page = read(pdf([PdfPage(texts=(TEXT,), picture=scan)]), engine)

    # Then only what is new is added, and scraps of a line that the layer has are not
    assert texts(page) == ["Invoice number 20417", "COPY"]
    assert page.lines[1].box == page.lines[1].words[0].box


def test_without_a_layer_the_page_is_read_as_it_looks(read: Read) -> None:
    hidden = PdfText(text="Guess", x=72, y=700, render_mode=3)

    page = read(pdf([PdfPage(texts=(hidden,), picture=text_page().image)]), StubEngine(LOGO))

    assert texts(page) == ["LOGO"]
    assert page.angle == 1.5


def test_the_setting_turns_it_off(read: Read) -> None:
    engine = StubEngine(LOGO)

    page = read(pdf([PdfPage(texts=(TEXT,))]), engine, text_layer=False)

    assert len(engine.shown) == 1
    assert texts(page) == ["LOGO"]


def test_an_image_is_read(read: Read) -> None:
    page = read(encoded(PICTURE, "PNG"), StubEngine(LOGO), Format.PNG)

    assert (page.unit, page.lines) == (Unit.PIXEL, (LOGO,))
