from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocr_worker import models
from read_operations.settings import Settings
from tests.fleet import Fleet


@pytest.fixture(scope="session", autouse=True)
def weights() -> None:
    """The model weights, in the default folder; quick when they are there."""
    models.fetch(Settings().models_dir)


@pytest.fixture(scope="session")
def fleet(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet with two reading children, for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("fleet")
    settings = Settings(
        redis_url=valkey_url, key_prefix="acceptance", documents_dir=folder / "documents", concurrency=2
    )
    with Fleet(settings, folder) as fleet:
        yield fleet
