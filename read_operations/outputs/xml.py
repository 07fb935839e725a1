"""Text as XML takes it."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

#: What XML 1.0 cannot carry, not even escaped. A text layer may hold any of it.
_IMPOSSIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANKS: Final = re.compile("[\t\n\r]+")


def content(text: str) -> str:
    """The text as the content of an element."""
    return escape(_carried(text))


def attribute(text: str) -> str:
    """The text as an attribute's value, in its quotes."""
    return quoteattr(_carried(text))


def _carried(text: str) -> str:
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", _BLANKS.sub(" ", text))
