from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from read_operations.records import Format, Page, Request, Unit
from read_operations.settings import Lane, Settings
from tests.unit.api_gateway.support import ANALYZE, RESULTS, Gateway, StorageIsDown, finish

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def calls(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway.app), base_url="http://reader")


async def scrape(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"readfleet_{name}", frozenset(labels.items())))


async def test_the_state_of_the_fleet(gateway: Gateway, client: httpx.AsyncClient) -> None:
    # Given an operation that was read, one that waits, and a job in somebody's hands
    pages = [Page(number=number, width=1, height=1, unit=Unit.INCH) for number in (1, 2)]
    finish(gateway.store, Request(id=ID, format=Format.PDF), *pages)
    gateway.store.create(Request(id=ID.replace("a", "b"), format=Format.PDF))
    gateway.queue.enqueue(ID, 0, Lane.INTERACTIVE)
    gateway.queue.given_out.add(("c", 1))
    # Then the numbers say so
    samples = await scrape(client)
    assert of(samples, "storage_up") == 1
    assert of(samples, "pages_waiting", lane="interactive") == 1
    assert of(samples, "pages_waiting", lane="batch") == 0
    assert of(samples, "queue_age_seconds", lane="batch") == 0
    assert of(samples, "pages_in_work") == 1
    assert of(samples, "children_ready") == 1
    assert of(samples, "operations_unfinished") == 1
    assert of(samples, "operations_finished_total", status="succeeded") == 1
    assert of(samples, "operations_finished_total", status="failed") == 0
    assert of(samples, "pages_read_total") == 2


async def test_without_the_storage_its_numbers_are_missing() -> None:
    async with calls(Gateway(store_type=StorageIsDown)) as client:
        samples = await scrape(client)
    assert of(samples, "storage_up") == 0
    fleet = ("pages_", "queue_", "children_", "operations_")
    assert [name for name, _ in samples if name.startswith(tuple(f"readfleet_{each}" for each in fleet))] == []
    assert of(samples, "gateway_requests_in_progress") == 1


async def test_requests_are_counted_by_route_and_status(client: httpx.AsyncClient, png: bytes) -> None:
    assert (await client.post(ANALYZE.upper(), content=png)).status_code == 202
    assert (await client.post(ANALYZE, content=b"nothing that is read")).status_code == 400
    assert (await client.delete(ANALYZE)).status_code == 405
    for path in (f"{RESULTS}/{ID}", f"{RESULTS}/{ID}/more", "/nowhere", "/nowhere/else"):
        assert (await client.get(path)).status_code == 404
    await client.request("BREW", "/nowhere")
    samples = await scrape(client)
    requests = {
        labels: value for (name, labels), value in samples.items() if name == "readfleet_gateway_requests_total"
    }
    seen = {(d["method"], d["route"], d["status"]): v for labels, v in requests.items() if (d := dict(labels))}
    assert seen == {
        ("POST", ANALYZE, "202"): 1,
        ("POST", ANALYZE, "400"): 1,
        ("DELETE", ANALYZE, "405"): 1,
        ("GET", f"{RESULTS}/{{id}}", "404"): 2,
        ("GET", "other", "404"): 2,
        ("other", "other", "404"): 1,
    }
    assert of(samples, "gateway_request_duration_seconds_count", route=ANALYZE) == 3
    assert (of(samples, "gateway_received_bytes_total") or 0) >= len(png)
    assert of(samples, "gateway_requests_in_progress") == 1


async def test_a_prometheus_that_asks_for_openmetrics_gets_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    "header", ["Forwarded", "Via", "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Original-URL"]
)
async def test_a_proxy_is_told_of_nothing(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/metrics", headers={header: "1"})
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("options", [{"metrics": False}, {"metrics_port": 9090}, {"metrics": False, "metrics_port": 1}])
async def test_metrics_that_are_off_or_elsewhere(options: dict[str, int]) -> None:
    async with calls(Gateway(settings=Settings.model_validate(options))) as client:
        assert (await client.get("/metrics")).status_code == 404
