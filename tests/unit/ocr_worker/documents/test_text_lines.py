from __future__ import annotations

from dataclasses import replace

import pytest

from ocr_worker.documents.text_lines import lines_of
from ocr_worker.documents.text_words import LayerWord
from read_operations.boxes import Box


def word(
    text: str, left: float, right: float, *, top: float = 1, bottom: float = 1.1, first: bool = False
) -> LayerWord:
    return LayerWord(
        text=text, box=(left, top, right, bottom), quarters=0, begins_line=first, suspicious=0, source=None, place=None
    )


def texts(words: list[LayerWord]) -> list[str]:
    return [line.text for line in lines_of(words)]


def test_a_line_is_around_its_words_and_surely_right() -> None:
    (line,) = lines_of([word("to", 1, 1.2, top=1.02), word("pay", 1.25, 1.6, bottom=1.13)])

    assert line.text == "to pay"
    assert line.box == pytest.approx((1, 1, 1.6, 1, 1.6, 1.13, 1, 1.13))
    assert [each.box for each in line.words] == [
        (1, 1.02, 1.2, 1.02, 1.2, 1.1, 1, 1.1),
        (1.25, 1, 1.6, 1, 1.6, 1.13, 1.25, 1.13),
    ]
    assert {each.confidence for each in line.words} == {1}
    assert line.handwriting == 0


def test_only_latin_lines_have_a_style() -> None:
    (line,) = lines_of([word("東京", 1, 1.2)])

    assert line.handwriting is None


@pytest.mark.parametrize(("gap", "lines"), [(0.099, ["Tax:", "30"]), (0.107, ["Tax:", "30"])])
def test_a_gap_as_wide_as_the_line_is_high_ends_it(gap: float, lines: list[str]) -> None:
    # Given: words 0.1 inches high; the service's widest gap and its narrowest cut
    found = texts([word("Tax:", 1, 1.4), word("30", 1.4 + gap, 1.8)])

    assert found == (["Tax: 30"] if gap < 0.1 else lines)


def test_a_line_ends_where_pdfium_ends_it() -> None:
    assert texts([word("Name:", 1, 1.4, first=True), word("Jo", 1.42, 1.6, first=True)]) == ["Name:", "Jo"]


@pytest.mark.parametrize(("gap", "lines"), [(0.19, ["a b"]), (0.21, ["a", "b"])])
def test_within_a_string_a_gap_may_be_wider(gap: float, lines: list[str]) -> None:
    words = [replace(each, place=1) for each in (word("a", 1, 1.4), word("b", 1.4 + gap, 2))]

    assert texts(words) == lines


def test_a_word_over_another_begins_a_line() -> None:
    assert texts([word("label", 1, 2), word("value", 1.5, 1.8)]) == ["label", "value"]


def test_a_word_further_left_begins_a_line() -> None:
    assert texts([word("right", 3, 3.4), word("left", 1, 1.4)]) == ["right", "left"]


def test_coordinates_have_the_decimals_of_the_service() -> None:
    # Given: halves of the fourth decimal, with the noise of single precision
    (line,) = lines_of([word("a", 4.292749616834852, 5.6874499850802955)])

    assert line.box[0] == 4.2928
    assert line.box[2] == 5.6874


@pytest.mark.parametrize(
    ("quarters", "boxes"),
    [
        (1, [(2.0, 1.0, 2.1, 1.4), (2.0, 1.45, 2.1, 2.0)]),
        (2, [(3.0, 3.0, 3.4, 3.1), (2.4, 3.0, 2.95, 3.1)]),
        (3, [(1.0, 2.0, 1.1, 2.4), (1.0, 1.4, 1.1, 1.95)]),
    ],
)
def test_turned_text_is_read_as_it_stands(quarters: int, boxes: list[Box]) -> None:
    (line,) = lines_of(
        LayerWord(text=text, box=box, quarters=quarters, begins_line=False, suspicious=0, source=None, place=None)
        for text, box in zip(("first", "second"), boxes, strict=True)
    )

    assert line.text == "first second"
    # Then its box begins at the text's own top-left corner
    left, top, right, bottom = boxes[0]
    assert line.box[:2] == [(right, top), (right, bottom), (left, bottom)][quarters - 1]
