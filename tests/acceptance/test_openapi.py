"""What a fleet makes of real documents is as the OpenAPI documents it serves describe it, in every version."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator

from api_gateway.openapi.documents import name_of
from api_gateway.surfaces import PRINTED_OCR, RECOGNIZE_TEXT, SURFACES, PrintedOcr, RecognizeText, Surface
from tests.builders import PdfPage, PdfText, encoded, pdf, text_page, truncated
from tests.fleet import Fleet

LETTER = pdf([PdfPage(texts=(PdfText(text="Invoice 42", x=72, y=600),))])
LOCKED = pdf([PdfPage()], user_password="open sesame")
PHOTO = encoded(text_page().image, "PNG")
BROKEN = truncated(encoded(text_page().image, "JPEG"), 0.6)


def contradictions(answer: httpx.Response, document: dict[str, Any], method: str, path: str) -> list[str]:
    """Where an answer is not as its document says."""
    described = document["paths"][path][method]["responses"][str(answer.status_code)]
    absent = [name for name, each in described.get("headers", {}).items() if each.get("required")]
    absent = [name for name in absent if name not in answer.headers]
    if "content" not in described:
        return [*absent, *([answer.text] if answer.content else [])]
    schema = described["content"][answer.headers["content-type"].partition(";")[0]]["schema"]
    validator = OAS30Validator({**schema, "components": document["components"]})
    return [*absent, *(error.message for error in validator.iter_errors(answer.json()))]


def document_of(fleet: Fleet, name: str) -> dict[str, Any]:
    document: dict[str, Any] = httpx.get(f"{fleet.endpoint}/swagger/{name}/swagger.json").json()
    return document


def wait_as_described(fleet: Fleet, document: dict[str, Any], dialect: Surface | PrintedOcr) -> None:
    path = dialect.submit_and_wait
    for data in (PHOTO, LETTER, LOCKED, BROKEN, b"", b"no document"):
        answer = httpx.post(fleet.endpoint + path, content=data, timeout=60)
        assert contradictions(answer, document, "post", path) == []


def submit_as_described(fleet: Fleet, document: dict[str, Any], dialect: Surface | RecognizeText) -> None:
    answer = httpx.post(fleet.endpoint + dialect.submit, content=PHOTO)
    assert contradictions(answer, document, "post", dialect.submit) == []
    id = answer.headers["operation-location"].rpartition("/")[2]
    for path in dialect.results:
        answer = httpx.get(f"{fleet.endpoint}{path}/{id}")
        assert contradictions(answer, document, "get", f"{path}/{{operationId}}") == []
        fleet.result(id)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.version)
def test_real_results_are_as_described(fleet: Fleet, surface: Surface) -> None:
    document = document_of(fleet, name_of(surface))
    wait_as_described(fleet, document, surface)
    submit_as_described(fleet, document, surface)


def test_the_older_calls_are_as_described(fleet: Fleet) -> None:
    document = document_of(fleet, "older")
    for ocr in PRINTED_OCR:
        wait_as_described(fleet, document, ocr)
    for recognize_text in RECOGNIZE_TEXT:
        submit_as_described(fleet, document, recognize_text)
