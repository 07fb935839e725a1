"""docs/compatibility.md says of each call, parameter, field and error how it is tested; this keeps it complete.

What there is to say comes from the routes and from the OpenAPI documents, which other tests hold against the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from api_gateway.app import create_app
from api_gateway.openapi.documents import documents
from read_operations.settings import Settings
from read_operations.testing import MemoryDocumentStore, MemoryFleet, MemoryOperationStore, MemoryQueue

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compatibility.md").read_text()
DOCUMENTS = documents()
CALLS = [call for each in DOCUMENTS.values() for item in each["paths"].values() for call in item.values()]


def routes() -> list[tuple[str, str]]:
    settings = Settings()
    app = create_app(
        settings,
        store=MemoryOperationStore(settings),
        documents=MemoryDocumentStore(),
        queue=MemoryQueue(),
        fleet=MemoryFleet(ready_children=1),
    )
    found = [route for route in app.routes if isinstance(route, Route)]
    return [(sorted(route.methods - {"HEAD"})[0], route.path) for route in found if route.methods]


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def names_in(title: str) -> set[str]:
    """What is written as code in a section; of `analyzeResult.version` each part."""
    return {part for name in re.findall(r"`([\w.-]+)`", section(title)) for part in name.split(".")}


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Every schema, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from schemas(each)


def codes(answer: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """The codes that an error answer may have."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    body = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    found: list[str] = body.get("properties", {}).get("code", {}).get("enum", [])
    return found


@pytest.mark.parametrize(("method", "path"), routes())
def test_every_route_is_on_the_page(method: str, path: str) -> None:
    path = re.sub(r":path}", "}", path)
    version = re.search(r"/(?:vision-)?(v\d.*?)(?:-read)?/", path)
    call = path.replace(version[1], "{version}") if version else path
    assert f"`{method} {call}`" in PAGE
    assert version is None or f"`{version[1]}`" in PAGE


def test_every_parameter_is_on_the_page() -> None:
    parameters = {each["name"] for call in CALLS for each in call.get("parameters", []) if each["in"] == "query"}
    assert "readingOrder" in parameters
    assert parameters - names_in("Parameters") == set()


def test_every_header_is_on_the_page() -> None:
    headers = {name for call in CALLS for answer in call["responses"].values() for name in answer.get("headers", {})}
    assert "Operation-Location" in headers
    assert headers - names_in("Headers") == set()


def test_every_field_is_on_the_page() -> None:
    fields = {name for each in schemas(DOCUMENTS) for name in each.get("properties", {})} - {"file", "url"}
    assert {"boundingBox", "clockwiseOrientation"} < fields
    assert fields - names_in("Results") == set()


def test_every_error_is_on_the_page() -> None:
    """Each status of an answer, and each code there is with it, in one row."""
    said = {
        (status, code)
        for row in section("Errors").splitlines()
        for status in re.findall(r"\b[45]\d\d\b", row)
        for code in re.findall(r"`(\w+)`", row)
    }
    described = {
        (status, code)
        for each in DOCUMENTS.values()
        for item in each["paths"].values()
        for call in item.values()
        for status, answer in call["responses"].items()
        for code in codes(answer, each)
    }
    assert ("400", "InvalidPageRange") in described
    assert described - said == set()


def test_every_test_that_the_page_names_is_there() -> None:
    names = set(re.findall(r"`(test_\w+\.py)`", PAGE))
    assert names
    assert {name for name in names if not list((ROOT / "tests").rglob(name))} == set()


def test_every_row_says_how_it_is_tested() -> None:
    """Tables whose last column is `shown by` name a test in every row."""
    tables = re.findall(r"^\|.*\| shown by \|\n\|[ |-]*\n((?:\|.*\n)*)", PAGE, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    assert len(rows) > 40
    assert [row for row in rows if not re.search(r"`test_\w+\.py`[^|]*\|$", row)] == []
