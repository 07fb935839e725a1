from __future__ import annotations

from pathlib import Path

import pytest

from ocr_worker import models
from read_operations.settings import Settings


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of all models, fetched the first time and quick afterwards."""
    folder = Settings().models_dir
    models.fetch(folder)
    return folder
