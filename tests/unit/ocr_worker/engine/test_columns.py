"""Synthetic pages, drawn in the order in which a person reads them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_worker.engine.order import basic_order, natural_order, reading_order
from read_operations.records import ReadingOrder

Box = tuple[float, float, float, float]
Page = list[Box]


def line(left: float, top: float, width: float, height: float = 20) -> Box:
    return (left, top, left + width, top + height)


def paragraph(left: float, top: float, width: float, count: int, pitch: float = 26) -> Page:
    """Running text: lines nearly as wide as the column, the last one short."""
    widths = [width - (i * 37 % 5) * 6 for i in range(count - 1)] + [width * 0.4]
    return [line(left, top + i * pitch, w) for i, w in enumerate(widths)]


def block(left: float, top: float, widths: Sequence[float]) -> Page:
    return [line(left, top + i * 26, width) for i, width in enumerate(widths)]


def rows(top: float, pitch: float, count: int, cells: Sequence[tuple[float, float]]) -> Page:
    """A table: left edges and widths of the cells, some of them wider from row to row."""
    return [line(x, top + i * pitch, w + (i * 7 % 4) * 9) for i in range(count) for x, w in cells]


def two_columns() -> Page:
    return paragraph(100, 200, 400, 30) + paragraph(540, 200, 400, 30)


def two_columns_off_the_grid() -> Page:
    return paragraph(100, 200, 400, 30) + paragraph(540, 207, 400, 25, pitch=31)


def three_columns() -> Page:
    return [box for x in (100, 400, 700) for box in paragraph(x, 200, 270, 40)]


def three_columns_under_a_title_over_a_footer() -> Page:
    title, under = line(100, 80, 840, 50), line(110, 140, 860)
    return [title, under, *(box for x in (100, 400, 700) for box in paragraph(x, 172, 270, 40)), line(100, 1240, 800)]


def columns_under_a_running_head() -> Page:
    return [line(100, 80, 300), line(860, 80, 80), *two_columns(), line(100, 1200, 200), line(900, 1200, 40)]


def title_between_columns() -> Page:
    upper = paragraph(100, 100, 400, 10) + paragraph(540, 100, 400, 10)
    lower = paragraph(100, 440, 400, 10) + paragraph(540, 440, 400, 10)
    return [*upper, line(200, 390, 600, 30), *lower]


def paragraphs_with_blanks_at_one_height() -> Page:
    tops = [(200, 12), (580, 8), (850, 2)]
    return [box for x in (100, 540) for top, count in tops for box in paragraph(x, top, 400, count)]


def left_column_is_longer() -> Page:
    # The blank below the shorter column does not end the longer one.
    left = paragraph(100, 200, 400, 8) + paragraph(100, 480, 400, 6)
    return left + paragraph(540, 200, 400, 8)


def columns_with_a_table_in_one() -> Page:
    left = paragraph(100, 200, 400, 16) + rows(640, 26, 5, [(110, 60), (250, 40), (400, 40)]) + [line(100, 790, 390)]
    return left + paragraph(540, 204, 400, 20, pitch=31)


def two_addresses() -> Page:
    """Like an invoice: a name, two blocks with their lines side by side, a table of two rows far apart."""
    left = [(0.80, 1.51, 1.38, 1.62), (0.81, 1.70, 2.14, 1.83), (0.80, 1.90, 2.04, 2.02), (0.80, 2.09, 1.18, 2.19)]
    right = [(4.40, 1.51, 5.82, 1.62), (5.20, 1.72, 6.54, 1.85), (5.20, 1.90, 6.65, 2.04)]
    table: Page = [
        (x, y, x + w, y + 0.1) for y in (2.87, 3.41) for x, w in ((0.54, 1), (1.95, 0.8), (3.35, 1.1), (4.75, 0.6))
    ]
    return [(0.54, 1.16, 1.45, 1.35), *left, *right, *table]


def two_short_addresses() -> Page:
    """Line beside line, with a short one on each side, and a table below."""
    left, right = [80, 110, 130, 200, 50], [90, 100, 130, 140, 50]
    table = rows(500, 30, 4, [(100, 150), (500, 60), (640, 60), (800, 60)])
    return [*block(100, 100, left), *block(520, 100, right), *table]


def three_addresses() -> Page:
    blocks = [box for x in (100, 650, 1240) for box in block(x, 300, [140, 250, 170, 300])]
    return [line(100, 100, 500, 40), *blocks, *rows(500, 60, 2, [(100, 150), (500, 150), (900, 150)])]


def notes_in_the_right_margin() -> Page:
    notes = block(800, 310, [130, 120]) + block(800, 617, [125, 110, 90])
    return paragraph(100, 200, 650, 30) + notes


def note_beside_one_paragraph() -> Page:
    first, second, third = (paragraph(100, top, 650, 6) for top in (200, 400, 600))
    return [*first, *second, *block(800, 413, [130, 120]), *third]


def lines_that_reach_into_the_gutter() -> Page:
    left = paragraph(100, 200, 400, 30)
    left[7:20:4] = [line(100, box[1], 405) for box in left[7:20:4]]
    return left + paragraph(509, 200, 400, 30)


COLUMNS = (
    two_columns,
    two_columns_off_the_grid,
    three_columns,
    three_columns_under_a_title_over_a_footer,
    columns_under_a_running_head,
    title_between_columns,
    paragraphs_with_blanks_at_one_height,
    left_column_is_longer,
    columns_with_a_table_in_one,
    two_addresses,
    two_short_addresses,
    three_addresses,
    notes_in_the_right_margin,
    note_beside_one_paragraph,
    lines_that_reach_into_the_gutter,
)


def letter() -> Page:
    sender, date = block(100, 100, [200, 260, 240]), line(700, 240, 200)
    body = [box for top in (300, 460, 700) for box in paragraph(100, top, 800, 5)]
    return [*sender, date, *body, line(100, 900, 180)]


def receipt() -> Page:
    items = [(line(60, 200 + i * 28, 120 + i * 53 % 200), line(480 - i % 3 * 9, 200 + i * 28, 60)) for i in range(12)]
    return [line(180, 100, 240, 40), line(150, 150, 300), *(box for pair in items for box in pair), line(200, 560, 200)]


def table_of_numbers() -> Page:
    return rows(100, 26, 20, [(100, 90), (300, 50), (450, 50), (600, 50)])


def table_with_descriptions() -> Page:
    return rows(100, 26, 20, [(60, 20), (100, 300), (560, 60), (760, 80)])


def table_of_names() -> Page:
    widths = [90, 210, 130, 260, 150, 100, 230, 120]
    return [line(x, 100 + i * 26, widths[(i * 3 + k) % 8]) for i in range(16) for k, x in enumerate((60, 360, 660))]


def table_with_cells_half_a_line_off() -> Page:
    # Two lines at the left, the cells beside them at half their height.
    pairs = [(line(60, 100 + i * 52, 300), line(500, 113 + i * 52, 60), line(60, 126 + i * 52, 250)) for i in range(8)]
    return [box for triple in pairs for box in triple]


def table_of_contents() -> Page:
    return [
        box for i in range(25) for box in (line(100, 100 + i * 28, 200 + i * 83 % 400), line(880, 100 + i * 28, 24))
    ]


def form() -> Page:
    pairs = [
        (line(100, 100 + i * 34, 90 + i * 40 % 130), line(290, 100 + i * 34, 150 + i * 70 % 200)) for i in range(6)
    ]
    return [box for pair in pairs for box in pair]


def short_form() -> Page:
    """As close as the lines of an address, but the labels stand by their values."""
    pairs = [(line(100, 100 + i * 26, w), line(340, 100 + i * 26, 330 - w)) for i, w in enumerate((140, 200, 170, 190))]
    return [box for pair in pairs for box in pair]


def totals() -> Page:
    pairs = [(line(400, 100 + i * 26, 90), line(700 - i % 2 * 10, 100 + i * 26, 70)) for i in range(4)]
    return [box for pair in pairs for box in pair]


def table_of_sentences() -> Page:
    """As wide as running text, but ragged."""
    widths = [150, 390, 210, 180, 360, 170]
    return [line(x, 100 + i * 26, widths[(i * 5 + k) % 6]) for i in range(14) for k, x in enumerate((60, 480))]


def indented_list() -> Page:
    page: Page = []
    for i in range(10):
        top = 100 + i * 60
        page += [
            line(100 + i % 3 * 40, top, 20),
            line(150 + i % 3 * 40, top, 600),
            line(150 + i % 3 * 40, top + 26, 400),
        ]
    return page


def numbered_lines() -> Page:
    return [box for i, b in enumerate(paragraph(150, 100, 700, 25)) for box in (line(100, 100 + i * 26, 25), b)]


def labels_and_numbers_far_apart() -> Page:
    """As far apart as addresses, and stacked like them, but too narrow to be some."""
    return [line(100, 100, 500, 40), *rows(300, 26, 5, [(100, 80), (420, 80)]), line(100, 600, 800)]


ROWS = (
    labels_and_numbers_far_apart,
    letter,
    receipt,
    table_of_numbers,
    table_with_descriptions,
    table_of_names,
    table_of_contents,
    form,
    short_form,
    totals,
    table_of_sentences,
    indented_list,
    numbered_lines,
)


def shuffled(page: Page, seed: int) -> tuple[np.ndarray, list[int]]:
    """The boxes in any order, and where each is in the page."""
    origin = list(range(len(page)))
    random.Random(seed).shuffle(origin)
    return np.array([page[i] for i in origin], np.float64), origin


@pytest.mark.parametrize("page", COLUMNS)
@pytest.mark.parametrize("seed", range(3))
def test_columns_are_read_one_after_the_other(page: Callable[[], Page], seed: int) -> None:
    boxes, origin = shuffled(page(), seed)

    assert [origin[i] for i in natural_order(boxes)] == list(range(len(origin)))


@pytest.mark.parametrize("page", ROWS)
def test_rows_are_read_as_rows(page: Callable[[], Page]) -> None:
    boxes, origin = shuffled(page(), 1)

    assert [origin[i] for i in natural_order(boxes)] == list(range(len(origin)))
    assert natural_order(boxes) == basic_order(boxes)


def test_cells_half_a_line_off_do_not_make_a_column() -> None:
    boxes = np.array(table_with_cells_half_a_line_off(), np.float64)

    assert natural_order(boxes) == basic_order(boxes)


def test_a_column_of_a_table_may_stand_off_the_rows_of_the_others() -> None:
    # Given long names beside numbers, and a third column with its cells centred over two rows
    table = rows(100, 26, 16, [(60, 250), (400, 100), (560, 100)])
    centred = [line(800, 113 + i * 52, 120 + i * 31 % 90) for i in range(8)]
    boxes = np.array(table + centred, np.float64)

    assert natural_order(boxes) == basic_order(boxes)


def test_notes_in_the_left_margin_stay_together() -> None:
    notes, body = block(100, 310, [130, 120]), paragraph(300, 200, 650, 30)

    order = natural_order(np.array(notes + body, np.float64))

    assert order == list(range(len(notes + body)))


@pytest.mark.parametrize("page", COLUMNS + ROWS)
@pytest.mark.parametrize("degrees", [0.4, -2.3, 7, 90, 180])
def test_the_order_does_not_hang_on_how_the_page_lies(page: Callable[[], Page], degrees: float) -> None:
    boxes, _ = shuffled(page(), 5)
    quads = np.array([((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in boxes.tolist()])
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turned = quads @ np.array(((cosine, sine), (-sine, cosine)))

    assert reading_order(turned, degrees, ReadingOrder.NATURAL) == natural_order(boxes)


@pytest.mark.parametrize("page", (two_columns, three_columns, two_addresses, receipt, table_of_numbers))
def test_a_little_skew_left_over_changes_nothing(page: Callable[[], Page]) -> None:
    boxes = np.array(page(), np.float64)
    skewed = boxes.copy()
    skewed[:, 1::2] += (boxes[:, [0]] + boxes[:, [2]]) / 2 * math.tan(math.radians(0.1))

    assert natural_order(skewed) == natural_order(boxes)


def test_a_page_may_have_any_number_of_blocks() -> None:
    # Given pairs of blocks, each under a line that crosses the page
    page: Page = []
    for i in range(400):
        page += [line(0, i * 300, 900), *block(0, i * 300 + 60, [200, 260, 180]), *block(500, i * 300 + 60, [220, 240])]

    assert natural_order(np.array(page, np.float64)) == list(range(len(page)))


@pytest.mark.timeout(60)
def test_a_page_of_thousands_of_lines_is_no_burden() -> None:
    page = [line(c * 100, r * 26, 60) for r in range(100) for c in range(50)]

    assert natural_order(np.array(page, np.float64)) == list(range(5000))


coordinates = st.integers(0, 400)
any_box = st.builds(
    lambda left, top, width, height: (left, top, left + width, top + height),
    coordinates,
    coordinates,
    st.integers(0, 200),
    st.integers(0, 30),
)


@settings(deadline=None)
@given(st.lists(any_box, max_size=60))
def test_every_line_comes_once(page: list[Box]) -> None:
    boxes = np.array(page, np.float64).reshape(-1, 4)

    assert sorted(natural_order(boxes)) == list(range(len(page)))
    assert sorted(basic_order(boxes)) == list(range(len(page)))


@settings(deadline=None)
@given(st.lists(any_box, max_size=40), st.randoms(use_true_random=False))
def test_the_order_given_does_not_matter(page: list[Box], chance: random.Random) -> None:
    other = page.copy()
    chance.shuffle(other)

    for order in (basic_order, natural_order):
        there = [page[i] for i in order(np.array(page, np.float64).reshape(-1, 4))]
        assert [other[i] for i in order(np.array(other, np.float64).reshape(-1, 4))] == there


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(30, 800), st.integers(0, 50)), min_size=1, max_size=60))
def test_a_single_column_is_read_from_the_top(lines: list[tuple[int, int, int]]) -> None:
    # Given lines one below the other, indented, short and with blanks as may be
    page: Page = []
    top = 0.0
    for indent, width, blank in lines:
        page.append(line(indent, top, 60 + width))
        top += 24 + blank

    boxes = np.array(page, np.float64)
    assert natural_order(boxes) == basic_order(boxes) == list(range(len(page)))
