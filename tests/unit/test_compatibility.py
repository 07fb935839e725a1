"""docs/compatibility.md says of every call how it is tested; this keeps it from forgetting one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from api_gateway.app import create_app
from read_operations.settings import Settings
from read_operations.testing import MemoryDocumentStore, MemoryFleet, MemoryOperationStore, MemoryQueue

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "compatibility.md").read_text()


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


@pytest.mark.parametrize(("method", "path"), routes())
def test_every_route_is_on_the_page(method: str, path: str) -> None:
    path = re.sub(r":path}", "}", path)
    version = re.search(r"/(?:vision-)?(v\d.*?)(?:-read)?/", path)
    call = path.replace(version[1], "{version}") if version else path
    assert f"`{method} {call}`" in PAGE
    assert version is None or f"`{version[1]}`" in PAGE


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
