"""Documents that several tests read, and how they look at what was read."""

from __future__ import annotations

from typing import Any

from tests.builders import scanned_pdf, text_page


def book(pages: int) -> bytes:
    """A scanned PDF whose pages take about a second each, and say first which they are."""
    images = [
        text_page([f"Page {n} of the book", *[f"Line {row} holds words" for row in range(25)]], size=(1275, 1650)).image
        for n in range(1, pages + 1)
    ]
    return scanned_pdf(images, dpi=150)


def first_lines(result: dict[str, Any]) -> list[tuple[int, str]]:
    """Page number and first line of each page of an answer."""
    return [(page["page"], page["lines"][0]["text"]) for page in result["analyzeResult"]["readResults"]]
