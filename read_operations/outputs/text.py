"""Plain text: a line of the page is a line, and pages are parted by form feeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from read_operations.records import Page

PAGE_BREAK: Final = "\f"


def written(pages: Iterable[Page]) -> Iterator[str]:
    """The text of the pages in reading order, in one piece a page."""
    mark = ""
    for page in pages:
        # A layer's line may hold what would be taken for an end of a line or of a page.
        yield mark + "".join(" ".join(line.text.splitlines()) + "\n" for line in page.lines)
        mark = PAGE_BREAK
