"""What may go wrong while documents are on their way, acted out on the real parts."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import redis
from azure.storage.blob import BlobLeaseClient

from document_drop import claims as claims_module
from document_drop import queues
from document_drop.claims import Claim, ClaimLost, Claims, Ending
from document_drop.holding import Holding
from document_drop.names import digest, output_error
from document_drop.place import Found, PlaceRefuses, Standing
from document_drop.rendering import Renderer
from document_drop.tally import Tally
from read_operations.documents import DocumentStore, FolderDocumentStore
from read_operations.errors import DocumentDamaged, ServiceBusy
from read_operations.queue import CeleryQueue
from read_operations.records import Output
from read_operations.settings import AfterSuccess, Settings
from tests.unit.document_drop.bench import DOCUMENT, Bench, count, event, queue, waiting
from tests.unit.document_drop.drops import BlobDrop, Drop, FolderDrop

pytestmark = pytest.mark.usefixtures("brisk")


def read_once(bench: Bench) -> str:
    """Reads the one document there is, and makes sure that nobody reads it again; its operation."""
    bench.until(bench.operations)
    (id,) = bench.operations()
    bench.read(id)
    bench.until(lambda: count(bench, "succeeded") == 1)
    bench.steps(0.4)
    assert bench.operations() == []
    assert list(bench.claims.all()) == []
    return id


def test_a_lease_lasts_for_as_long_as_its_document_takes(redis_client: redis.Redis, settings: Settings) -> None:
    # Given a claim whose holder takes longer than the lease, and does nothing else meanwhile
    claims = Claims(redis_client, "place", settings, lease_s=0.3)
    claim = claims.claim(Found(name="x.pdf", version="1", size=1))
    assert isinstance(claim, Claim)
    holding = Holding(claims)
    with holding.keep(claim):
        for _ in range(8):
            time.sleep(0.1)
            assert claims.take(claim) is None
    holding.close()
    # When he is done, others may have it
    time.sleep(0.4)
    assert claims.take(claim)


def test_leases_do_not_go_by_this_machines_clock(claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = claims.claim(Found(name="x.pdf", version="1", size=1))
    assert isinstance(claim, Claim)
    claims.recorded(claim)
    now = time.time()
    for wrong_by in (-3600, 3600):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda wrong_by=wrong_by: now + wrong_by)
            assert [each.free for each in claims.all()] == [True]
    assert claims.take(claim)
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now + 3600)
        assert [each.free for each in claims.all()] == [False]


def test_who_was_asleep_puts_no_old_result_over_a_newer_one(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    (first,) = bench.operations()
    bench.until(lambda: all(claim.free for claim in bench.claims.all()))
    bench.read(first)
    # Given a watcher that took the finished operation and fell asleep, and another that went on
    asleep = bench.claims.take(next(bench.claims.all()))
    assert asleep
    operation = bench.store.get(first)
    bench.redis.hset(
        f"{bench.settings.key_prefix}:drop:{{{drop.place.id}}}:open",
        *_expired(bench.redis, bench, "x.pdf"),
    )
    bench.until(lambda: count(bench, "succeeded") == 1)
    written = drop.result("x.pdf.json")
    # When it wakes up
    with pytest.raises(ClaimLost):
        bench.watcher._delivery.deliver(asleep, operation)
    # Then it has changed nothing
    assert drop.result("x.pdf.json") == written
    assert count(bench, "succeeded") == 1


def _expired(client: redis.Redis, bench: Bench, name: str) -> tuple[str, bytes]:
    """The claim of a document as it is when its lease has run out."""
    held: Any = client.hget(f"{bench.settings.key_prefix}:drop:{{{bench.drop.place.id}}}:open", digest(name))
    return digest(name), b"1|" + held.split(b"|", 1)[1]


def test_a_queue_that_is_away_makes_no_second_operation(
    drop: Drop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = benches(drop)
    enqueue, saved = CeleryQueue.enqueue, []
    refused = iter([True, True])

    def away(self: CeleryQueue, *job: Any) -> None:
        if next(refused, False):
            raise ServiceBusy
        enqueue(self, *job)

    save = FolderDocumentStore.save

    async def counted(self: FolderDocumentStore, name: str, chunks: Any) -> int:
        saved.append(name)
        return await save(self, name, chunks)

    monkeypatch.setattr(CeleryQueue, "enqueue", away)
    if isinstance(drop, FolderDrop):
        monkeypatch.setattr(FolderDocumentStore, "save", counted)
    drop.put("x.pdf", DOCUMENT)
    bench.until(lambda: bench.queue.view().waiting)
    id = read_once(bench)
    assert saved in ([], [id])


def test_a_flood_of_events_waits_for_hands(
    blob_drop: BlobDrop, benches: Callable[..., Bench], queue_settings: dict[str, Any]
) -> None:
    settings = queue_settings
    bench = benches(blob_drop, drop_interval_s=1000, **settings)
    with queue(settings, "drop_queue") as events:
        for number in range(40):
            blob_drop.put(f"{number}.pdf", DOCUMENT)
            events.send_message(event(blob_drop, f"{number}.pdf"))
        most = 0

        def all_told() -> bool:
            nonlocal most
            most = max(most, len(bench.watcher._under_way))
            return waiting(events) == 0

        bench.until(all_told, 40)
        assert most <= 4
        bench.until(lambda: len(bench.operations()) == 40)
        assert list(bench.tally.letters(10)) == []


def test_an_event_that_has_to_wait_is_no_garbage(
    blob_drop: BlobDrop, benches: Callable[..., Bench], queue_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = queue_settings
    monkeypatch.setattr(queues, "_HIDDEN_S", 1)
    bench = benches(blob_drop, drop_interval_s=1000, drop_attempts=1, **settings)
    bench.steps(0.2)
    blob_drop.put("options.json", b"not yet")
    blob_drop.put("x.pdf", DOCUMENT)
    with queue(settings, "drop_queue") as events:
        events.send_message(event(blob_drop, "x.pdf"))
        bench.steps(3)
        assert waiting(events) == 1
        assert bench.tally.letters(10) == []
        blob_drop.put("options.json", b"{}")
        bench.until(lambda: waiting(events) == 0)
        assert len(bench.operations()) == 1


def test_waiting_for_room_is_not_looking(folder_drop: FolderDrop, benches: Callable[..., Bench]) -> None:
    bench = benches(folder_drop, drop_window=1)
    # Given a look that had to wait for room
    for number in range(3):
        folder_drop.put(f"{number}.pdf", DOCUMENT)
    bench.until(bench.operations)
    bench.steps(2)

    def all_read() -> bool:
        bench.read_all()
        return count(bench, "succeeded") == 3

    bench.until(all_read)
    # Then the next one does not wait for as long
    bench.until(lambda: bench.watcher._look is None)
    assert bench.watcher._next_look - time.monotonic() < 1


def test_the_fleets_limits_are_the_drops(drop: Drop, benches: Callable[..., Bench]) -> None:
    # Given a fleet that takes five operations: one place of them is for those who send something now
    bench = benches(drop, max_open_operations=5)
    for number in range(8):
        drop.put(f"{number}.pdf", DOCUMENT)
    bench.until(lambda: len(bench.operations()) >= 4)
    bench.steps(0.5)
    # Documents that were claimed at the same moment may all have found the last place
    assert 4 <= len(bench.operations()) <= 7

    def all_read() -> bool:
        bench.read_all()
        return count(bench, "succeeded") == 8

    bench.until(all_read, 40)


def test_a_full_document_store_is_waited_for(
    drop: Drop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = benches(drop)
    with monkeypatch.context() as full:
        for each in (FolderDocumentStore, DocumentStore):
            full.setattr(each, "has_room", lambda _: False)
        drop.put("x.pdf", DOCUMENT)
        bench.steps(0.5)
        assert bench.operations() == []
    read_once(bench)


def test_a_document_under_a_lease_is_read_once(blob_drop: BlobDrop, benches: Callable[..., Bench]) -> None:
    bench = benches(blob_drop)
    blob_drop.put("x.pdf", DOCUMENT)
    BlobLeaseClient(blob_drop.sources.get_blob_client("in/x.pdf")).acquire()
    read_once(bench)
    assert blob_drop.result("x.pdf.json")


def test_a_document_whose_metadata_is_full_is_read_once(blob_drop: BlobDrop, benches: Callable[..., Bench]) -> None:
    # Metadata has room for 8 KiB
    blob_drop.sources.upload_blob("in/x.pdf", DOCUMENT, metadata={"note": "x" * 8100})
    read_once(benches(blob_drop))


@pytest.mark.parametrize("after", [AfterSuccess.MOVE, AfterSuccess.DELETE])
def test_what_cannot_be_taken_away_stays_and_is_read_once(
    blob_drop: BlobDrop, benches: Callable[..., Bench], after: AfterSuccess
) -> None:
    bench = benches(blob_drop, drop_after_success=after)
    blob_drop.put("x.pdf", DOCUMENT)
    BlobLeaseClient(blob_drop.sources.get_blob_client("in/x.pdf")).acquire()
    read_once(bench)
    assert "x.pdf" in blob_drop.names()
    assert blob_drop.result("x.pdf.json")


def test_a_result_that_cannot_be_written_ends_as_a_dead_letter(
    folder_drop: FolderDrop, benches: Callable[..., Bench]
) -> None:
    bench = benches(folder_drop, drop_attempts=2)
    # Given a folder where a document's results would be
    (folder_drop.folder / "results" / "x.pdf.json").mkdir()
    (folder_drop.folder / "results" / "x.pdf.error.json").mkdir()
    folder_drop.put("x.pdf", DOCUMENT)
    folder_drop.put("y.pdf", DOCUMENT)
    bench.until(lambda: len(bench.operations()) == 2)
    bench.read_all()
    bench.until(lambda: count(bench, "dead") and count(bench, "succeeded"))
    (letter,) = bench.tally.letters(10)
    assert "Is a directory" in letter["reason"]
    bench.steps(0.4)
    assert bench.operations() == []
    assert list(bench.claims.all()) == []


def test_a_file_that_may_not_be_read_is_refused(
    folder_drop: FolderDrop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ = os.open

    # The user of the tests may read everything
    def forbidden(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if path == "x.pdf":
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", forbidden)
    bench = benches(folder_drop)
    folder_drop.put("x.pdf", DOCUMENT)
    bench.until(lambda: count(bench, "failed") == 1)
    assert b"x.pdf may not be read by the watcher: Permission denied" in (folder_drop.result("x.pdf.error.json") or b"")


def test_nothing_of_a_document_is_moved_that_is_too_large(
    drop: Drop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = benches(drop, max_file_bytes=1000)
    monkeypatch.setattr(type(drop.place), "open", lambda *_: pytest.fail("it was opened"))
    drop.put("x.pdf", DOCUMENT + bytes(1000))
    bench.until(lambda: count(bench, "failed") == 1)
    assert b"InvalidImageSize" in (drop.result("x.pdf.error.json") or b"")


def test_a_new_version_leaves_nothing_of_the_old_one(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("options.json", json.dumps({"outputs": ["text", "hocr"]}).encode())
    drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") == 1)
    assert drop.result("x.pdf.txt") is not None
    # When it is replaced, and another form is wanted
    drop.put("options.json", json.dumps({"outputs": ["hocr"]}).encode())
    time.sleep(1.1)
    drop.put("x.pdf", DOCUMENT + b"\n")
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") == 2)
    assert drop.result("x.pdf.txt") is None
    assert drop.result("x.pdf.hocr") is not None
    # And nothing at all when the next one cannot be read
    drop.put("x.pdf", b"no document")
    bench.until(lambda: count(bench, "failed") == 1)
    left = {suffix for suffix in (".json", ".error.json", ".txt", ".hocr") if drop.result(f"x.pdf{suffix}")}
    assert left == {".error.json"}


def test_what_could_not_be_made_of_a_new_version_is_said(
    folder_drop: FolderDrop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = benches(folder_drop, drop_outputs=(Output.TEXT,))
    folder_drop.put("x.pdf", DOCUMENT)
    read_once(bench)

    def refused(*_: Any) -> None:
        raise DocumentDamaged

    with monkeypatch.context() as patch:
        patch.setattr(Renderer, "render", refused)
        folder_drop.put("x.pdf", DOCUMENT + b"\n")
        bench.until(bench.operations)
        bench.read_all()
        bench.until(lambda: count(bench, "succeeded") == 2)
    assert folder_drop.result("x.pdf.txt") is None
    assert b"InvalidImage" in (folder_drop.result("x.pdf.error.txt.json") or b"")
    # And no longer when the next one can be
    folder_drop.put("x.pdf", DOCUMENT + b"\n\n")
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") == 3)
    assert folder_drop.result("x.pdf.txt") is not None
    assert folder_drop.result("x.pdf.error.txt.json") is None


def test_a_failover_that_loses_the_end_of_a_delivery_costs_no_output(
    folder_drop: FolderDrop, benches: Callable[..., Bench]
) -> None:
    # Given a document whose PDF was written, in a Redis that then forgets the last second
    bench = benches(folder_drop, drop_outputs=(Output.PDF,))
    folder_drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    bench.until(lambda: all(claim.free for claim in bench.claims.all()))
    bench.read_all()
    client: Any = bench.redis
    keys = f"{bench.settings.key_prefix}:*"
    before = {key: client.dump(key) for key in client.keys(keys)}
    bench.until(lambda: count(bench, "succeeded") == 1)
    client.delete(*client.keys(keys))
    for key, value in before.items():
        client.restore(key, 0, value)
    # When it is delivered once more
    bench.until(lambda: not list(bench.claims.all()))
    # Then the PDF stays, and nothing else is said
    assert (folder_drop.result("x.pdf.searchable.pdf") or b"").startswith(b"%PDF")
    assert folder_drop.result(f"x.pdf{output_error(Output.PDF)}") is None


@pytest.mark.parametrize(("attempts", "times", "is_made"), [(3, 1, True), (3, 2, False), (1, 1, False)])
def test_a_pdf_whose_maker_is_killed_is_made_anew_once(
    folder_drop: FolderDrop,
    benches: Callable[..., Bench],
    monkeypatch: pytest.MonkeyPatch,
    attempts: int,
    times: int,
    is_made: bool,
) -> None:
    start = ForkServerProcess.start
    killed: list[int | None] = []

    def start_and_kill(process: ForkServerProcess) -> None:
        start(process)
        if len(killed) < times:
            process.kill()
            killed.append(process.pid)

    monkeypatch.setattr(ForkServerProcess, "start", start_and_kill)
    bench = benches(folder_drop, drop_outputs=(Output.PDF,), drop_attempts=attempts)
    folder_drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") == 1)
    assert len(killed) == times
    made = folder_drop.result("x.pdf.searchable.pdf"), folder_drop.result(f"x.pdf{output_error(Output.PDF)}")
    assert [each is not None for each in made] == [is_made, not is_made]


def test_a_complaint_is_taken_back_by_another_watcher(drop: Drop, benches: Callable[..., Bench]) -> None:
    first = benches(drop)
    drop.put("a/options.json", b"{")
    drop.put("a/x.pdf", DOCUMENT)
    first.until(lambda: drop.result("a/options.json.error.json"))
    first.close()
    drop.put("a/options.json", b"{}")
    second = benches(drop)
    second.until(second.operations)
    assert drop.result("a/options.json.error.json") is None


def test_options_that_cannot_be_had_hold_their_prefix_alone(
    drop: Drop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_file = type(drop.place).small_file

    def refused(self: Any, name: str, most: int) -> bytes | None:
        if name.startswith("a/"):
            raise PlaceRefuses("it is archived")
        return small_file(self, name, most)

    monkeypatch.setattr(type(drop.place), "small_file", refused)
    bench = benches(drop)
    drop.put("a/x.pdf", DOCUMENT)
    drop.put("b/y.pdf", DOCUMENT)
    bench.until(lambda: bench.operations() and drop.result("a/options.json.error.json"))
    bench.steps(0.3)
    assert len(bench.operations()) == 1


def test_what_cannot_be_said_about_options_stops_nobody(folder_drop: FolderDrop, benches: Callable[..., Bench]) -> None:
    bench = benches(folder_drop)
    (folder_drop.folder / "results" / "a" / "options.json.error.json").mkdir(parents=True)
    folder_drop.put("a/options.json", b"{")
    folder_drop.put("a/x.pdf", DOCUMENT)
    folder_drop.put("b/y.pdf", DOCUMENT)
    bench.until(bench.operations)
    assert len(bench.operations()) == 1


def test_documents_are_fetched_for_pdfs_alone_and_forgotten(blob_drop: BlobDrop, benches: Callable[..., Bench]) -> None:
    bench = benches(blob_drop, drop_outputs=(Output.TEXT, Output.HOCR, Output.ALTO))
    blob_drop.put("x.pdf", DOCUMENT)
    read_once(bench)
    assert bench.watcher._documents.fetched_bytes == 0
    assert blob_drop.result("x.pdf.alto.xml")


def test_names_that_are_no_text_go_all_the_way(folder_drop: FolderDrop, benches: Callable[..., Bench]) -> None:
    bench = benches(folder_drop, drop_after_success=AfterSuccess.DELETE)
    folder = folder_drop.folder / "inbox" / "\udcff"
    folder.mkdir()
    (folder / "\udcfe.pdf").write_bytes(DOCUMENT)
    read_once(bench)
    assert folder_drop.names() == set()
    assert (folder_drop.folder / "results" / "\udcff" / "\udcfe.pdf.json").exists()
    bench.until((folder_drop.folder / "results" / "\udcff" / "_batch.json").exists)


def test_prefixes_of_what_is_gone_are_not_kept_for_ever(
    claims: Claims, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_module, "_KEPT_PREFIXES", 3)
    for number in range(5):
        claim = claims.claim(Found(name=f"{number}/x.pdf", version="1", size=1))
        assert isinstance(claim, Claim)
        claims.close(claim, Ending(standing=Standing.SUCCEEDED, departed=True))
        time.sleep(0.002)
    assert {prefix for prefix, *_ in tally.departed()} == {"2/", "3/", "4/"}


def test_many_are_closed_once(claims: Claims) -> None:
    claim = claims.claim(Found(name="x.pdf", version="1", size=1))
    assert isinstance(claim, Claim)
    closed: list[bool] = []
    ending = Ending(standing=Standing.SUCCEEDED)
    threads = [threading.Thread(target=lambda: closed.append(claims.close(claim, ending))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(closed) == 1


def test_the_folder_of_results_may_be_away_for_a_while(
    folder_drop: FolderDrop, benches: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = benches(folder_drop, drop_attempts=1)
    folder_drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    results = folder_drop.folder / "results"
    results.rename(tmp_path / "away")
    bench.read_all()
    for _ in range(20):
        try:
            bench.steps(0.05)
        except (ServiceBusy, OSError):
            bench.watcher._look = None
    (tmp_path / "away").rename(results)
    bench.until(lambda: count(bench, "succeeded") == 1)
    assert bench.tally.letters(10) == []
