from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench.scoring import Score, plain, words


def scored(truth: str, read: str, *, fold_case: bool = False) -> Score:
    score = Score()
    score.add(truth, read, fold_case=fold_case)
    return score


def test_what_is_compared() -> None:
    assert plain(" ﬁne\n\n “print”\u00a0 it’s Ⅳ ") == 'fine "print" it\'s IV'


def test_what_a_word_is() -> None:
    assert words("Total: EUR 1,284.50 (Straße, naïve_e) 東京") == [
        "total",
        "eur",
        "1",
        "284",
        "50",
        "straße",
        "naïve",
        "e",
        "東京",
    ]


def test_characters_and_words_in_order() -> None:
    # Given: of 15 characters one is wrong and one missing; of 3 words two are not the same
    score = scored("the quick\nbrown", "the quIck brow")
    assert score.cer == pytest.approx(2 / 15)
    assert score.wer == pytest.approx(2 / 3)


def test_words_in_any_order() -> None:
    # Given: two of three words are right, one is missed, two are invented
    score = scored("one two three", "three four two five")
    assert score.f1 == pytest.approx(2 * 2 / (3 + 4))


def test_a_word_counts_as_often_as_it_stands_there() -> None:
    assert scored("no no no", "no").f1 == pytest.approx(2 * 1 / (3 + 1))


def test_case_matters_in_order_only_and_can_be_folded() -> None:
    assert scored("TOTAL", "Total").cer == pytest.approx(4 / 5)
    assert scored("TOTAL", "Total").f1 == 1
    assert scored("TOTAL", "Total", fold_case=True).cer == 0


def test_pages_are_pooled() -> None:
    score = scored("a" * 90, "a" * 90)
    score.add("b" * 10, "")
    assert score.cer == pytest.approx(0.1)


def test_nothing_against_nothing() -> None:
    score = scored("", "")
    assert (score.cer, score.wer) == (0, 0)


@given(st.text(max_size=60), st.text(max_size=60))
def test_bounds(truth: str, read: str) -> None:
    assert scored(truth, truth).character_errors == 0
    score, mirrored = scored(truth, read), scored(read, truth)
    assert score.character_errors == mirrored.character_errors <= max(len(plain(truth)), len(plain(read)))
    assert (score.right, score.missed) == (mirrored.right, mirrored.invented)
    assert 0 <= score.f1 <= 1
