from __future__ import annotations

import math

import numpy as np
import pytest

from ocr_worker.engine.geometry import Quads
from ocr_worker.engine.order import basic_order, natural_order, reading_order
from read_operations.records import ReadingOrder


def boxes(*corners: tuple[float, float, float, float]) -> Quads:
    """Upright quads from left, top, right, bottom."""
    return np.array([((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in corners], np.float64).reshape(-1, 4, 2)


def turned(quads: Quads, degrees: float) -> Quads:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return np.asarray(quads @ np.array(((cosine, sine), (-sine, cosine))))


TABLE = boxes((300, 12, 400, 32), (0, 50, 100, 70), (0, 10, 100, 30), (300, 49, 400, 69), (150, 8, 250, 28))
TABLE_ORDER = [2, 4, 0, 1, 3]


def test_basic_reads_rows_from_the_top_and_each_from_the_left() -> None:
    assert reading_order(TABLE, 0, ReadingOrder.BASIC) == TABLE_ORDER


@pytest.mark.parametrize("degrees", [3, -8, 90, 180, -90, 137])
def test_rows_are_those_of_the_text_however_the_page_lies(degrees: float) -> None:
    assert reading_order(turned(TABLE, degrees), degrees, ReadingOrder.BASIC) == TABLE_ORDER


def test_large_type_does_not_swallow_the_lines_beside_it() -> None:
    # Given a price in large type beside two lines of small type
    quads = boxes((0, 0, 100, 20), (0, 24, 100, 44), (200, 0, 300, 44))

    # Then the small lines stay one below the other
    order = reading_order(quads, 0, ReadingOrder.BASIC)
    assert order.index(0) < order.index(1)


def test_a_row_may_rise_over_the_page() -> None:
    quads = boxes(*((x * 100, 40 - x * 6, x * 100 + 90, 60 - x * 6) for x in range(6)), (0, 70, 90, 90))

    assert reading_order(quads, 0, ReadingOrder.BASIC) == [0, 1, 2, 3, 4, 5, 6]


def test_tops_tell_the_rows() -> None:
    # Given a logo beside the small lines of a letterhead, and a dash in the row of a telephone number
    logo, head = (50, 70, 230, 130), [(330, 72, 500, 82), (340, 86, 490, 96), (310, 101, 520, 111)]
    number, dash = [(50, 200, 90, 212), (100, 202, 160, 214)], (94, 207, 98, 208)

    # Then the logo is in the row of the line it begins with, and the dash in one of its own, as the original has it
    assert reading_order(boxes(*head, logo), 0, ReadingOrder.BASIC) == [3, 0, 1, 2]
    assert reading_order(boxes(dash, *number), 0, ReadingOrder.BASIC) == [1, 2, 0]


def test_plain_boxes_will_do() -> None:
    upright = np.array(((300, 12, 400, 32), (0, 50, 100, 70), (0, 10, 100, 30)), np.float64)

    assert basic_order(upright) == natural_order(upright) == [2, 0, 1]


@pytest.mark.parametrize("order", ReadingOrder)
def test_nothing_has_an_order_too(order: ReadingOrder) -> None:
    assert reading_order(boxes(), 0, order) == []


def test_natural_keeps_every_line() -> None:
    assert sorted(reading_order(TABLE, 0, ReadingOrder.NATURAL)) == [0, 1, 2, 3, 4]
