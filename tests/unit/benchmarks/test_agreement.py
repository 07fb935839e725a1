from __future__ import annotations

from typing import Any

import pytest

from benchmarks.agreement import Agreement, Box, Pairs, Piece, in_order, intersection_over_union, pairs


def box(left: float, top: float, width: float = 10, height: float = 10) -> Box:
    return (left, top, left + width, top, left + width, top + height, left, top + height)


def line(text: str, left: float, top: float, style: str = "other") -> dict[str, Any]:
    words = [
        {"text": word, "boundingBox": list(box(left + 20 * n, top)), "confidence": 1}
        for n, word in enumerate(text.split())
    ]
    return {
        "text": text,
        "boundingBox": list(box(left, top, width=20 * len(words) - 10)),
        "words": words,
        "appearance": {"style": {"name": style, "confidence": 1}},
    }


def page(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"lines": list(lines)}


@pytest.mark.parametrize(
    ("other", "iou"),
    [(box(0, 0), 1), (box(5, 0), 1 / 3), (box(0, 0, 20, 20), 1 / 4), (box(10, 0), 0), (box(50, 50), 0)],
)
def test_intersection_over_union(other: Box, iou: float) -> None:
    assert intersection_over_union(box(0, 0), other) == pytest.approx(iou)
    assert intersection_over_union(other, box(0, 0)) == pytest.approx(iou)


def test_a_tilted_box_counts_as_the_rectangle_around_it() -> None:
    assert intersection_over_union((5, 0, 10, 5, 5, 10, 0, 5), box(0, 0)) == 1


def test_a_word_goes_with_the_one_of_its_text_that_it_overlaps_most() -> None:
    theirs = [Piece(text="a", box=box(0, 0)), Piece(text="a", box=box(8, 0)), Piece(text="b", box=box(0, 0))]
    ours = [Piece(text="a", box=box(7, 0)), Piece(text="a", box=box(1, 0)), Piece(text="c", box=box(0, 0))]
    assert set(pairs(theirs, ours)) == {(theirs[0], ours[1]), (theirs[1], ours[0])}


def test_no_word_is_found_twice() -> None:
    word = Piece(text="a", box=box(0, 0))
    assert pairs([word, word], [word]) == [(word, word)]


def test_the_same_text_elsewhere_is_not_found() -> None:
    assert pairs([Piece(text="a", box=box(0, 0))], [Piece(text="a", box=box(0, 30))]) == []


@pytest.mark.parametrize(
    ("ours", "count"), [(["a", "b", "c"], 3), (["b", "c", "a"], 2), (["x", "a", "x", "c"], 2), ([], 0)]
)
def test_in_order(ours: list[str], count: int) -> None:
    assert in_order(["a", "b", "c"], ours) == count


def test_a_page_agrees_with_itself() -> None:
    agreement = Agreement()
    agreement.add(page(line("one two", 0, 0), line("three", 0, 20)), page(line("one two", 0, 0), line("three", 0, 20)))
    assert (agreement.words.theirs, agreement.lines.theirs) == (3, 2)
    assert agreement.words.recall == agreement.words.precision == agreement.words.equal_boxes == 1
    assert agreement.lines.recall == agreement.lines.equal_boxes == agreement.lines.equal_styles == 1
    assert agreement.order == agreement.words.median_iou == 1


def test_what_differs_is_told_apart() -> None:
    agreement = Agreement()
    theirs = page(line("one two", 0, 0), line("three", 0, 20), line("four", 0, 40, style="handwriting"))
    ours = page(line("four", 0, 40), line("one two", 1, 0), line("thee", 0, 20))
    agreement.add(theirs, ours)
    assert agreement.words.recall == agreement.words.precision == 3 / 4
    assert agreement.words.equal_boxes == 1 / 4
    assert agreement.words.median_iou == pytest.approx(9 / 11)
    assert agreement.lines.recall == 2 / 3
    assert agreement.lines.equal_styles == 1 / 2
    assert agreement.order == 1 / 3


def test_pages_add_up() -> None:
    agreement = Agreement()
    agreement.add(page(line("one", 0, 0)), page(line("one", 0, 0)))
    agreement.add(page(line("two", 0, 0)), page())
    assert agreement.words.recall == agreement.lines.recall == agreement.order == 1 / 2
    assert agreement.words.precision == 1


def test_nothing_to_find_is_found_and_nothing_found_overlaps_nothing() -> None:
    assert Pairs().recall == Pairs().median_iou == 1
    assert Pairs(theirs=1).recall == Pairs(theirs=1).median_iou == 0
