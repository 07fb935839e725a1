"""`readfleet status` against a gateway on a socket."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from read_operations.records import Format, Page, Request, Unit
from read_operations.settings import Lane, Settings
from readfleet.cli import app
from tests.fleet import free_port
from tests.unit.api_gateway.support import Gateway, StorageIsDown, finish, serving

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"


def status(gateway: Gateway, path: str = "") -> tuple[int, str]:
    with serving(gateway.app) as port:
        result = CliRunner().invoke(app, ["status", "--endpoint", f"http://127.0.0.1:{port}{path}"])
    return result.exit_code, result.output


def test_the_fleet_in_a_table() -> None:
    gateway = Gateway()
    finish(gateway.store, Request(id=ID, format=Format.JPEG), Page(number=1, width=1, height=1, unit=Unit.PIXEL))
    gateway.queue.enqueue(ID, 1, Lane.BATCH)
    gateway.queue._enqueued_at[ID, 1, Lane.BATCH] -= 75
    code, output = status(gateway)
    assert code == 0
    lines = {" ".join(line.split()) for line in output.splitlines()}
    assert {
        "Pages waiting, interactive 0",
        "Pages waiting, batch 1 for 0:01:15",
        "Pages in work 0",
        "Children ready 1",
        "Operations unfinished 0",
        "Operations succeeded 1",
        "Operations failed 0",
        "Pages read 1",
    } == lines


def test_a_storage_that_is_away() -> None:
    code, output = status(Gateway(store_type=StorageIsDown))
    assert (code, " ".join(output.split())) == (1, "Storage (Redis or Valkey) does not answer")


def test_no_service() -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    result = CliRunner().invoke(app, ["status", "--endpoint", endpoint])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{endpoint} does not answer. Start one with `readfleet up`")


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:5470", "localhost:5000", "ftp://127.0.0.1", "http://[::1", "http://a:b"]
)
def test_no_url(endpoint: str) -> None:
    result = CliRunner().invoke(app, ["status", "--endpoint", endpoint])
    assert result.exit_code == 1
    assert result.stderr == f"{endpoint} is no URL such as http://127.0.0.1:5000. Name one with --endpoint.\n"


@pytest.mark.parametrize("path", ["", "/elsewhere"])
def test_a_service_that_shows_no_metrics(path: str) -> None:
    code, output = status(Gateway(settings=Settings(metrics=False)), path)
    assert code == 1
    assert "shows no metrics of a gateway" in output
    assert "READFLEET_METRICS_PORT" in output
