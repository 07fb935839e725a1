from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from read_operations.errors import BadPages
from read_operations.pages import PageSelection


@pytest.mark.parametrize(
    ("text", "count", "pages"),
    [
        ("3", 5, [3]),
        ("2-4", 5, [2, 3, 4]),
        ("4-", 5, [4, 5]),
        ("-2", 5, [1, 2]),
        ("1-3,5,8-", 9, [1, 2, 3, 5, 8, 9]),
        ("3,1,1-2", 5, [1, 2, 3]),
        ("1, 3", 5, [1, 3]),
        ("2-100", 3, [2, 3]),
        ("7,1", 3, [1]),
        ("1-2147483647", 2, [1, 2]),
        (f"2-{2**64 - 1},{2**63}", 3, [2, 3]),
    ],
)
def test_wanted_pages(text: str, count: int, pages: list[int]) -> None:
    assert PageSelection.parse(text).select(count) == pages


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "1,",
        "a",
        "1-2-3",
        "-",
        "--1",
        "1.5",
        "0",
        "0-3",
        "-0",
        "3-1",
        "٣",
        "1;2",
        "+1",
        "9" * 5000,
        "1," * 6000,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(BadPages):
        PageSelection.parse(text)


def test_a_selection_beyond_the_document_is_refused_with_its_page_count() -> None:
    with pytest.raises(BadPages, match="has 1 page;"):
        PageSelection.parse("2-").select(1)


@given(st.text(alphabet="0123456789-, x", max_size=20))
def test_exactly_the_specified_grammar_is_taken(text: str) -> None:
    items = [item.strip() for item in text.split(",")]
    grammatical = all(re.fullmatch(r"\d+|\d+-\d+|\d+-|-\d+", item) for item in items)
    try:
        selection = PageSelection.parse(text)
    except BadPages as error:
        assert not grammatical or "page 0" in error.message or "reversed" in error.message
    else:
        assert grammatical
        try:
            wanted = selection.select(50)
        except BadPages:
            return
        assert wanted == sorted(set(wanted))
        assert all(1 <= page <= 50 for page in wanted)
