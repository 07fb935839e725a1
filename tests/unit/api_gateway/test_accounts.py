"""Who a client is, for its quota."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.requests import Request as HttpRequest

from api_gateway.accounts import account_of
from read_operations.records import Status
from read_operations.settings import QuotaBy, Settings
from tests.unit.api_gateway.support import ANALYZE, RESULTS, Gateway

KEY = ("Ocp-Apim-Subscription-Key", "0123456789abcdef")


def account(*headers: tuple[str, str], peer: str | None = "10.0.0.1", query: str = "", **settings: Any) -> str | None:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    client = (peer, 4711) if peer else None
    scope = {"type": "http", "headers": raw, "client": client, "query_string": query.encode(), "path": "/"}
    return account_of(HttpRequest(scope), Settings(**{"quota_requests": 1, **settings}))


def test_without_quotas_nobody_is_looked_at() -> None:
    assert account(KEY, quota_requests=None) is None


def test_who_sends_a_key_is_who_sends_that_key() -> None:
    by_key = account(KEY)
    assert by_key
    assert by_key.startswith("key-")
    assert KEY[1] not in by_key
    assert account(KEY, peer="10.0.0.2") == account(query=f"subscription-key={KEY[1]}") == by_key
    assert account((KEY[0], "another")) not in (by_key, account())


def test_an_address_counts_where_there_is_no_key_or_it_is_said_so() -> None:
    assert account() == account((KEY[0], "")) == account(KEY, quota_by=QuotaBy.ADDRESS) == "address-10.0.0.1"
    assert account(peer="::ffff:10.0.0.1") == "address-10.0.0.1"
    assert account(peer=None) == "address-unknown"


def test_a_customer_has_many_addresses_of_ipv6() -> None:
    assert account(peer="2001:db8::1") == account(peer="2001:db8::ffff:1") == "address-2001:db8::"
    assert account(peer="2001:db8:0:1::1") == "address-2001:db8:0:1::"


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Forwarded-For", "192.0.2.7")],
        [("X-Forwarded-For", "192.0.2.7:5123")],
        [("X-Forwarded-For", "6.6.6.6, 192.0.2.7, 10.0.0.2")],
        [("X-Forwarded-For", "6.6.6.6, 192.0.2.7"), ("X-Forwarded-For", "10.0.0.2")],
        [("Forwarded", 'for=6.6.6.6, for="192.0.2.7:99";proto=https, for=10.0.0.2')],
    ],
)
def test_trusted_proxies_say_who_called_them(headers: list[tuple[str, str]]) -> None:
    assert account(*headers, trusted_proxies="10.0.0.0/8") == "address-192.0.2.7"
    # Others may say what they like.
    assert account(*headers) == "address-10.0.0.1"
    assert account(*headers, peer="6.6.6.6", trusted_proxies="10.0.0.0/8") == "address-6.6.6.6"


@pytest.mark.anyio
async def test_a_client_that_has_used_up_its_quota(png: bytes) -> None:
    # Given a quota of two documents in ten seconds
    gateway = Gateway(settings=Settings(quota_requests=2, quota_window_s=10))
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=dict([KEY])) as client:
        first = await client.post(ANALYZE, content=png)
        # When three come, one of them no document, and the first is asked for
        assert (await client.post(ANALYZE, content=b"no document")).status_code == 400
        gateway.clock.now += 2.5
        answer = await client.post(ANALYZE, content=png)
        id = first.headers["Operation-Location"].rpartition("/")[2]
        # Then the third is refused until the window ends
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "8"
        assert answer.json()["error"]["code"] == answer.json()["code"] == "429"
        assert "2 documents in 10 s" in answer.json()["message"]
        assert len(list(gateway.store.unfinished())) == 1
        # And results, and others, are served
        assert (await client.get(f"{RESULTS}/{id}")).status_code == 200
        assert (await client.post(ANALYZE, content=png, headers={KEY[0]: "other"})).status_code == 202
        gateway.clock.now += 7.6
        assert (await client.post(ANALYZE, content=png)).status_code == 202


@pytest.mark.anyio
async def test_pages_that_were_read_count(png: bytes) -> None:
    gateway = Gateway(settings=Settings(quota_pages=2))
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert [(await client.post(ANALYZE, content=png)).status_code for _ in range(3)] == [202, 202, 429]
        assert [each.operation.status for each in gateway.store.unfinished()] == [Status.NOT_STARTED] * 2
