"""A watcher on real stores, queues and places; the reading itself is done by the test."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from document_drop.claims import Claim, Claims
from document_drop.delivery import Delivery
from document_drop.intake import Intake
from document_drop.place import Standing
from read_operations.queue import queue_of
from read_operations.records import Failure
from read_operations.settings import AfterSuccess, Lane
from tests.unit.document_drop.bench import DOCUMENT, Bench, count, event, queue, waiting
from tests.unit.document_drop.drops import BlobDrop, Drop
from tests.unit.read_operations.webhooks.receiver import ADDRESS, Receiver

pytestmark = pytest.mark.usefixtures("brisk")


def test_from_the_drop_to_the_result(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("a b/ü.pdf", DOCUMENT)
    bench.until(bench.operations)
    (id,) = bench.operations()
    bench.until(lambda: all(claim.free for claim in bench.claims.all()))
    # It waits behind what people wait for
    assert bench.queue.view().waiting == {(id, 0)}
    assert bench.redis.llen(f"{bench.settings.key_prefix}:{Lane.BATCH}") == 1
    assert queue_of(bench.store.get(id).request, 1, 1, bench.settings) == Lane.BATCH
    bench.steps(0.2)
    assert drop.result("a b/ü.pdf.json") is None
    bench.read(id)
    bench.until(lambda: count(bench, "succeeded"))
    result = json.loads(drop.result("a b/ü.pdf.json") or b"")
    assert (result["status"], result["analyzeResult"]["version"]) == ("succeeded", "3.2.0")
    # Nothing is left of it, and it is not read again
    bench.steps(0.5)
    assert bench.operations() == []
    assert list(bench.claims.all()) == []
    bench.until(lambda: b'"succeededCount": 1' in (drop.result("a b/_batch.json") or b""))
    found = drop.place.find("a b/ü.pdf")
    assert found
    assert found.standing is Standing.SUCCEEDED


def test_another_version_is_another_operation(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    (first,) = bench.operations()
    # While it is being read it is replaced: the new one waits, and then wins.
    drop.put("x.pdf", DOCUMENT + b"\n")
    bench.steps(0.3)
    assert bench.operations() == [first]
    bench.read(first, Failure(code="FailedToProcess", message="first"))
    bench.until(lambda: bench.operations() not in ([], [first]))
    assert b"first" in (drop.result("x.pdf.error.json") or b"")
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded"))
    assert drop.result("x.pdf.error.json") is None
    bench.steps(0.3)
    assert bench.operations() == []
    assert count(bench, "failed") == count(bench, "succeeded") == 1


def test_what_has_a_result_is_skipped_if_that_is_wanted(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop, drop_overwrite_existing=False)
    drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded"))
    drop.put("x.pdf", DOCUMENT + b"\n")
    bench.until(lambda: count(bench, "skipped"))
    bench.steps(0.3)
    assert bench.operations() == []
    bench.until(lambda: b'"skippedCount": 1' in (drop.result("_batch.json") or b""))


@pytest.mark.parametrize("after", [AfterSuccess.MOVE, AfterSuccess.DELETE])
def test_what_was_read_goes(drop: Drop, benches: Callable[..., Bench], after: AfterSuccess) -> None:
    bench = benches(drop, drop_after_success=after)
    drop.put("a/x.pdf", DOCUMENT)
    drop.put("a/y.txt", b"no document")
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") and count(bench, "failed"))
    assert "a/x.pdf" not in drop.names()
    assert "a/y.txt" in drop.names()
    bench.until(lambda: b'"succeededCount": 1' in (drop.result("a/_batch.json") or b""))
    bench.until(lambda: b'"failedCount": 1' in (drop.result("a/_batch.json") or b""))


def test_a_claim_that_came_to_nothing_is_taken_over(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("x.pdf", DOCUMENT)
    # Given a watcher that died when it had claimed a document
    found = drop.place.find("x.pdf")
    assert found
    dead = Claims(bench.redis, drop.place.id, bench.settings, lease_s=0.001).claim(found, ())
    assert isinstance(dead, Claim)
    time.sleep(0.01)
    # Then another makes the same operation of it
    bench.until(bench.operations)
    assert bench.operations() == [dead.operation]


def test_poison_ends_as_a_dead_letter_and_blocks_nobody(
    drop: Drop, benches: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = Delivery.deliver

    def poisoned(delivery: Delivery, claim: Claim, *rest: Any) -> None:
        if claim.name == "poison.pdf":
            raise RuntimeError("poison")
        deliver(delivery, claim, *rest)

    monkeypatch.setattr(Delivery, "deliver", poisoned)
    bench = benches(drop, drop_attempts=2)
    drop.put("poison.pdf", DOCUMENT)
    drop.put("sound.pdf", DOCUMENT)
    bench.until(lambda: len(bench.operations()) == 2)
    bench.read_all()
    bench.until(lambda: count(bench, "dead") and count(bench, "succeeded"))
    assert b"given up after 2 tries" in (drop.result("poison.pdf.error.json") or b"")
    (letter,) = bench.tally.letters(10)
    assert letter["name"] == "poison.pdf"
    bench.steps(0.3)
    assert list(bench.claims.all()) == []


def test_no_more_operations_than_the_window_has_room_for(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop, drop_window=3)
    for number in range(10):
        drop.put(f"{number}.pdf", DOCUMENT)
    bench.until(lambda: len(bench.operations()) == 3)
    bench.steps(0.5)
    assert len(bench.operations()) == 3

    def all_read() -> bool:
        assert len(bench.operations()) <= 3
        bench.read_all()
        return count(bench, "succeeded") == 10

    bench.until(all_read, 40)


def test_documents_wait_for_valid_options(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("a/options.json", b'{"pages": "0"}')
    drop.put("a/x.pdf", DOCUMENT)
    drop.put("b/y.pdf", DOCUMENT)
    bench.until(lambda: bench.operations() and drop.result("a/options.json.error.json"))
    assert len(bench.operations()) == 1
    assert b"the first page is 1" in (drop.result("a/options.json.error.json") or b"")
    drop.put("a/options.json", b'{"pages": "1", "readingOrder": "natural"}')
    bench.until(lambda: len(bench.operations()) == 2)
    assert drop.result("a/options.json.error.json") is None
    assert {bench.store.get(id).request.pages for id in bench.operations()} == {"1", None}


def test_an_operation_that_was_deleted_is_made_again(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    drop.put("x.pdf", DOCUMENT)
    bench.until(bench.operations)
    (first,) = bench.operations()
    bench.store.delete(first)
    bench.until(lambda: bench.operations() not in ([], [first]))


def test_events_are_hints(
    blob_drop: BlobDrop, benches: Callable[..., Bench], queue_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a watcher that has just looked, and will not again for long
    bench = benches(blob_drop, drop_interval_s=1000, **queue_settings)
    bench.steps(0.3)
    blob_drop.put("told.pdf", DOCUMENT)
    blob_drop.put("untold.pdf", DOCUMENT)
    with queue(queue_settings, "drop_queue") as events:
        told = event(blob_drop, "told.pdf")
        # When events come: twice, about nothing, about other places, and garbage
        for text in (told, base64.b64encode(told.encode()).decode(), event(blob_drop, "absent.pdf")):
            events.send_message(text)
        events.send_message(event(blob_drop, "../../other/secret.pdf"))
        events.send_message(event(blob_drop, "told.pdf").replace("/in/", "/elsewhere/"))
        events.send_message("garbage")
        bench.until(bench.operations)
        # Then what they tell of is taken, once, and they go; a message about what is busy comes again
        bench.until(lambda: count(bench, "garbage") == 1)
        (letter,) = bench.tally.letters(10)
        assert letter["event"] == "garbage"
        bench.until(lambda: waiting(events) <= 1)
        assert len(bench.operations()) == 1
        # And what no event told of is found by the next look
        bench.watcher._next_look = 0
        bench.until(lambda: len(bench.operations()) == 2)
        bench.read_all()
        bench.until(lambda: count(bench, "succeeded") == 2)
        bench.until(lambda: waiting(events) == 0)
        assert bench.operations() == []


def test_a_message_stays_until_the_operation_is_recorded(
    blob_drop: BlobDrop, benches: Callable[..., Bench], queue_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = benches(blob_drop, drop_interval_s=1000, **queue_settings)
    bench.steps(0.3)

    def broken(*_: object) -> None:
        raise RuntimeError("it does not work yet")

    with monkeypatch.context() as patch, queue(queue_settings, "drop_queue") as events:
        patch.setattr(Intake, "_record", broken)
        blob_drop.put("x.pdf", DOCUMENT)
        events.send_message(event(blob_drop, "x.pdf"))
        bench.until(lambda: any(claim.attempts > 1 for claim in bench.claims.all()))
        assert waiting(events) == 1


def test_a_notice_for_each_document(
    blob_drop: BlobDrop, benches: Callable[..., Bench], queue_settings: dict[str, Any]
) -> None:
    bench = benches(blob_drop, **queue_settings)
    blob_drop.put("ü.pdf", DOCUMENT)
    blob_drop.put("no.txt", b"no document")
    bench.until(bench.operations)
    bench.read_all()
    bench.until(lambda: count(bench, "succeeded") and count(bench, "failed"))
    with queue(queue_settings, "drop_notices_queue") as messages:
        told = [json.loads(base64.b64decode(each.content)) for each in messages.receive_messages()]
    notices = {each["subject"]: each for each in told}
    assert notices.keys() == {"ü.pdf", "no.txt"}
    assert notices["ü.pdf"]["type"] == "readfleet.document.succeeded"
    assert notices["ü.pdf"]["data"]["result"] == "out/ü.pdf.json"
    assert notices["no.txt"]["data"]["status"] == "failed"


def test_a_webhook_for_each_document_of_a_prefix(drop: Drop, benches: Callable[..., Bench]) -> None:
    secret = "whsec_" + base64.b64encode(bytes(32)).decode()
    settings = {
        "webhook_hosts": (ADDRESS,),
        "webhook_secret": SecretStr(secret),
        "webhook_allowed_networks": (IPv4Network(ADDRESS),),
    }
    with Receiver() as receiver:
        bench = benches(drop, **settings)
        drop.put("told/options.json", json.dumps({"webhook": receiver.url}).encode())
        drop.put("told/ü.pdf", DOCUMENT)
        drop.put("told/no.txt", b"no document")
        drop.put("untold.pdf", DOCUMENT)
        bench.until(lambda: len(bench.operations()) == 2)
        bench.read_all()
        bench.until(lambda: count(bench, "succeeded") == 2 and count(bench, "failed") == 1)
        bench.until(lambda: len(receiver.received) == 2)
    events = {event["subject"]: event for event in (Webhook(secret).verify(body, headers) for headers, body in
              receiver.received)}  # fmt: skip
    assert events.keys() == {"told/ü.pdf", "told/no.txt"}
    succeeded = events["told/ü.pdf"]
    assert succeeded["type"] == "readfleet.document.succeeded"
    assert succeeded["data"]["result"].endswith("told/ü.pdf.json")
    assert events["told/no.txt"]["data"]["status"] == "failed"


def test_what_is_measured(drop: Drop, benches: Callable[..., Bench]) -> None:
    bench = benches(drop)
    sample = bench.metrics.registry.get_sample_value
    drop.put("x.pdf", DOCUMENT)
    drop.put("no.txt", b"no document")
    bench.until(bench.operations)
    bench.until(lambda: sample("readfleet_drop_open") == 1)
    bench.steps(0.2)
    assert 0 < (sample("readfleet_drop_lag_seconds") or 0) < 30
    bench.read_all()
    bench.until(lambda: sample("readfleet_drop_documents", {"status": "succeeded"}) == 1)
    bench.until(lambda: sample("readfleet_drop_open") == 0)
    finished = {status: sample("readfleet_drop_finished_total", {"status": status}) for status in (*Standing, "dead")}
    assert finished == {"succeeded": 1, "failed": 1, "skipped": 0, "dead": 0}
    # One that was listed before it was marked is claimed once more, and found to be finished
    assert (sample("readfleet_drop_claimed_total") or 0) >= 2
    assert sample("readfleet_drop_taken_bytes_total") == len(DOCUMENT)
    results = [drop.result(name) or b"" for name in ("x.pdf.json", "no.txt.error.json")]
    assert sample("readfleet_drop_written_bytes_total") == sum(map(len, results))
    assert sample("readfleet_drop_duration_seconds_count") == 2
    assert sample("readfleet_drop_lag_seconds") == 0
    assert time.time() - (sample("readfleet_drop_last_look_timestamp_seconds") or 0) < 30
