from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocr_worker.documents import PageImage, load_page
from read_operations.records import Format
from read_operations.settings import Settings

Load = Callable[..., PageImage]
Store = Callable[[bytes], Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Writes a document to a file without an extension, as the document store keeps it."""

    def write(data: bytes) -> Path:
        path = tmp_path / "document"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def load(store: Store) -> Load:
    """The page `number` of a document given as bytes; keywords are settings."""

    def read(data: bytes, format: Format, number: int = 1, **settings: int) -> PageImage:
        return load_page(store(data), format, number, Settings.model_validate(settings))

    return read
