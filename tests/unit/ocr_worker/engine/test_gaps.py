from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.gaps import BlankColumns, blank_columns, snapped
from ocr_worker.engine.line_text import Glyph, LineText
from ocr_worker.engine.spaces import with_missing_spaces


def columns(picture: str) -> BlankColumns:
    """Ten columns a character: blank where it is a space."""
    return b"".join(bytes([c == " "]) * 10 for c in picture)


def test_columns_without_ink_are_blank_on_any_paper() -> None:
    for paper, ink in ((255, 0), (180, 90), (20, 230)):
        line = np.full((48, 100, 3), paper, np.uint8)
        line[12:36:2, 20:50] = ink
        line[0:3, 70:90] = ink  # the line above shows

        blank = blank_columns(line)

        assert not any(blank[20:50])
        assert all(blank[:20])
        assert all(blank[50:])


def test_a_line_of_nothing_has_no_gaps() -> None:
    assert not any(blank_columns(np.full((48, 30, 3), 255, np.uint8)))


def test_edges_move_to_the_gaps() -> None:
    # Given two words with paper before, between and behind, and edges that were guessed
    blank = columns(" xxx   xx ")

    spans = snapped([(0.0, 0.5), (0.6, 1.0)], [(0.15, 0.35), (0.75, 0.85)], blank)

    assert spans == [pytest.approx((0.09, 0.41)), pytest.approx((0.69, 0.91))]


def test_edges_stay_where_no_gap_is_clear() -> None:
    blank = columns("xxxxxxxxxx")

    assert snapped([(0.0, 0.5), (0.6, 1.0)], [(0.1, 0.4), (0.7, 0.9)], blank) == [(0.0, 0.5), (0.6, 1.0)]


@pytest.mark.parametrize(
    ("read", "picture", "meant"),
    [
        ("ID:7 of 9", "xxx x xx x x", "ID: 7 of 9"),
        ("see(a) or b", "xxx xxx xx x", "see (a) or b"),
        ("ID:7of b", "xxxxxx x", "ID:7of b"),  # no gap
        ("1.5 of 9", "xx x xx x", "1.5 of 9"),  # within a number
        ("ab of 9", "x x xx x", "ab of 9"),  # no punctuation
        ("ID:7", "xxx x", "ID:7"),  # no gap to compare with
    ],
)
def test_spaces_swallowed_by_punctuation_come_back(read: str, picture: str, meant: str) -> None:
    # Given where each character that was read stands in the picture
    places = [i for i, c in enumerate(picture) if c != " "]
    found: list[Glyph] = []
    for character in read:
        if character == " ":
            found.append(Glyph(" ", found[-1].position + 1 / len(picture), 0.9))
        else:
            found.append(Glyph(character, (places.pop(0) + 0.5) / len(picture), 0.9))

    assert with_missing_spaces(LineText.of(found), columns(picture)).text == meant


def test_an_empty_line_stays_empty() -> None:
    assert with_missing_spaces(LineText.of(()), columns("   ")) == LineText.of(())
