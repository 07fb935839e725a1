"""Lines and words as Read writes them: the same in every version but for what it says of confidence and style."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api_gateway.wire import numbers
from read_operations.records import Line, Unit

#: Members that a version adds, none or some.
Members = dict[str, Any]


def line_json(
    line: Line, unit: Unit, of_word: Callable[[float], Members], of_line: Members | None = None
) -> dict[str, Any]:
    """A line and its words.

    Args:
        line: the line.
        unit: what its page is measured in.
        of_word: from a word's confidence to what the version says about it.
        of_line: what the version says of the line beside its text.
    """
    return {
        "boundingBox": numbers.lengths(line.box, unit),
        "text": line.text,
        **(of_line or {}),
        "words": [
            {"boundingBox": numbers.lengths(word.box, unit), "text": word.text, **of_word(word.confidence)}
            for word in line.words
        ],
    }
