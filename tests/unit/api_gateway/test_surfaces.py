"""Every version: where its calls are, and that an operation comes back in its shape."""

from __future__ import annotations

import httpx
import pytest

from api_gateway.surfaces import SURFACES, Surface
from read_operations.records import Failure, Format, Page, Request, Status, Unit
from tests.unit.api_gateway.support import Gateway, finish

pytestmark = pytest.mark.anyio
ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
PAGE = Page(number=1, width=100, height=50, unit=Unit.PIXEL)

every_surface = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.submit.split("/")[2])


def test_the_documented_paths_are_all_there() -> None:
    submits = {surface.submit for surface in SURFACES}
    for version in ("v3.0", "v3.1", "v3.2", "v3.1-preview.2", "v3.2-preview.1", "v3.2-preview.2", "v3.2-preview.3"):
        assert f"/vision/{version}/read/analyze" in submits
    for version in ("v2.0", "v2.1"):
        assert f"/vision/{version}/read/core/asyncBatchAnalyze" in submits
    assert len(submits) == len(SURFACES)


@every_surface
async def test_the_location_is_of_the_version_that_was_called(
    surface: Surface, gateway: Gateway, client: httpx.AsyncClient, png: bytes
) -> None:
    answer = await client.post(surface.submit, content=png, params={"mode": "Printed"})
    assert answer.status_code == 202
    path, _, id = httpx.URL(answer.headers["operation-location"]).path.rpartition("/")
    assert path == surface.results[0]
    assert gateway.store.get(id).request.format is Format.PNG


@every_surface
async def test_one_version_knows_a_mode(surface: Surface, client: httpx.AsyncClient, png: bytes) -> None:
    answer = await client.post(surface.submit, content=png, params={"mode": "Painted"})
    assert answer.status_code == (400 if surface.version == "v2.0" else 202)


@every_surface
async def test_results_have_the_shape_of_their_version(
    surface: Surface, gateway: Gateway, client: httpx.AsyncClient
) -> None:
    finish(gateway.store, Request(id=ID, format=Format.PNG), PAGE)
    for path in surface.results:
        body = (await client.get(f"{path}/{ID}")).json()
        if surface.submit.startswith("/vision/v2"):
            assert body.keys() == {"status", "recognitionResults"}
            assert body["status"] == "Succeeded"
        else:
            assert body["status"] == "succeeded"
            number = surface.submit.split("/")[2].removeprefix("v").partition("-")[0]
            assert body["analyzeResult"]["version"] == f"{number}.0"
            assert ("modelVersion" in body["analyzeResult"]) == (number == "3.2")


@every_surface
async def test_failures_have_the_shape_of_their_version(
    surface: Surface, gateway: Gateway, client: httpx.AsyncClient
) -> None:
    gateway.store.create(Request(id=ID, format=Format.PDF))
    gateway.store.finish(ID, Status.FAILED, Failure(code="InvalidImage", message="It is damaged."))
    body = (await client.get(f"{surface.results[0]}/{ID}")).json()
    assert body["status"] == ("Failed" if surface.submit.startswith("/vision/v2") else "failed")


@every_surface
async def test_an_unknown_operation_has_a_body(surface: Surface, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{surface.results[0]}/{ID}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "BadArgument"
