"""The schemas take what the writers of the older calls write, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from api_gateway.openapi import older
from api_gateway.surfaces import PRINTED_OCR, RECOGNIZE_TEXT, PrintedOcr, RecognizeText
from read_operations.records import Format, Line, Operation, Page, Request, Status, Unit, Word

BOX = (10.0, 10.0, 90.0, 12.0, 90.0, 30.0, 10.0, 28.0)
LINE = Line(text="two words", box=BOX, words=(Word(text="two", box=BOX, confidence=0.2),))
EMPTY = Page(number=1, width=100, height=50, unit=Unit.PIXEL)
ANGLES = (0.0, 1.5, 91.0, 180.0, -90.0)

every_text = pytest.mark.parametrize("dialect", RECOGNIZE_TEXT, ids=lambda dialect: dialect.version)
every_ocr = pytest.mark.parametrize("dialect", PRINTED_OCR, ids=lambda dialect: dialect.version)


def an_operation(status: Status) -> Operation:
    request = Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PNG)
    return Operation(request=request, status=status, created_us=1, updated_us=2, total=1, done=1)


def a_page(angle: float) -> Page:
    return Page(number=1, width=100, height=50, unit=Unit.PIXEL, angle=angle, lines=(LINE,))


def fits(schema: dict[str, Any], value: Any) -> bool:
    return bool(OAS30Validator({**schema, "components": {"schemas": older.schemas()}}).is_valid(value))


def answer_schema(call: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = call["responses"]["200"]["content"]["application/json"]["schema"]
    return schema


@every_text
@pytest.mark.parametrize("status", Status)
def test_an_operation_of_recognize_text_fits(dialect: RecognizeText, status: Status) -> None:
    schema = answer_schema(older.paths()[f"{dialect.results[0]}/{{operationId}}"]["get"])
    for page in (EMPTY, a_page(0.0)):
        body = json.loads("".join(dialect.operation_json(an_operation(status), [page])))
        assert fits(schema, body)
        assert not fits(schema, {**body, "colour": "red"})


@every_ocr
def test_a_result_of_ocr_fits(dialect: PrintedOcr) -> None:
    schema = answer_schema(older.paths()[dialect.submit_and_wait]["post"])
    for page in (EMPTY, *map(a_page, ANGLES)):
        body = json.loads("".join(dialect.operation_json(an_operation(Status.SUCCEEDED), [page])))
        assert fits(schema, body)
        assert not fits(schema, {**body, "orientation": "Sideways"})
        assert not fits(schema, {**body, "modelVersion": "tomorrow"})


def test_the_examples_fit() -> None:
    for item in older.paths().values():
        for call in item.values():
            content = call["responses"].get("200", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                assert fits(content["schema"], example["value"])
