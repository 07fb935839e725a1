from __future__ import annotations

from pathlib import Path

import pytest

from ocr_worker.engine import load_engine
from ocr_worker.engine.port import Engine
from read_operations.settings import EngineName, Mode, Settings


@pytest.fixture(scope="session")
def engine(models_dir: Path) -> Engine:
    """The default runtime with its quick models."""
    return load_engine(Settings(models_dir=models_dir, engine=EngineName.OPENVINO, mode=Mode.FAST))
