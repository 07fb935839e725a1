"""Documents are taken back from a fleet: while it reads them, and afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from read_operations.settings import Settings
from tests.builders import PdfPage, PdfText, pdf
from tests.fleet import Fleet, free_port, wait_for
from tests.samples import book, first_lines

#: More than may be in the queue at once.
PAGES = 20
LETTER = pdf([PdfPage(texts=(PdfText(text="Invoice 42", x=72, y=600),))])
METRICS_PORT = free_port()


@pytest.fixture(scope="module")
def fleet(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet whose worker tells what it does with its pages."""
    folder = tmp_path_factory.mktemp("cancelling")
    settings = Settings(
        redis_url=valkey_url, key_prefix="cancelling", documents_dir=folder / "documents", concurrency=2
    )
    own = {"worker": {"READFLEET_METRICS_PORT": str(METRICS_PORT)}}
    with Fleet(settings, folder, own_environments=own) as fleet:
        yield fleet


def attempts(ending: str) -> float:
    """How many pages the worker has ended in this way."""
    metrics = httpx.get(f"http://127.0.0.1:{METRICS_PORT}/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.name == "readfleet_worker_attempts_total" and sample.labels == {"task": "page", "ending": ending}
    )


def status_of(fleet: Fleet, id: str) -> int:
    return httpx.get(f"{fleet.endpoint}/vision/v3.2/read/analyzeResults/{id}").status_code


def keys_of(fleet: Fleet, id: str) -> list[bytes]:
    """What the store of records has under its name."""
    return list(fleet.redis.scan_iter(f"{fleet.settings.key_prefix}:*{id}*"))


def test_a_book_is_cancelled_while_it_is_read(fleet: Fleet) -> None:
    # Given a book of which a page was read, others are being read, and most wait
    id = fleet.submit(book(PAGES))
    wait_for(lambda: fleet.store.get(id).done)
    assert fleet.documents() == {id}
    assert keys_of(fleet, id)
    # When it is taken back
    answer = httpx.delete(f"{fleet.endpoint}/operations/{id}")
    # Then it is gone at once, and another time not known
    assert (answer.status_code, answer.content) == (204, b"")
    assert status_of(fleet, id) == 404
    assert fleet.documents() == set()
    assert httpx.delete(f"{fleet.endpoint}/operations/{id}").status_code == 404
    # And another document is read, as what waited leaves the queue without being read
    letter = fleet.result(fleet.submit(LETTER))
    assert first_lines(letter) == [(1, "Invoice 42")]
    wait_for(lambda: fleet.queued_messages() == 0)
    wait_for(lambda: attempts("needless") >= PAGES / 2, 10)
    assert attempts("done") < PAGES / 2
    # Of the two in hand one may have found its document gone before it had opened it.
    assert attempts("retried") == 0
    assert attempts("returned") <= 2
    # And nothing of it came back
    assert status_of(fleet, id) == 404
    assert id not in fleet.documents()
    assert keys_of(fleet, id) == []
    assert list(fleet.store.unfinished()) == []
    assert list(fleet.store.dead_letters()) == []


def test_a_letter_that_was_read_is_cancelled_from_the_command_line(fleet: Fleet) -> None:
    id = fleet.submit(LETTER)
    fleet.result(id)
    location = f"{fleet.endpoint}/vision/v3.2/read/analyzeResults/{id}"
    command = [sys.executable, "-m", "readfleet", "cancel", location, "--endpoint", fleet.endpoint]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{id} is cancelled.\n", "")
    assert status_of(fleet, id) == 404
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout) == (1, "")
    assert f"{id} is not known" in again.stderr
