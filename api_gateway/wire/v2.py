"""Operations and pages as the JSON of Read 2.x, and of its predecessor recognizeText."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from api_gateway.wire import numbers
from api_gateway.wire.errors import error_of
from api_gateway.wire.lines import line_json
from api_gateway.wire.text import dump
from read_operations.records import Line, Operation, Page, Status, Unit

_STATUS: Final = {
    # The specification of 2.0 has a blank in it, the clients and the container do not.
    Status.NOT_STARTED: "NotStarted",
    Status.RUNNING: "Running",
    Status.SUCCEEDED: "Succeeded",
    Status.FAILED: "Failed",
}
#: Confidence is a word here, and given only where it is "Low": below this.
_LOW: Final = 0.5


def operation_json(operation: Operation, pages: Iterable[Page]) -> Iterator[str]:
    """The operation's JSON in pieces, one a page. A failure is no more than its status."""
    status = _STATUS[operation.status]
    if operation.status is not Status.SUCCEEDED:
        yield dump({"status": status})
        return
    yield f'{{"status":"{status}","recognitionResults":['
    comma = ""
    for page in pages:
        yield comma + dump(_page(page))
        comma = ","
    yield "]}"


def text_operation_json(operation: Operation, pages: Iterable[Page]) -> Iterator[str]:
    """The same for recognizeText, whose result is the lines and nothing else."""
    status = _STATUS[operation.status]
    if operation.status is not Status.SUCCEEDED:
        yield dump({"status": status})
        return
    yield f'{{"status":"{status}","recognitionResult":{{"lines":['
    comma = ""
    for page in pages:
        for line in page.lines:
            yield comma + dump(_line(line, page.unit))
            comma = ","
    yield "]}}"


def sync_failure_json(operation: Operation) -> str:
    """A failed operation as the synchronous call answers it, with the reason for whoever looks for one."""
    return dump({"status": _STATUS[Status.FAILED], "error": error_of(operation)})


def _page(page: Page) -> dict[str, Any]:
    width, height = numbers.lengths((page.width, page.height), page.unit)
    return {
        "page": page.number,
        "clockwiseOrientation": numbers.orientation(page.angle),
        "width": width,
        "height": height,
        "unit": page.unit.value,
        "lines": [_line(line, page.unit) for line in page.lines],
    }


def _line(line: Line, unit: Unit) -> dict[str, Any]:
    return line_json(line, unit, lambda confidence: {"confidence": "Low"} if confidence < _LOW else {})
