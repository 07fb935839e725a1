"""The query parameters of a read call."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Self

from read_operations.errors import BadReadingOrder, BadRequest
from read_operations.languages import parse_language
from read_operations.pages import PageSelection
from read_operations.records import Format, ReadingOrder, Request

_MODEL_VERSION: Final = re.compile(r"(latest|\d{4}-\d{2}-\d{2})(-preview)?", re.ASCII | re.IGNORECASE)
#: What earlier versions were told to look for. Both are read anyway.
MODES: Final = ("Printed", "Handwritten")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadParameters:
    """What is to be read, and how."""

    pages: str | None
    language: str | None
    reading_order: ReadingOrder

    @classmethod
    def parse(
        cls, query: Iterable[tuple[str, str]], known: Collection[str], usual_order: ReadingOrder = ReadingOrder.BASIC
    ) -> Self:
        """Reads the parameters of a query; those that are not `known` (in lower case) are ignored.

        Names match in any case, an empty value counts as none, and one that is repeated as a list. Lines are put in
        the usual order where the query asks for none.

        Raises:
            BadRequest: one of them is not valid; the class says which.
        """
        values: dict[str, list[str]] = defaultdict(list)
        for name, value in query:
            if value and name.lower() in known:
                values[name.lower()].append(value)
        given = {name: ",".join(parts) for name, parts in values.items()}
        for name in ("model-version", "modelversion"):
            if name in given and not _MODEL_VERSION.fullmatch(given[name]):
                raise BadRequest("The model-version parameter is not valid. Use latest or a date such as 2022-04-30.")
        if "mode" in given and given["mode"].lower() not in map(str.lower, MODES):
            raise BadRequest(f"The mode parameter is not valid. Use {' or '.join(MODES)}, or leave it out.")
        pages = given.get("pages")
        if pages is not None:
            PageSelection.parse(pages)
        language = given.get("language")
        return cls(
            pages=pages,
            language=None if language is None else parse_language(language),
            reading_order=_reading_order(given.get("readingorder", usual_order)),
        )

    def request(self, id: str, format: Format, *, patient: bool = False, account: str | None = None) -> Request:
        """The request for an operation on a document of this format.

        Raises:
            BadPages: the format has one page, and the parameters ask for others.
        """
        if self.pages is not None and not format.paged:
            PageSelection.parse(self.pages).select(1)
        return Request(
            id=id,
            format=format,
            pages=self.pages,
            language=self.language,
            reading_order=self.reading_order,
            patient=patient,
            account=account,
        )


def _reading_order(text: str) -> ReadingOrder:
    try:
        return ReadingOrder(text.lower())
    except ValueError:
        raise BadReadingOrder from None
