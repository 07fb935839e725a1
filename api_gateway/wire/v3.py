"""Operations and pages as the JSON of Read 3.x."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from api_gateway.wire import numbers
from api_gateway.wire.appearance import appearance, preview_appearance
from api_gateway.wire.dates import date_time
from api_gateway.wire.errors import error_of, failure_json
from api_gateway.wire.lines import line_json
from api_gateway.wire.text import dump
from read_operations.records import Failure, Line, Operation, Page, Status, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one 3.x version of the API says about itself."""

    #: `analyzeResult.version`.
    number: str
    #: `analyzeResult.modelVersion`, which 3.2 brought: strict clients take only values that Microsoft published.
    model_version: str | None = None
    #: How it writes a line's `appearance`, if it does, from how probable handwriting is.
    appearance: Callable[[float], dict[str, Any]] | None = None


V3_0: Final = Version(number="3.0.0")
V3_1: Final = Version(number="3.1.0")
#: The preview that brought handwriting; 3.1 itself left it out again.
V3_1_PREVIEW_2: Final = Version(number="3.1.0", appearance=preview_appearance)
V3_2: Final = Version(number="3.2.0", model_version="2022-04-30", appearance=appearance)


def operation_json(operation: Operation, pages: Iterable[Page], version: Version) -> Iterator[str]:
    """The operation's JSON in pieces, one a page, so that only one page is held at a time."""
    match operation.status:
        case Status.SUCCEEDED:
            yield from _succeeded(operation, pages, version)
        case Status.FAILED:
            error = error_of(operation)
            result = {**_result_head(version), "readResults": [], "errors": [error]}
            yield dump({**_standing(operation), "analyzeResult": result, "error": error})
        case _:
            yield dump(_standing(operation))


def sync_failure_json(operation: Operation) -> str:
    """A failed operation as the synchronous call answers it: its status is capitalised there."""
    return dump({**_standing(operation), "status": "Failed", "error": error_of(operation)})


def _succeeded(operation: Operation, pages: Iterable[Page], version: Version) -> Iterator[str]:
    result_head = dump(_result_head(version)).removesuffix("}")
    yield f'{dump(_standing(operation)).removesuffix("}")},"analyzeResult":{result_head},"readResults":['
    errors = []
    comma = ""
    for page in pages:
        yield comma + dump(_page(page, operation.request.language, version))
        comma = ","
        if page.failure:
            failure = Failure(code=page.failure.code, message=f"Page {page.number}: {page.failure.message}")
            errors.append(failure_json(failure))
    yield f'],"errors":{dump(errors)}}}}}' if errors else "]}}"


def _standing(operation: Operation) -> dict[str, Any]:
    return {
        "status": operation.status.value,
        "createdDateTime": date_time(operation.created_us),
        "lastUpdatedDateTime": date_time(operation.updated_us),
    }


def _result_head(version: Version) -> dict[str, Any]:
    model_version = {"modelVersion": version.model_version} if version.model_version else {}
    return {"version": version.number, **model_version}


def _page(page: Page, language: str | None, version: Version) -> dict[str, Any]:
    width, height = numbers.lengths((page.width, page.height), page.unit)
    return {
        "page": page.number,
        **({"language": language} if language else {}),
        "angle": numbers.angle(page.angle),
        "width": width,
        "height": height,
        "unit": page.unit.value,
        "lines": [_line(line, page.unit, version) for line in page.lines],
    }


def _line(line: Line, unit: Unit, version: Version) -> dict[str, Any]:
    style = {}
    if version.appearance and line.handwriting is not None:
        style = {"appearance": version.appearance(line.handwriting)}
    return line_json(line, unit, lambda confidence: {"confidence": numbers.confidence(confidence)}, style)
