"""A page as the JSON of the older call for printed text, /ocr.

Its boxes are upright: they lie on the image as it is after a turn around its centre, by `textAngle`, that makes the
lines of the text level or plumb. Which way up the text is then, `orientation` says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Final

from api_gateway.wire import numbers
from api_gateway.wire.errors import error_body, error_of
from api_gateway.wire.regions import grouped
from api_gateway.wire.text import dump
from read_operations.boxes import Box, union
from read_operations.errors import BadPages, DocumentError
from read_operations.records import Operation, Page, Quad

#: What 3.2 says of its model: the only one that was published.
MODEL_VERSION: Final = "2021-04-01"
#: Where the text's top is, by clockwise quarter turns.
_ORIENTATIONS: Final = ("Up", "Right", "Down", "Left")
_NOT_DETECTED: Final = "NotDetected"
_UNKNOWN: Final = "unk"
#: Codes of failures for which the request is to blame; any other is the service's own.
_REFUSALS: Final = {BadPages.code, DocumentError.code, *(kind.code for kind in DocumentError.__subclasses__())}


def operation_json(
    operation: Operation, pages: Iterable[Page], *, model_version: str | None = None, detect_orientation: bool = True
) -> Iterator[str]:
    """The result of an image that was read.

    Args:
        operation: one that succeeded.
        pages: its pages; an image has one.
        model_version: what the version of the API says of its model, if it does.
        detect_orientation: whether the answer is to say which way up the text is.
    """
    for page in pages:
        quarters = round(page.angle / 90)
        found = detect_orientation and page.lines
        result = {
            "language": operation.request.language or _UNKNOWN,
            # The turn that makes the text level goes against its own.
            "textAngle": numbers.radians(quarters * 90 - page.angle),
            "orientation": _ORIENTATIONS[quarters % 4] if found else _NOT_DETECTED,
            "regions": _regions(page, quarters),
        }
        yield dump(result if model_version is None else {**result, "modelVersion": model_version})


def sync_failure_json(operation: Operation) -> str:
    """Why an image could not be read, as an error answer has it."""
    failure = error_of(operation)
    return dump(error_body(failure["code"], failure["message"], operation.id))


def sync_failure_status(operation: Operation) -> int:
    """The HTTP status it travels with: was the image wrong, or the service?"""
    return 400 if error_of(operation)["code"] in _REFUSALS else 500


def _regions(page: Page, quarters: int) -> list[dict[str, Any]]:
    boxes = [_upright(line.box, page) for line in page.lines]
    return [
        {
            "boundingBox": _written(union(boxes[i] for i in members), page, quarters),
            "lines": [
                {
                    "boundingBox": _written(boxes[i], page, quarters),
                    "words": [
                        {"boundingBox": _written(_upright(word.box, page), page, quarters), "text": word.text}
                        for word in page.lines[i].words
                    ],
                }
                for i in members
            ],
        }
        for members in grouped(boxes)
    ]


def _upright(quad: Quad, page: Page) -> Box:
    """The box of a quad when the page is turned so that its text stands upright; the page's centre is the origin."""
    cosine, sine = math.cos(math.radians(page.angle)), math.sin(math.radians(page.angle))
    corners = [(x - page.width / 2, y - page.height / 2) for x, y in zip(quad[::2], quad[1::2], strict=True)]
    xs = [x * cosine + y * sine for x, y in corners]
    ys = [y * cosine - x * sine for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _written(box: Box, page: Page, quarters: int) -> str:
    """Left, top, width and height of an upright box, once it is turned by these quarters with the page's text."""
    left, top, right, bottom = box
    match quarters % 4:
        case 1:
            left, top, right, bottom = -bottom, left, -top, right
        case 2:
            left, top, right, bottom = -right, -bottom, -left, -top
        case 3:
            left, top, right, bottom = top, -right, bottom, -left
    x1, x2 = round(left + page.width / 2), round(right + page.width / 2)
    y1, y2 = round(top + page.height / 2), round(bottom + page.height / 2)
    return f"{x1},{y1},{x2 - x1},{y2 - y1}"
