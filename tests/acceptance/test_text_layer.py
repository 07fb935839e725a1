"""PDF pages are answered from the text they carry, if that is what they show."""

from __future__ import annotations

from typing import Any

from tests.builders import LINES, PdfPage, PdfText, pdf, text_page
from tests.fleet import Fleet


def lines_of(fleet: Fleet, page: PdfPage) -> list[dict[str, Any]]:
    result: dict[str, Any] = fleet.result(fleet.submit(pdf([page])))
    assert result["status"] == "succeeded"
    (read,) = result["analyzeResult"]["readResults"]
    found: list[dict[str, Any]] = read["lines"]
    return found


def test_text_is_answered_as_the_file_has_it(fleet: Fleet) -> None:
    # Given words that nobody reads right from a picture
    rare = ("Il1|O0 rn/m ,.,;:;", "xqzj-0O0O-1lIl")
    page = PdfPage(texts=tuple(PdfText(text=line, x=72, y=700 - 40 * i, size=6) for i, line in enumerate(rare)))
    # When they are sent as text
    lines = lines_of(fleet, page)
    # Then they come back as they are, and nothing is uncertain
    assert [word["text"] for line in lines for word in line["words"]] == " ".join(rare).split()
    assert {word["confidence"] for line in lines for word in line["words"]} == {1}


def test_a_picture_on_a_page_of_text_is_read(fleet: Fleet) -> None:
    logo = text_page(["CONTOSO"], size=(400, 150), font_px=64).image
    text = PdfText(text="Invoice number 20417", x=72, y=600)
    lines = lines_of(fleet, PdfPage(texts=(text,), picture=logo, picture_box=(72, 660, 216, 714)))
    assert [line["text"] for line in lines] == ["CONTOSO", "Invoice number 20417"]
    assert lines[1]["words"][0]["confidence"] == 1


def test_the_guesses_that_hide_in_a_scan_are_not_believed(fleet: Fleet) -> None:
    hidden = tuple(PdfText(text="lnvo1ce nurnber", x=40, y=700 - 40 * i, render_mode=3) for i in range(3))
    lines = lines_of(fleet, PdfPage(texts=hidden, picture=text_page(size=(850, 1100)).image))
    assert [line["text"] for line in lines] == list(LINES)
