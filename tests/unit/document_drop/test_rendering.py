"""Outputs that are made in a process of their own."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import redis

from document_drop.rendering import Renderer
from read_operations.errors import DocumentDamaged, OperationNotFound
from read_operations.records import Format, Line, Operation, Output, Page, Request, Status, Unit, Word
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from tests.builders import PdfPage, pdf

BOX = (1.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0)


@pytest.fixture
def store(redis_client: redis.Redis, settings: Settings) -> RedisOperationStore:
    return RedisOperationStore(redis_client, settings)


@pytest.fixture
def operation(store: RedisOperationStore) -> Operation:
    """Of a document whose one page was read."""
    id = str(uuid.uuid4())
    store.create(Request(id=id, format=Format.PDF), [1])
    line = Line(text="Hello", box=BOX, words=(Word(text="Hello", box=BOX, confidence=0.9),))
    store.commit(id, Page(number=1, width=8.5, height=11, unit=Unit.INCH, lines=(line,)))
    store.finish(id, Status.SUCCEEDED)
    return store.get(id)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document"
    path.write_bytes(pdf([PdfPage()]))
    return path


@pytest.mark.parametrize("most_bytes", [2**29, 10_000_000])
def test_making_a_pdf_has_the_memory_of_a_child(
    store: RedisOperationStore,
    operation: Operation,
    document: Path,
    settings: Settings,
    tmp_path: Path,
    most_bytes: int,
) -> None:
    renderer = Renderer(store, settings.model_copy(update={"child_memory_bytes": most_bytes}))
    target = tmp_path / "target"
    if most_bytes < 2**29:
        with pytest.raises(DocumentDamaged, match="too much memory"):
            renderer.render(Output.PDF, operation, document, target)
    else:
        renderer.render(Output.PDF, operation, document, target)
        assert target.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("output", [Output.PDF, Output.TEXT])
def test_a_result_that_is_gone_meanwhile_gives_no_output_without_text(
    store: RedisOperationStore, operation: Operation, document: Path, settings: Settings, tmp_path: Path, output: Output
) -> None:
    store.delete(operation.id)
    with pytest.raises(OperationNotFound):
        Renderer(store, settings).render(output, operation, document, tmp_path / "target")
