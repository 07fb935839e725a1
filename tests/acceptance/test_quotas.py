"""Quotas on real parts: several gateways, and many clients at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from read_operations.settings import Settings
from tests.builders import encoded, text_page
from tests.fleet import Fleet, free_port, wait_for

MOST = 7


@pytest.fixture
def gateways(settings: Settings, tmp_path: Path) -> Iterator[list[str]]:
    """The addresses of two gateways of one fleet, which has no workers."""
    quotas = {"quota_requests": MOST, "quota_window_s": 120}
    fleet = Fleet(Settings(**{**settings.model_dump(exclude_unset=True), **quotas}), tmp_path)
    ports = [free_port(), free_port()]
    for port in ports:
        fleet.start_process("gateway", "--port", str(port), name=f"gateway-{port}")
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        wait_for(lambda: all(_lives(address) for address in addresses))
        yield addresses
    finally:
        fleet.stop()


def test_what_a_client_may_send_is_counted_over_all_gateways(gateways: list[str]) -> None:
    answers = asyncio.run(_flood(gateways, "one key"))
    assert Counter(answer.status_code for answer in answers) == {202: MOST, 429: 60 - MOST}
    refusals = [answer for answer in answers if answer.status_code == 429]
    assert all(0 < int(answer.headers["Retry-After"]) <= 120 for answer in refusals)
    assert {answer.json()["error"]["code"] for answer in refusals} == {"429"}
    # Another client has a quota of its own.
    others = asyncio.run(_flood(gateways, "another key"))
    assert Counter(answer.status_code for answer in others) == {202: MOST, 429: 60 - MOST}


async def _flood(gateways: list[str], key: str) -> list[httpx.Response]:
    data, headers = encoded(text_page().image, "PNG"), {"Ocp-Apim-Subscription-Key": key}
    async with httpx.AsyncClient(timeout=60, headers=headers, trust_env=False) as client:
        return list(
            await asyncio.gather(
                *(client.post(f"{gateways[n % 2]}/vision/v3.2/read/analyze", content=data) for n in range(60))
            )
        )


def _lives(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ContainerLiveness").status_code == 200
    except httpx.TransportError:
        return False
