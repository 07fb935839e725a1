from __future__ import annotations

from collections.abc import Iterator

import pytest

from read_operations.outputs import written
from read_operations.records import Failure, Line, Output, Page, Unit

BOX = (1.0, 1.0, 2.0, 1.0, 2.0, 1.2, 1.0, 1.2)


def page(number: int, *lines: str, failure: Failure | None = None) -> Page:
    return Page(
        number=number,
        width=100,
        height=50,
        unit=Unit.PIXEL,
        lines=tuple(Line(text=text, box=BOX, words=()) for text in lines),
        failure=failure,
    )


def test_lines_are_lines_and_form_feeds_part_pages() -> None:
    failed = page(2, failure=Failure(code="FailedToProcess", message="The page could not be read."))
    text = "".join(written(Output.TEXT, [page(1, "one", "two"), failed, page(3, "three")]))
    assert text == "one\ntwo\n\f\fthree\n"


def test_a_line_never_looks_like_two_nor_like_a_new_page() -> None:
    assert "".join(written(Output.TEXT, [page(1, "a\fb", "c\nd")])) == "a b\nc d\n"


@pytest.mark.parametrize("output", [Output.TEXT, Output.HOCR, Output.ALTO])
def test_a_page_is_written_before_the_next_is_asked_for(output: Output) -> None:
    asked = []

    def pages() -> Iterator[Page]:
        for number in (1, 2):
            asked.append(number)
            yield page(number, "quick")

    pieces = written(output, pages())
    # An XML file may begin before there is a page.
    assert any("quick" in piece or "QUICK" in piece or 'id="line_1_1"' in piece.lower() for piece in pieces)
    assert asked == [1]
