from __future__ import annotations

import pytest

from ocr_worker.engine.strays import without_strays
from tests.unit.ocr_worker.engine.lettering import laid_out

LATIN = "An ordinary line of forty characters, say"


def mended(*lines: str) -> list[str]:
    return [line.text for line in without_strays([laid_out(line) for line in lines])]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Discount Coupon 一 Good", "Discount Coupon — Good"),
        ("of 800°℃ (1,500°F)", "of 800°C (1,500°F)"),
        ("of 800℃ (1,500℉)", "of 800°C (1,500°F)"),
        ("（TONYMOLY SHOP（95874)）", "(TONYMOLY SHOP(95874))"),
        ("P2：80％～90％", "P2:80%~90%"),
        ("￥1,240。50", "¥1,240.50"),
        ("Ａ４、Ａ３", "A4,A3"),
        ("一", "—"),
        (LATIN, LATIN),
    ],
)
def test_latin_text_has_no_wide_characters(read: str, meant: str) -> None:
    assert mended(LATIN, read) == [LATIN, meant]


@pytest.mark.parametrize(
    "page",
    [
        ["第一章", "（A）", "一 Page 3 of the annual report"],
        ["東京タワー", LATIN, "（B）1：2"],
        ["（A）"],  # a cutting of such a page
        ["一"],
        ["１２３"],
    ],
)
def test_a_chinese_or_japanese_page_keeps_its_characters(page: list[str]) -> None:
    assert mended(*page) == page


def test_a_line_with_chinese_in_it_keeps_all_of_it_on_a_latin_page() -> None:
    assert mended(*[LATIN] * 3, "Mr Wang（王一）", "Mrs Wang（Beijing）") == [
        *[LATIN] * 3,
        "Mr Wang（王一）",
        "Mrs Wang(Beijing)",
    ]


def test_nothing_else_of_a_line_changes() -> None:
    (line,) = without_strays([laid_out("over 一 done_here", {"一": 0.6})])

    assert line == laid_out("over — done_here", {"—": 0.6})
