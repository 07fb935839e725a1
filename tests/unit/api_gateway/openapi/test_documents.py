from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.routing import Route

from api_gateway.openapi.documents import documents
from read_operations.version import __version__
from tests.unit.api_gateway.support import Gateway

DOCUMENTS = documents()
METHODS = {"get", "post", "put", "patch", "delete"}
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def calls(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method, path) for path, item in document["paths"].items() for method in METHODS & item.keys()}


@every_document
def test_a_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"] == "3.0.3"
    assert document["info"]["version"] == __version__


def test_the_documented_names_are_there_and_the_newest_is_first() -> None:
    assert next(iter(DOCUMENTS)) == "vision-v3.2-read"
    assert {"vision-v2.0-preview-read", "vision-v3.1-read", "vision-v3.0-read", "vision-v2.1-read"} < DOCUMENTS.keys()


def test_what_is_described_is_served_and_what_is_served_is_described() -> None:
    described = {
        (method, re.sub(r"{\w+}", "{}", path)) for document in DOCUMENTS.values() for method, path in calls(document)
    }
    served = {
        (method.lower(), re.sub(r"{\w+(:path)?}", "{}", route.path))
        for route in Gateway().app.routes
        if isinstance(route, Route) and not route.path.startswith("/swagger")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert described == served


@every_document
def test_every_call_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [item[method]["operationId"] for item in document["paths"].values() for method in METHODS & item.keys()]
    assert len(set(names)) == len(names)
    links = re.findall(r"'links': {'result': {'operationId': '(\w+)'", str(document))
    assert set(links) <= set(names)


@every_document
def test_everything_that_is_described_is_used(document: dict[str, Any]) -> None:
    text = str(document)
    unused = [name for name in document["components"]["schemas"] if f"'#/components/schemas/{name}'" not in text]
    assert unused == []


@every_document
def test_every_answer_has_its_id(document: dict[str, Any]) -> None:
    answers = [
        answer for method, path in calls(document) for answer in document["paths"][path][method]["responses"].values()
    ]
    assert answers
    assert all(answer["headers"]["apim-request-id"]["required"] for answer in answers)
