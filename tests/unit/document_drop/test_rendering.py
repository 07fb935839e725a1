"""Outputs that are made in a process of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from document_drop.rendering import Renderer
from read_operations.errors import DocumentDamaged
from read_operations.outputs import Output
from read_operations.records import Format, Line, Page, Request, Unit, Word
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from tests.builders import PdfPage, pdf

BOX = (1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0)


@pytest.fixture
def request_read(redis_client: redis.Redis, settings: Settings) -> Request:
    """Of a document whose one page was read."""
    read = Request(id=str(uuid.uuid4()), format=Format.PDF)
    store = RedisOperationStore(redis_client, settings)
    store.create(read, [1])
    line = Line(text="Hello", box=BOX, words=(Word(text="Hello", box=BOX, confidence=0.9),))
    store.commit(read.id, Page(number=1, width=8.5, height=11, unit=Unit.INCH, lines=(line,)))
    return read


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(pdf([PdfPage()]))
    return path


@pytest.mark.parametrize("most_bytes", [2**29, 10_000_000])
def test_making_a_pdf_has_the_memory_of_a_child(
    request_read: Request, document: Path, settings: Settings, tmp_path: Path, most_bytes: int
) -> None:
    renderer = Renderer(settings.model_copy(update={"child_memory_bytes": most_bytes}))
    target = tmp_path / "target"
    if most_bytes < 2**29:
        with pytest.raises(DocumentDamaged, match="too much memory"):
            renderer.render(Output.PDF, request_read, _none(), document, target)
    else:
        renderer.render(Output.PDF, request_read, _none(), document, target)
        assert target.read_bytes().startswith(b"%PDF")


def _none() -> Iterator[Page]:
    """A process of its own fetches them itself."""
    yield from ()
