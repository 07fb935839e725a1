from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from document_drop import queues
from document_drop import watcher as watcher_module
from document_drop.claims import Claims
from document_drop.tally import Tally
from read_operations.settings import Settings
from tests.azurite import Azurite
from tests.unit.document_drop.bench import Bench
from tests.unit.document_drop.drops import BlobDrop, Drop, FolderDrop


@pytest.fixture
def folder_drop(settings: Settings, tmp_path: Path) -> FolderDrop:
    return FolderDrop(settings, tmp_path / "drop")


@pytest.fixture
def blob_drop(settings: Settings, azurite: Azurite) -> Iterator[BlobDrop]:
    drop = BlobDrop(settings, azurite)
    with contextlib.closing(drop.place), drop.sources, drop.results:
        yield drop


@pytest.fixture(params=["folder", "blob"])
def drop(request: pytest.FixtureRequest) -> Drop:
    """A drop of either kind: the same promises."""
    drop: Drop = request.getfixturevalue(f"{request.param}_drop")
    return drop


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "_POLL_S", 0)
    monkeypatch.setattr(watcher_module, "_EVENTS_POLL_S", 0)
    monkeypatch.setattr(watcher_module, "_REST_S", 0)


@pytest.fixture
def benches(redis_client: redis.Redis) -> Iterator[Callable[..., Bench]]:
    with contextlib.ExitStack() as opened:

        def bench(drop: Drop, **settings: Any) -> Bench:
            return opened.enter_context(contextlib.closing(Bench(drop, redis_client, **settings)))

        yield bench


@pytest.fixture
def queue_settings(azurite_queues: Azurite, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(queues, "_HIDDEN_S", 2)
    return {
        "azure_queue_connection_string": SecretStr(azurite_queues.connection_string),
        "drop_queue": f"events-{uuid.uuid4()}",
        "drop_notices_queue": f"notices-{uuid.uuid4()}",
    }


@pytest.fixture
def claims(redis_client: redis.Redis, settings: Settings) -> Claims:
    return Claims(redis_client, "place", settings)


@pytest.fixture
def tally(redis_client: redis.Redis, settings: Settings) -> Tally:
    return Tally(redis_client, "place", settings)
