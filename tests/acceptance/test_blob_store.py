"""A fleet whose documents are in a Blob service."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob import ContainerClient
from pydantic import SecretStr

from read_operations.settings import Settings
from tests.azurite import Azurite
from tests.builders import LINES, encoded, text_page
from tests.fleet import Fleet, wait_for
from tests.samples import book, first_lines

MIB = 2**20


def fetched(fleet: Fleet, id: str) -> list[int]:
    """Bytes of each time the worker got at the operation's document in the store."""
    lines = [line for line in fleet.log("worker").splitlines() if "document fetched" in line and id in line]
    return [int(re.findall(r"bytes=(\d+)", line)[0]) for line in lines]


def resident_bytes(fleet: Fleet) -> int:
    """The most memory that the gateway has ever had."""
    status = Path(f"/proc/{fleet.processes['gateway'].pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0]) * 1024


def test_a_book_is_fetched_once_for_all_its_pages(blob_fleet: Fleet) -> None:
    data = book(12)
    id = blob_fleet.submit(data)
    result = blob_fleet.result(id, 120)
    assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 13)]
    assert fetched(blob_fleet, id) == [len(data)]


def test_an_upload_takes_no_memory_of_its_size(blob_fleet: Fleet, azurite: Azurite) -> None:
    # Given a gateway that has taken documents before
    blob_fleet.result(blob_fleet.submit(encoded(text_page().image, "PNG")))
    before = resident_bytes(blob_fleet)

    def body() -> Iterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(150):
            yield bytes(MIB)

    # When one comes that is large, and of unknown length
    answer = httpx.post(f"{blob_fleet.endpoint}/vision/v3.2/read/analyze", content=body(), timeout=120)
    assert answer.status_code == 202
    # Then it is stored whole, and the gateway has hardly grown
    id = answer.headers["Operation-Location"].rpartition("/")[2]
    with ContainerClient.from_connection_string(
        azurite.connection_string, blob_fleet.settings.documents_container, api_version="2021-12-02"
    ) as container:
        assert container.get_blob_client(id).get_blob_properties().size == 150 * MIB + 9
    assert resident_bytes(blob_fleet) - before < 48 * MIB
    result = blob_fleet.result(id)
    assert result["status"] == "failed"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Azurite]:
    """A Blob service that keeps its documents while it is away."""
    azurite = Azurite(tmp_path / "azurite.log", tmp_path / "azurite")
    azurite.start()
    yield azurite
    azurite.stop()


def test_an_outage_ends_in_503_and_then_in_results(storage: Azurite, valkey_url: str, tmp_path: Path) -> None:
    settings = Settings(
        redis_url=valkey_url,
        key_prefix="blob-outage",
        azure_storage_connection_string=SecretStr(storage.connection_string),
        concurrency=1,
        lost_after_s=1,
        sweep_interval_s=1,
    )
    with Fleet(settings, tmp_path) as fleet:
        # Given an operation whose document cannot be fetched any more
        fleet.submit(book(3))
        id = fleet.submit(book(3))
        storage.stop()
        # When another is sent meanwhile
        answer = httpx.post(f"{fleet.endpoint}/vision/v3.2/read/analyze", content=book(1), timeout=60)
        # Then it is refused for the time being
        assert answer.status_code == 503
        assert answer.json()["code"] == "StorageException"
        assert answer.headers["Retry-After"]
        assert storage.key not in fleet.log("gateway")
        # And once the service is back, everything is read, old and new
        time.sleep(5)
        storage.start()
        result: Any = fleet.result(id, 120)
        assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 4)]
        page: Any = fleet.result(fleet.submit(encoded(text_page().image, "PNG")))["analyzeResult"]
        assert [line["text"] for line in page["readResults"][0]["lines"]] == list(LINES)
        for process in fleet.processes:
            assert storage.key not in fleet.log(process)


def test_documents_that_were_read_leave_the_container(azurite: Azurite, valkey_url: str, tmp_path: Path) -> None:
    settings = Settings(
        redis_url=valkey_url,
        key_prefix="blob-expiry",
        azure_storage_connection_string=SecretStr(azurite.connection_string),
        documents_container="expiry",
        concurrency=1,
        sweep_interval_s=0.5,
    )
    with (
        Fleet(settings, tmp_path) as fleet,
        ContainerClient.from_connection_string(
            azurite.connection_string, "expiry", api_version="2021-12-02"
        ) as container,
    ):
        id = fleet.submit(encoded(text_page().image, "PNG"))
        fleet.result(id)
        wait_for(lambda: not list(container.list_blobs()), 20)
