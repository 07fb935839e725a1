from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_worker.engine.port import Engine, Pixels
from read_operations.records import ReadingOrder

HEADS = ("January", "February", "March", "April", "May", "June", "July", "August")
NAMES = ("Apples", "Pears", "Plums", "Cherries", "Grapes", "Kiwis", "Lemons", "Melons")


def draw_table() -> tuple[Pixels, list[str]]:
    """A table whose heads, the most of its long text, stand on end; and the text of its cells."""
    page, font = Image.new("RGB", (1400, 1000), "white"), ImageFont.load_default(30)
    draw = ImageDraw.Draw(page)
    cells = [*HEADS, *NAMES]
    for column, text in enumerate(HEADS):
        head = Image.new("RGB", (240, 40), "white")
        ImageDraw.Draw(head).text((5, 2), text, fill="black", font=font)
        page.paste(head.rotate(90, expand=True), (400 + column * 110, 60))
    for row, name in enumerate(NAMES):
        draw.text((60, 320 + row * 70), name, fill="black", font=font)
        for column in range(len(HEADS)):
            cells.append(str((row * 7 + column * 13) % 100))
            draw.text((400 + column * 110, 320 + row * 70), cells[-1], fill="black", font=font)
    return np.asarray(page), cells


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_a_table_is_not_turned_by_heads_that_stand_on_end(engine: Engine, degrees: int) -> None:
    image, _ = draw_table()

    reading = engine.read(np.ascontiguousarray(np.rot90(image, -degrees // 90)), ReadingOrder.BASIC)

    assert reading.angle == pytest.approx(degrees, abs=3)


def test_reads_the_cells_of_a_table_below_heads_that_stand_on_end(engine: Engine) -> None:
    image, cells = draw_table()

    reading = engine.read(image, ReadingOrder.BASIC)

    found = Counter(line.text for line in reading.lines)
    assert sum((found & Counter(cells)).values()) >= 0.9 * len(cells)


def test_a_stroke_in_a_cell_is_not_taken_for_a_dash_that_lies_on_its_side(engine: Engine) -> None:
    # Given a ruled table of numbers, strokes and capital I
    page, font = Image.new("RGB", (1000, 1200), "white"), ImageFont.load_default(30)
    draw = ImageDraw.Draw(page)
    for row in range(16):
        draw.line((60, 80 + row * 70, 940, 80 + row * 70), fill="black", width=2)
    for row in range(15):
        for column, text in enumerate((str(row + 1), "I", "|", "1")):
            draw.text((120 + column * 210, 97 + row * 70), text, fill="black", font=font)

    reading = engine.read(np.asarray(page), ReadingOrder.BASIC)

    assert {str(number) for number in range(1, 16)} <= {line.text for line in reading.lines}
    assert not {line.text for line in reading.lines} & {*"一—–-_"}
