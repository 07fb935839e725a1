"""The schemas take what the writers write, and nothing else."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from api_gateway.openapi import reading
from api_gateway.openapi.examples import finished_examples, operation_examples
from api_gateway.surfaces import SURFACES, Surface
from read_operations.records import Failure, Format, Line, Operation, Page, Request, Status, Unit, Word

BOX = (0.0, 1.5, 40.0, 1.5, 40.0, 9.0, 0.0, 9.0)
LINE = Line(
    text="two words",
    box=BOX,
    words=(Word(text="two", box=BOX, confidence=0.2), Word(text="words", box=BOX, confidence=1.0)),
)
BY_HAND, IN_PRINT = (dataclasses.replace(LINE, handwriting=probability) for probability in (0.7, 0.0004))
PAGES = [
    Page(number=2, width=100, height=50, unit=Unit.PIXEL, angle=180.0, lines=(LINE, BY_HAND, IN_PRINT)),
    Page(number=3, width=8.26389, height=11.69444, unit=Unit.INCH, angle=-179.99996, lines=(LINE, LINE)),
    Page(number=4, width=8.5, height=11, unit=Unit.INCH, failure=Failure(code="FailedToProcess", message="no")),
]
every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.version)


def operation(status: Status, language: str | None = None) -> Operation:
    return Operation(
        request=Request(id="a527d445-8a74-4482-8cb3-c98a65ec7ef9", format=Format.PDF, language=language),
        status=status,
        created_us=1_612_420_328_275_270,
        updated_us=1_612_420_328_770_617,
        total=3,
        done=3,
        failed=1,
    )


def fits(surface: Surface, name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": reading.schemas(surface)}}
    return bool(OAS30Validator(schema).is_valid(value))


def written(surface: Surface, status: Status, language: str | None = None) -> Any:
    return json.loads("".join(surface.operation_json(operation(status, language), PAGES)))


@every_surface
@pytest.mark.parametrize("status", Status)
def test_an_operation_fits(surface: Surface, status: Status) -> None:
    assert fits(surface, "Operation", written(surface, status))
    assert fits(surface, "Operation", written(surface, status, language="zh-Hans"))
    assert fits(surface, "FinishedOperation", written(surface, status)) == (status is Status.SUCCEEDED)


@every_surface
def test_a_failure_of_the_call_that_waits_fits(surface: Surface) -> None:
    body = json.loads(surface.sync_failure_json(operation(Status.FAILED)))
    assert fits(surface, "FinishedOperation", body)
    assert not fits(surface, "Operation", body)


@every_surface
def test_the_examples_fit(surface: Surface) -> None:
    for name, examples in (("Operation", operation_examples), ("FinishedOperation", finished_examples)):
        for example in examples(surface).values():
            assert fits(surface, name, example["value"])


@every_surface
def test_anything_else_does_not(surface: Surface) -> None:
    good = written(surface, Status.SUCCEEDED)

    def pages(body: Any) -> Any:
        return body.get("recognitionResults") or body["analyzeResult"]["readResults"]

    def spoiled(spoil: Any) -> Any:
        body = copy.deepcopy(good)
        spoil(body)
        return body

    spoilers = (
        lambda body: body.update(status="finished"),
        lambda body: body.update(colour="red"),
        lambda body: pages(body)[0].update(unit="metre"),
        lambda body: pages(body)[0].update(page=0),
        lambda body: pages(body)[0].pop("lines"),
        lambda body: pages(body)[0]["lines"][0]["boundingBox"].pop(),
        lambda body: pages(body)[0]["lines"][0]["words"][0].update(confidence="High"),
    )
    assert [number for number, spoil in enumerate(spoilers) if fits(surface, "Operation", spoiled(spoil))] == []
