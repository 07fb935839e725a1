from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from read_operations.records import Failure, Line, Page, Status, Unit, Word

numbers = st.floats(min_value=-1e5, max_value=1e5, allow_nan=False)
boxes = st.tuples(*[numbers] * 8)
words = st.builds(Word, text=st.text(), box=boxes, confidence=st.floats(0, 1))
lines = st.builds(
    Line,
    text=st.text(),
    box=boxes,
    words=st.lists(words, max_size=3).map(tuple),
    handwriting=st.none() | st.floats(0, 1),
)
pages = st.builds(
    Page,
    number=st.integers(1, 9999),
    width=numbers,
    height=numbers,
    unit=st.sampled_from(Unit),
    angle=numbers,
    lines=st.lists(lines, max_size=3).map(tuple),
    failure=st.none() | st.builds(Failure, code=st.text(), message=st.text()),
)


@given(pages)
def test_a_page_comes_back_as_it_was_packed(page: Page) -> None:
    assert Page.unpack(page.pack()) == page


def test_a_page_that_was_packed_before_lines_had_a_style() -> None:
    record = '{"n":1,"w":100,"h":50,"u":"pixel","a":0,"l":[["Hi",[0,0,9,0,9,5,0,5],[["Hi",[0,0,9,0,9,5,0,5],0.9]]]]}'
    (line,) = Page.unpack(zlib.compress(record.encode())).lines
    box = (0, 0, 9, 0, 9, 5, 0, 5)
    assert line == Line(text="Hi", box=box, words=(Word(text="Hi", box=box, confidence=0.9),), handwriting=None)


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    line = Line(text="a\ud800b", box=(0,) * 8, words=())
    page = Page(number=1, width=1, height=1, unit=Unit.INCH, lines=(line,))
    assert Page.unpack(page.pack()).lines[0].text == "a?b"


def test_final_states() -> None:
    assert [status for status in Status if status.final] == [Status.SUCCEEDED, Status.FAILED]
