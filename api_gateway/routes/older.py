"""The calls before Read: recognizeText, and /ocr for printed text."""

from __future__ import annotations

import dataclasses
from functools import partial

from starlette.requests import Request as HttpRequest
from starlette.types import ASGIApp

from api_gateway.parts import Parts
from api_gateway.routes.read import ReadCalls
from api_gateway.routing import AnyCaseRoute, Endpoint
from api_gateway.surfaces import PRINTED_OCR, RECOGNIZE_TEXT, PrintedOcr, RecognizeText
from api_gateway.wire import ocr


def older_routes(parts: Parts) -> list[AnyCaseRoute]:
    """The routes of all of them."""
    return [
        *(route for dialect in RECOGNIZE_TEXT for route in _recognize_text(dialect, parts)),
        *(AnyCaseRoute(dialect.submit_and_wait, _ocr(dialect, parts), method="POST") for dialect in PRINTED_OCR),
    ]


def _recognize_text(dialect: RecognizeText, parts: Parts) -> list[AnyCaseRoute]:
    calls = ReadCalls(dialect, parts)
    return [AnyCaseRoute(dialect.submit, calls.analyze, method="POST"), *calls.result_routes()]


def _ocr(dialect: PrintedOcr, parts: Parts) -> Endpoint:
    writer = partial(ocr.operation_json, model_version=dialect.model_version, detect_orientation=False)
    with_orientation = ReadCalls(dialect, parts)
    without = ReadCalls(dataclasses.replace(dialect, operation_json=writer), parts)

    async def answer(http: HttpRequest) -> ASGIApp:
        return await (with_orientation if _detects_orientation(http) else without).sync_analyze(http)

    return answer


def _detects_orientation(http: HttpRequest) -> bool:
    """Whether the answer is to say which way up the text is: yes, unless `detectOrientation` is false."""
    given = {name.lower(): value.lower() for name, value in http.query_params.multi_items()}
    return given.get("detectorientation") != "false"
