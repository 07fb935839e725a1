"""The versions of the Read API: where each has its calls, and how it writes an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from api_gateway.wire import ocr, v2, v3
from read_operations.records import Format, Operation, Page, ReadingOrder


def _ok(_: Operation) -> int:
    return 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a version is asked and answers. Paths are written as the documentation writes them, and match in any case."""

    #: As it stands in the paths: v3.2.
    version: str
    #: Where results are asked for, without the id; the first is what clients are told.
    results: tuple[str, ...]
    #: Query parameters it knows, in lower case; others are ignored.
    parameters: frozenset[str]
    #: What it takes.
    formats: frozenset[Format] = frozenset(Format)
    #: The order of lines where none is asked for.
    reading_order: ReadingOrder = ReadingOrder.BASIC
    operation_json: Callable[[Operation, Iterable[Page]], Iterator[str]]
    sync_failure_json: Callable[[Operation], str]
    sync_failure_status: Callable[[Operation], int] = _ok


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface(Dialect):
    """One version of the Read API."""

    submit: str
    submit_and_wait: str
    #: What an answer of 3.x says of its version; None in 2.x.
    wire_version: v3.Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizeText(Dialect):
    """The predecessor of Read: images only, and a result that is one list of lines."""

    submit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedOcr(Dialect):
    """The older call for printed text: images only, answered at once. It serves no `results` of its own."""

    submit_and_wait: str
    #: What the answer says of the model, if it does.
    model_version: str | None


_LANGUAGE: Final = frozenset({"language"})
_PAGES: Final = _LANGUAGE | {"pages"}
#: An early specification of 3.2 spelled it without the dash.
_MODEL: Final = {"model-version", "modelversion"}
_ALL: Final = _PAGES | {"readingorder"} | _MODEL
_MODE: Final = frozenset({"mode"})
#: What the older calls take.
_IMAGES: Final = frozenset({Format.JPEG, Format.PNG, Format.BMP})


def _v3(path: str, version: v3.Version, parameters: frozenset[str]) -> Surface:
    base = f"/vision/{path}/read"
    return Surface(
        version=path,
        submit=f"{base}/analyze",
        submit_and_wait=f"{base}/syncAnalyze",
        # The second as the container's installation guide prints it.
        results=(f"{base}/analyzeResults", f"{base}/operations"),
        parameters=parameters,
        operation_json=partial(v3.operation_json, version=version),
        sync_failure_json=v3.sync_failure_json,
        wire_version=version,
    )


def _v2(path: str, parameters: frozenset[str] = frozenset()) -> Surface:
    base = f"/vision/{path}/read"
    return Surface(
        version=path,
        submit=f"{base}/core/asyncBatchAnalyze",
        submit_and_wait=f"{base}/core/Analyze",
        results=(f"{base}/operations",),
        parameters=parameters,
        operation_json=v2.operation_json,
        sync_failure_json=v2.sync_failure_json,
    )


def _recognize_text(path: str) -> RecognizeText:
    return RecognizeText(
        version=path,
        submit=f"/vision/{path}/recognizeText",
        results=(f"/vision/{path}/textOperations",),
        parameters=_MODE,
        formats=_IMAGES,
        operation_json=v2.text_operation_json,
        sync_failure_json=v2.sync_failure_json,
    )


def _printed_ocr(path: str, results: str, model_version: str | None = None) -> PrintedOcr:
    return PrintedOcr(
        version=path,
        submit_and_wait=f"/vision/{path}/ocr",
        # Where a client finds the result that it did not wait for: with Read.
        results=(results,),
        parameters=_LANGUAGE | _MODEL if model_version else _LANGUAGE,
        formats=_IMAGES,
        # Columns, as regions are, one after the other.
        reading_order=ReadingOrder.NATURAL,
        model_version=model_version,
        operation_json=partial(ocr.operation_json, model_version=model_version),
        sync_failure_json=ocr.sync_failure_json,
        sync_failure_status=ocr.sync_failure_status,
    )


#: Every version there is a client for; the container's previews speak as the versions they became.
SURFACES: Final = (
    _v3("v3.2", v3.V3_2, _ALL),
    _v3("v3.1", v3.V3_1, _LANGUAGE),
    _v3("v3.0", v3.V3_0, _LANGUAGE),
    *(_v3(f"v3.2-preview.{n}", v3.V3_2, _ALL) for n in (1, 2, 3)),
    _v3("v3.1-preview.1", v3.V3_1, _PAGES),
    _v3("v3.1-preview.2", v3.V3_1_PREVIEW_2, _PAGES),
    _v2("v2.1"),
    _v2("v2.0", _MODE),
)
RECOGNIZE_TEXT: Final = (_recognize_text("v2.0"), _recognize_text("v2.1"))
PRINTED_OCR: Final = (
    *(_printed_ocr(path, "/vision/v2.0/read/operations") for path in ("v1.0", "v2.0")),
    _printed_ocr("v2.1", "/vision/v2.1/read/operations"),
    *(_printed_ocr(path, f"/vision/{path}/read/analyzeResults") for path in ("v3.0", "v3.1")),
    _printed_ocr("v3.2", "/vision/v3.2/read/analyzeResults", ocr.MODEL_VERSION),
)
