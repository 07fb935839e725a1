from __future__ import annotations

import httpx
import pytest

from read_operations.records import Failure, Format, Page, Request, Unit
from tests.unit.api_gateway.support import Gateway, StorageIsDown, finish

pytestmark = pytest.mark.anyio
IDS = ["a527d445-8a74-4482-8cb3-c98a65ec7ef9", "b527d445-8a74-4482-8cb3-c98a65ec7ef9"]
MONTH_S = 31 * 24 * 3600


def a_page(number: int, failure: Failure | None = None) -> Page:
    return Page(number=number, width=8.5, height=11, unit=Unit.INCH, failure=failure)


async def pages_of(client: httpx.AsyncClient, path: str) -> int:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.json().keys() == {"apiType", "serviceName", "meters"}
    (meter,) = answer.json()["meters"]
    assert meter["name"] == "Pages"
    quantity: int = meter["quantity"]
    return quantity


async def test_pages_by_month_and_in_all(gateway: Gateway, client: httpx.AsyncClient) -> None:
    # Given two pages read in one month, and one in the next
    failure = Failure(code="FailedToProcess", message="no")
    finish(gateway.store, Request(id=IDS[0], format=Format.PDF), a_page(1), a_page(2), a_page(3, failure))
    gateway.clock.now += MONTH_S
    finish(gateway.store, Request(id=IDS[1], format=Format.PDF), a_page(7))
    # Then each month has its own, whatever becomes of the results
    gateway.store.delete(IDS[0])
    assert await pages_of(client, "/records/usage-logs/2/2021") == 2
    assert await pages_of(client, "/records/Usage-Logs/02/2021/") == 2
    assert await pages_of(client, "/records/usage-logs/3/2021") == 1
    assert await pages_of(client, "/records/usage-logs/4/2021") == 0
    for path in ("/records/usage-logs", "/records/usage-logs/"):
        assert await pages_of(client, path) == 3


async def test_the_exact_answer(client: httpx.AsyncClient) -> None:
    answer = await client.get("/records/usage-logs/")
    assert answer.text == (
        '{"apiType":"read","serviceName":"computervisionread","meters":[{"name":"Pages","quantity":0}]}'
    )


@pytest.mark.parametrize(
    "month",
    ["0/2026", "13/2026", "11/26", "11/1969", "11/10000", "november/2026", "-1/2026", "1.5/2026", "११/2026", "11/२०२६"],
)
async def test_a_month_that_is_none(client: httpx.AsyncClient, month: str) -> None:
    answer = await client.get(f"/records/usage-logs/{month}")
    assert answer.status_code == 400
    assert answer.json()["code"] == answer.json()["error"]["code"] == "BadArgument"
    assert "11/2026" in answer.json()["message"]


async def test_without_the_storage() -> None:
    gateway = Gateway(store_type=StorageIsDown)
    transport = httpx.ASGITransport(gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://reader") as client:
        answer = await client.get("/records/usage-logs/")
    assert answer.status_code == 503
    assert answer.json()["code"] == "StorageException"
    assert answer.headers["retry-after"] == "5"
