"""What holds for every path: ids, unknown paths, wrong methods, errors nobody expected."""

from __future__ import annotations

import logging
import uuid

import httpx
import pytest

from read_operations.records import Operation
from read_operations.testing import MemoryOperationStore
from tests.unit.api_gateway.support import ANALYZE, OPERATIONS, RESULTS, SYNC, Gateway

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/vision/v3.2/analyze", "/vision/v3x2/read/analyze", "/vision/v3.2/read/analyze%0A", "/ready2"]
)
async def test_an_unknown_path(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "HEAD"):
        answer = await client.request(method, path)
        assert answer.status_code == 404
        assert answer.content == b""
        assert answer.headers["content-length"] == "0"
        assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", ANALYZE, "POST"),
        ("HEAD", SYNC, "POST"),
        ("PUT", ANALYZE, "POST"),
        ("POST", f"{RESULTS}/{ID}", "GET or HEAD"),
        ("DELETE", f"{OPERATIONS}/{ID}", "GET or HEAD"),
        ("POST", "/status", "GET or HEAD"),
    ],
)
async def test_a_wrong_method(client: httpx.AsyncClient, method: str, path: str, allowed: str) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == set(allowed.split(" or "))
    if method != "HEAD":
        assert answer.json()["code"] == answer.json()["error"]["code"] == "InvalidRequest"
        assert answer.json()["message"] == f"The method {method} is not supported here. Use {allowed}."


@pytest.mark.parametrize("path", ["/", "/ready", "/STATUS", "/containerliveness", "/Ready/"])
async def test_head_and_any_case(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200
    assert (await client.head(path)).status_code == 200


async def test_every_answer_has_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    answers = [await client.get(path) for path in ("/", "/ready", "/nowhere", ANALYZE, f"{RESULTS}/{ID}")]
    ids = [answer.headers["apim-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert ids == [str(uuid.UUID(id)) for id in ids]


async def test_the_clients_own_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/status", headers={"x-ms-client-request-id": "mine"})
    assert answer.headers["x-ms-client-request-id"] == "mine"
    assert "x-ms-client-request-id" not in (await client.get("/status")).headers


class StoreHasABug(MemoryOperationStore):
    def get(self, id: str) -> Operation:
        raise ZeroDivisionError("a secret of the house")


@pytest.mark.parametrize("gateway", [Gateway(store_type=StoreHasABug)])
async def test_what_nobody_expected_is_told_to_the_log_only(
    gateway: Gateway, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await client.get(f"{RESULTS}/{ID}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "InternalServerError"
    assert "secret" not in answer.text
    assert answer.json()["requestId"] == answer.headers["apim-request-id"]
    logged = caplog.text + capsys.readouterr().out
    assert "ZeroDivisionError" in logged
