"""`readfleet cancel` against a gateway on a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner, Result

from read_operations.records import Format, Page, Request, Unit
from readfleet.cli import app
from tests.fleet import free_port
from tests.unit.api_gateway.support import Gateway, StorageIsDown, finish, serving

ID = "a527d445-8a74-4482-8cb3-c98a65ec7ef9"
OTHER = "0f1e2d3c-4b5a-4678-9abc-def012345678"
PAGE = Page(number=1, width=1, height=1, unit=Unit.PIXEL)


@pytest.fixture(autouse=True)
def _the_gateway_is_silent() -> Iterator[None]:
    """It runs in this process, and would log between what the command says."""
    with structlog.testing.capture_logs():
        yield


def cancel(gateway: Gateway, *names: str, path: str = "") -> Result:
    with serving(gateway.app) as port:
        return CliRunner().invoke(app, ["cancel", *names, "--endpoint", f"http://127.0.0.1:{port}{path}"])


def a_gateway(*ids: str) -> Gateway:
    gateway = Gateway()
    for id in ids:
        finish(gateway.store, Request(id=id, format=Format.JPEG), PAGE)
    return gateway


@pytest.mark.parametrize(
    "name",
    [
        ID,
        f"http://elsewhere:5000/vision/v3.2/read/analyzeResults/{ID}",
        f"https://proxy/a/vision/v2.0/textOperations/{ID}/",
    ],
    ids=["id", "location", "older location"],
)
def test_an_operation_is_cancelled(name: str) -> None:
    gateway = a_gateway(ID)
    result = cancel(gateway, name)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{ID} is cancelled.\n", "")
    assert gateway.leftovers() == set()


def test_the_others_are_cancelled_when_one_is_not_known() -> None:
    gateway = a_gateway(ID)
    result = cancel(gateway, OTHER, ID, "letter.pdf", "..")
    assert result.exit_code == 1
    assert result.stdout == f"{ID} is cancelled.\n"
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        f"{OTHER} is not known",
        "letter.pdf is not known",
        ".. is not known",
    ]


def test_a_storage_that_is_away() -> None:
    result = cancel(Gateway(store_type=StorageIsDown), ID)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("StorageException: ")


def test_an_endpoint_that_is_another() -> None:
    result = cancel(a_gateway(ID), ID, path="/elsewhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "HTTP 404: Not Found\n"


def test_no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("READFLEET_ENDPOINT", endpoint)
    result = CliRunner().invoke(app, ["cancel", ID])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Nothing answers at {endpoint}.")


def test_help_says_what_it_does() -> None:
    assert " cancel " in CliRunner().invoke(app, ["--help"]).stdout
    result = CliRunner().invoke(app, ["cancel", "--help"])
    assert result.exit_code == 0
    assert "Take documents back" in result.stdout
