"""The cascade's decisions, with readers that need no network."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_worker.engine.cascade import Cascade, Cut, Look
from ocr_worker.engine.crops import SECOND_X_SCALE, X_SCALE
from ocr_worker.engine.gaps import blank_columns
from ocr_worker.engine.page_print import PagePrint
from ocr_worker.engine.rounds import in_rounds
from tests.unit.ocr_worker.engine.lettering import CELL, ScriptedReader, SureReader, laid_out, picture_of

LINE = "the sum of all parts is due now"
CUT = picture_of(LINE)
NARROW, WIDE = round(CELL * X_SCALE) * len(LINE), round(CELL * SECOND_X_SCALE) * len(LINE)


def read_line(cascade: Cascade, cut: Cut, page: PagePrint) -> Look:
    (first,) = in_rounds([cascade.look(cut, page)])
    (look,) = in_rounds([cascade.finish(first, cut, page)])
    return look


def test_a_confident_line_is_read_once() -> None:
    quick, careful = ScriptedReader(laid_out(LINE)), SureReader()

    look = read_line(Cascade(quick, careful), CUT, PagePrint())

    assert look.text.text == LINE
    assert (quick.widths, careful.widths) == ([NARROW], [])


@pytest.mark.parametrize(
    ("quick", "careful", "in_print"),
    [
        (0.96, 1.0, True),  # well enough for the quick reader
        (0.94, 0.97, False),  # parts are read again, which says nothing about the rest
        (0.8, 0.97, True),  # hopeless for the quick reader, and well enough for the other
        (0.8, 0.94, False),
    ],
)
def test_a_line_is_in_print_when_all_of_it_was_read_so_well(quick: float, careful: float, in_print: bool) -> None:
    readers = ScriptedReader(laid_out(LINE, score=quick)), SureReader(careful)

    assert read_line(Cascade(*readers), CUT, PagePrint()).in_print is in_print
    assert read_line(Cascade(readers[0]), CUT, PagePrint()).in_print is (quick >= 0.95)


def test_only_the_words_in_doubt_are_read_again() -> None:
    # Given two weak words far apart
    quick = ScriptedReader(laid_out("the 5um of all parts is dve now", {"5um": 0.8, "dve": 0.85}))
    careful = SureReader()

    look = read_line(Cascade(quick, careful), CUT, PagePrint())

    assert look.text.text == LINE
    assert careful.read_texts == ["sum", "due"]
    # And every character is where the picture has it
    expected = [(i + 0.5) / len(LINE) for i in range(len(LINE))]
    assert [glyph.position for glyph in look.text.glyphs] == pytest.approx(expected, abs=0.005)
    assert look.line.shape[1] == NARROW
    assert look.blank == blank_columns(CUT(X_SCALE))


@pytest.mark.parametrize(
    ("scores", "read"),
    [
        ({"sum": 0.8, "of": 0.8}, ["sum of"]),  # neighbours
        ({"sum": 0.8, "all": 0.8}, ["sum of all"]),  # a sure one between
        ({"sum": 0.8, "parts": 0.8}, ["sum", "parts"]),  # two between
        ({"the": 0.8, "now": 0.8}, ["the", "now"]),  # at the ends
    ],
)
def test_words_in_doubt_are_read_together_where_they_are_near(scores: dict[str, float], read: list[str]) -> None:
    careful = SureReader()

    look = read_line(Cascade(ScriptedReader(laid_out(LINE, scores)), careful), CUT, PagePrint())

    assert careful.read_texts == read
    assert look.text.text == LINE


def test_a_line_mostly_in_doubt_is_read_again_as_a_whole() -> None:
    scores = dict.fromkeys(LINE.split()[:6], 0.88)
    careful = SureReader()

    look = read_line(Cascade(ScriptedReader(laid_out(LINE, scores)), careful), CUT, PagePrint())

    assert look.text.text == LINE
    assert careful.widths == [NARROW]


def test_a_whole_line_that_stays_weak_is_read_at_its_own_width() -> None:
    careful = SureReader(scores={NARROW: 0.92, WIDE: 0.94})

    look = read_line(Cascade(ScriptedReader(laid_out(LINE, score=0.9)), careful), CUT, PagePrint())

    assert look.text.score == pytest.approx(0.94)
    assert look.line.shape[1] == WIDE
    assert careful.widths == [NARROW, WIDE]


@pytest.mark.parametrize("read", ["", "tfie svm 0f aii pavts is dve n0w"])
def test_a_hopeless_line_is_read_carefully_at_its_own_width_only(read: str) -> None:
    careful = SureReader()

    look = read_line(Cascade(ScriptedReader(laid_out(read, score=0.6)), careful), CUT, PagePrint())

    assert look.text.text == LINE
    assert careful.widths == [WIDE]


@pytest.mark.parametrize(
    ("careful_score", "kept"),
    [
        (0.99, "sum"),
        (0.89, "sum"),  # a tie
        (0.7, "sum"),  # worse: it knows more to doubt
        (0.68, "5um"),
    ],
)
def test_the_better_reading_of_a_word_is_kept(careful_score: float, kept: str) -> None:
    quick = ScriptedReader(laid_out(LINE.replace("sum", "5um"), {"5um": 0.89}))

    look = read_line(Cascade(quick, SureReader(careful_score)), CUT, PagePrint())

    assert look.text.text == LINE.replace("sum", kept)


@pytest.mark.parametrize("score", [0.7, 0.88])
def test_a_careful_reading_that_is_far_worse_does_not_replace_a_whole_line(score: float) -> None:
    look = read_line(
        Cascade(ScriptedReader(laid_out(LINE.upper(), score=score)), SureReader(score - 0.22)), CUT, PagePrint()
    )

    assert look.text.text == LINE.upper()


@pytest.mark.parametrize("scores", [{"sum": 0.8}, dict.fromkeys(LINE.split(), 0.88), dict.fromkeys(LINE.split(), 0.5)])
def test_nothing_read_carefully_does_not_replace_what_was_read_quickly(scores: dict[str, float]) -> None:
    look = read_line(Cascade(ScriptedReader(laid_out(LINE, scores)), ScriptedReader(laid_out(""))), CUT, PagePrint())

    assert look.text.text == LINE


def test_a_swallowed_space_comes_back() -> None:
    quick, careful = ScriptedReader(laid_out("the sum of all_parts is due now")), SureReader()

    look = read_line(Cascade(quick, careful), CUT, PagePrint())

    assert look.text.text == LINE
    assert careful.read_texts == ["all parts"]


def test_a_space_that_only_the_whole_line_shows_stays() -> None:
    # Given a careful reader to whom two groups of digits alone are one number
    text = "call Mr Smith on 01632 960144 by noon"
    careful = ScriptedReader(laid_out("01632_960144"))

    quick = laid_out(text, {"01632": 0.9, "960144": 0.9})
    look = read_line(Cascade(ScriptedReader(quick), careful), picture_of(text), PagePrint())

    assert look.text.text == text
    assert len(careful.widths) == 1


def test_lines_are_cut_to_suit_the_width_of_a_pages_characters() -> None:
    # Given a page of characters 32 columns wide
    page, quick = PagePrint(), ScriptedReader(laid_out(LINE))
    page.add(laid_out("a" * 300), 300 * 32)

    look = read_line(Cascade(quick, SureReader()), CUT, page)

    assert look.x_scale == pytest.approx(0.6)
    assert look.line.shape[1] == quick.widths[0] == round(CELL * 0.6) * len(LINE)


def test_less_is_asked_of_a_short_line_on_a_page_that_reads_well() -> None:
    short = picture_of("due now")
    page, careful = PagePrint(), SureReader()
    weak = Cascade(ScriptedReader(laid_out("due now", score=0.95)), careful)

    read_line(weak, short, page)
    read_alone = len(careful.widths)
    read_line(Cascade(ScriptedReader(laid_out(LINE * 10)), careful), picture_of(LINE * 10), page)
    read_line(weak, short, page)

    assert (read_alone, len(careful.widths)) == (1, 1)


def test_a_line_of_blanks_is_read_as_such() -> None:
    look = read_line(Cascade(ScriptedReader(laid_out(" ")), SureReader()), CUT, PagePrint())

    assert look.text.text == " "


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_many_characters_in_few_columns_do_no_harm(columns: int) -> None:
    quick = ScriptedReader(laid_out(LINE, {"sum": 0.8, "now": 0.8}))

    read_line(Cascade(quick, SureReader()), lambda _: np.zeros((48, columns, 3), np.uint8), PagePrint())

    assert set(quick.widths) == {columns}


@pytest.mark.parametrize(
    ("narrow", "wide", "seen", "kept"),
    [
        (0.94, 1.0, [NARROW], NARROW),
        (0.9, 0.92, [NARROW, WIDE], WIDE),
        (0.9, 0.8, [NARROW, WIDE], NARROW),
        (0.9, 0.9, [NARROW, WIDE], NARROW),
    ],
)
def test_a_reader_alone_looks_again_at_weak_lines(narrow: float, wide: float, seen: list[int], kept: int) -> None:
    reader = SureReader(scores={NARROW: narrow, WIDE: wide})

    look = read_line(Cascade(reader), CUT, PagePrint())

    assert reader.widths == seen
    assert look.line.shape[1] == kept
    assert look.text.score == pytest.approx(narrow if kept == NARROW else wide)
