from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_worker.engine.splicing import spliced, stretches
from tests.unit.ocr_worker.engine.lettering import laid_out

NO_GAPS = bytes(200)


def test_parts_are_cut_in_the_middle_of_the_gaps_around_them() -> None:
    line = laid_out("aa bb cc")
    blank = bytearray(160)
    blank[36:60] = b"\1" * 24  # wider than the space's own cell, to its left
    blank[104:116] = b"\1" * 12

    (part,) = stretches(line, line.words, [False, True, False], bytes(blank))

    assert part.characters == slice(3, 5)
    assert part.columns == slice(48, 110)
    assert part.width == 62


def test_parts_are_cut_midway_where_there_is_no_gap() -> None:
    line = laid_out("aa bb cc -")

    (part,) = stretches(line, line.words, [False, True, False, False], NO_GAPS)

    assert part.columns == slice(50, 110)


def test_parts_at_the_ends_reach_to_the_ends() -> None:
    line = laid_out("aa bb cc -")

    first, last = stretches(line, line.words, [True, False, False, True], NO_GAPS)

    assert first.columns == slice(0, 50)
    assert last.columns == slice(170, 200)
    assert last.characters == slice(9, 10)


@pytest.mark.parametrize(
    ("text", "word", "held"),
    [("l am here", 0, "l am"), ("so am l", 2, "am l"), ("go l it is", 1, "l it"), ("l", 0, "l")],
)
def test_a_single_character_is_not_cut_out_alone(text: str, word: int, held: str) -> None:
    line = laid_out(text)
    words = line.words

    (part,) = stretches(line, words, [i == word for i in range(len(words))], NO_GAPS)

    assert line.text[part.characters] == held


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 300))
def test_parts_hold_all_chosen_words_and_do_not_overlap(chosen: list[bool], columns: int) -> None:
    line = laid_out(" ".join(["ab"] * len(chosen)))
    words = line.words

    parts = stretches(line, words, chosen, bytes(columns))

    edges = [edge for part in parts for edge in (part.columns.start, part.columns.stop)]
    assert edges == sorted(edges)
    assert all(part.width > 0 for part in parts)
    if columns >= 3 * len(chosen):
        held = [any(p.characters.start <= w.start and w.stop <= p.characters.stop for p in parts) for w in words]
        assert all(own <= in_part for own, in_part in zip(chosen, held, strict=True))


def test_texts_go_where_their_parts_are() -> None:
    line = laid_out("aa bb cc -")
    parts = stretches(line, line.words, [True, False, False, True], NO_GAPS)
    first = laid_out("A A")
    last = laid_out("D")

    result = spliced(line, list(zip(parts, (first, last), strict=True)), 200)

    assert result.text == "A A bb cc D"
    assert result.glyphs[3:-1] == line.glyphs[2:-1]
    assert [glyph.position for glyph in result.glyphs[:3]] == pytest.approx([0.25 / 6, 0.125, 1.25 / 6])
    assert result.glyphs[-1].position == pytest.approx(0.925)


def test_a_line_without_other_parts_stays() -> None:
    line = laid_out("aa bb")

    assert spliced(line, [], 100) == line
