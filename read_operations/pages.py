"""The `pages` parameter: `3`, `3-6`, `5-`, `-4`, joined by commas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from read_operations.errors import BadPages

#: Longest accepted parameter: enough for 2,000 single pages, too short to be a weapon.
_MAX_CHARS: Final = 10_000
#: More digits than any number has that a program calls its largest, and fewer than Python refuses to convert.
_NUMBER: Final = r"(\d{1,20})"
_ITEM: Final = re.compile(f"{_NUMBER}|{_NUMBER}-{_NUMBER}|{_NUMBER}-|-{_NUMBER}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageSelection:
    r"""Which pages of a document are wanted.

    The grammar is the specification's `^(\d+|\d+-\d+|\d+-|-\d+)$` for each item. What that leaves open is
    settled so: page 0 and reversed ranges are refused; pages beyond the document are left out; a selection that leaves
    no page is refused.
    """

    #: Inclusive ranges; an end of None means the document's last page.
    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the parameter.

        Raises:
            BadPages: it does not follow the grammar.
        """
        if len(text) > _MAX_CHARS:
            raise BadPages(f"The pages parameter is longer than {_MAX_CHARS} characters.")
        return cls(tuple(_parse_item(item.strip()) for item in text.split(",")))

    def select(self, count: int) -> list[int]:
        """The wanted page numbers of a document of `count` pages, ascending, each once.

        Raises:
            BadPages: the document has none of them.
        """
        wanted = sorted({n for first, last in self.ranges for n in range(first, min(last or count, count) + 1)})
        if not wanted:
            pages = "1 page" if count == 1 else f"{count} pages"
            raise BadPages(f"The document has {pages}; the pages parameter asks for none of them.")
        return wanted


def _parse_item(item: str) -> tuple[int, int | None]:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise BadPages
    single, first, last, onwards, upto = (int(g) if g else None for g in match.groups())
    match single, first, last, onwards, upto:
        case int(), *_:
            span: tuple[int, int | None] = (single, single)
        case _, int(), int(), *_:
            span = (first, last)
        case _, _, _, int(), _:
            span = (onwards, None)
        case _:
            assert upto is not None
            span = (1, upto)
    if span[0] == 0 or span[1] == 0:
        raise BadPages("The pages parameter names page 0; the first page is 1.")
    if span[1] is not None and span[1] < span[0]:
        raise BadPages(f"The pages parameter has the reversed range {item}; write the smaller page first.")
    return span
