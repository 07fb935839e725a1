from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog

from tests.builders import encoded, text_page
from tests.unit.api_gateway.support import Gateway


@pytest.fixture(scope="session", autouse=True)
def _plain_log_lines() -> Iterator[None]:
    """As a process configures them; the default draws large pictures of exceptions."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def png() -> bytes:
    return encoded(text_page().image, "PNG")


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the `gateway` of the test."""
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader.example:5000") as client:
        yield client
