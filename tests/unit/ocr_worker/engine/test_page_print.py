from __future__ import annotations

import pytest

from ocr_worker.engine.crops import X_SCALE
from ocr_worker.engine.page_print import PagePrint
from tests.unit.ocr_worker.engine.lettering import laid_out


@pytest.mark.parametrize(
    ("text", "score", "of_print"),
    [
        ("Total due", 0.9, 0.99),  # short: the page knows better
        ("Total due", 1.0, 1.0),
        ("Total due now", 0.9, 0.9),
    ],
)
def test_the_print_of_a_short_line_is_as_good_as_the_pages(text: str, score: float, of_print: float) -> None:
    page = PagePrint()
    page.add(laid_out("a" * 30, score=1.0), 600)
    page.add(laid_out("a" * 10, score=0.96), 200)

    assert page.score(laid_out(text, score=score)) == pytest.approx(of_print)


def test_a_page_of_which_nothing_was_read_says_nothing() -> None:
    page = PagePrint()
    page.add(laid_out(""), 300)

    assert page.score(laid_out("Total", score=0.7)) == pytest.approx(0.7)
    assert page.score(laid_out("")) == 0
    assert page.x_scale == X_SCALE


@pytest.mark.parametrize(
    ("columns_of_a_character", "x_scale"),
    [(20, 17 / 20), (32, 0.6), (60, 0.6), (24, 17 / 24), (10, 0.9)],
)
def test_wide_characters_are_narrowed(columns_of_a_character: int, x_scale: float) -> None:
    page = PagePrint()
    for _ in range(100):
        page.add(laid_out("a" * 30), 30 * columns_of_a_character)

    assert page.x_scale == pytest.approx(x_scale, abs=0.01)


def test_a_title_does_not_show_how_wide_the_characters_of_a_page_are() -> None:
    page = PagePrint()
    page.add(laid_out("a" * 20), 20 * 40)

    assert 0.65 < page.x_scale < X_SCALE


def test_short_lines_do_not_show_how_wide_characters_are() -> None:
    page = PagePrint()
    page.add(laid_out("Total"), 500)

    assert page.x_scale == X_SCALE


@pytest.mark.parametrize(
    ("count", "columns", "suited"),
    [
        (40, 1000, 0.6),  # 15 columns each
        (40, 760, 17 / 19),  # 11.4
        (40, 400, 0.9),
        (8, 100, 0.6),  # too few to say
    ],
)
def test_a_line_set_more_narrowly_than_its_page_is_cut_wider(count: int, columns: float, suited: float) -> None:
    assert PagePrint.x_scale_of(laid_out("a" * count), columns, 0.6) == pytest.approx(suited)
