"""The sweeper over in-memory stores and a clock that can be turned."""

from __future__ import annotations

import time
import uuid
from typing import Final

import pytest
import redis

from ocr_worker.metrics import SweeperMetrics
from ocr_worker.sweeper import Sweeper
from read_operations.errors import OperationNotFound, PageFailed, StorageUnavailable
from read_operations.heartbeat import Progress
from read_operations.records import Failure, Format, Page, Request, Status, Unit
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT, Commit, OperationStore
from read_operations.testing import MemoryDocumentStore, MemoryOperationStore, MemoryQueue


class Yard:
    def __init__(self, store: OperationStore | None = None) -> None:
        self.now = 1_700_000_000.0
        self.settings = Settings(page_window=2, interactive_pages=2)
        self.store = store or MemoryOperationStore(self.settings, clock=lambda: self.now)
        self.documents = MemoryDocumentStore()
        self.queue = MemoryQueue()
        self.metrics = SweeperMetrics()
        self.sweeper = Sweeper(
            store=self.store,
            documents=self.documents,
            queue=self.queue,
            settings=self.settings,
            metrics=self.metrics,
            progress=Progress(900),
        )

    def operation(self, pages: int = 0, *, patient: bool = False) -> str:
        id = str(uuid.uuid4())
        self.documents.documents[id] = b"document"
        self.store.expect(id)
        self.store.create(Request(id=id, format=Format.PDF, patient=patient))
        if pages:
            self.store.plan(id, list(range(1, pages + 1)))
        return id

    def after(self, seconds: float) -> None:
        self.now += seconds
        self.sweeper.sweep()


@pytest.fixture
def yard() -> Yard:
    return Yard()


def a_page(number: int, failure: Failure | None = None) -> Page:
    return Page(number=number, width=1, height=1, unit=Unit.INCH, failure=failure)


def test_a_lost_split_is_enqueued_again(yard: Yard) -> None:
    id = yard.operation()
    yard.after(60)
    assert yard.queue.waiting_jobs == [(id, SPLIT, Lane.INTERACTIVE)]


def test_lost_pages_are_enqueued_again_in_their_lane(yard: Yard) -> None:
    id = yard.operation(pages=5)
    yard.after(60)
    assert sorted(yard.queue.waiting_jobs) == [(id, 1, Lane.BATCH), (id, 2, Lane.BATCH)]


def test_what_waits_in_the_queue_is_left_there_however_long(yard: Yard) -> None:
    id = yard.operation()
    yard.queue.enqueue(id, SPLIT, Lane.INTERACTIVE)
    yard.after(600)
    assert len(yard.queue.waiting_jobs) == 1


def test_a_young_job_is_not_looked_for(yard: Yard) -> None:
    yard.operation()
    yard.after(5)
    assert yard.queue.waiting_jobs == []


def test_a_page_being_read_is_left_alone_until_its_worker_must_be_dead(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.store.begin(id, 1, "job")
    yard.after(100)
    assert yard.queue.waiting_jobs == []
    yard.after(50)
    assert yard.queue.waiting_jobs == [(id, 1, Lane.INTERACTIVE)]


def test_it_is_brought_back_once_not_at_every_round(yard: Yard) -> None:
    yard.operation()
    yard.after(60)
    yard.after(60)
    assert len(yard.queue.waiting_jobs) == 1


def test_an_operation_that_lost_its_finisher_is_finished(yard: Yard) -> None:
    id = yard.operation(pages=1)
    assert yard.store.commit(id, a_page(1)).finisher
    yard.after(1)
    assert yard.store.get(id).status is Status.SUCCEEDED


def test_an_operation_without_a_readable_page_fails_for_the_reason_of_the_first(yard: Yard) -> None:
    id = yard.operation(pages=2)
    for number in (2, 1):
        yard.store.commit(id, a_page(number, Failure(code="InvalidImage", message=f"page {number}")))
    yard.after(1)
    operation = yard.store.get(id)
    assert operation.status is Status.FAILED
    assert operation.failure == Failure(code="InvalidImage", message="page 1")


def test_nothing_runs_for_ever(yard: Yard) -> None:
    id = yard.operation()
    yard.after(yard.settings.operation_deadline_minutes * 60 + 1)
    operation = yard.store.get(id)
    assert operation.status is Status.FAILED
    assert operation.failure
    assert "longer than the service allows" in operation.failure.message


def test_what_was_read_before_the_deadline_is_kept(yard: Yard) -> None:
    # Given a document of five pages of which two were read
    id = yard.operation(pages=5)
    for number in (1, 3):
        yard.store.commit(id, a_page(number))
    # When its time is over
    yard.after(yard.settings.operation_deadline_minutes * 60 + 1)
    # Then it has succeeded with these, and the others say why they failed
    operation = yard.store.get(id)
    assert (operation.status, operation.total, operation.done, operation.failed) == (Status.SUCCEEDED, 5, 5, 3)
    failed = {page.number: page.failure for page in yard.store.pages(id) if page.failure}
    assert failed.keys() == {2, 4, 5}
    assert "longer than the service allows" in failed[2].message


def test_a_message_in_the_hands_of_the_dead_does_not_hold_its_page_back(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.store.begin(id, 1, "job")
    yard.queue.given_out.add((id, 1))
    yard.after(200)
    assert yard.queue.waiting_jobs == [(id, 1, Lane.INTERACTIVE)]


def test_a_message_that_was_handed_back_is_not_doubled(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.store.begin(id, 1, "job")
    yard.queue.enqueue(id, 1, Lane.INTERACTIVE)
    yard.after(200)
    assert len(yard.queue.waiting_jobs) == 1


def test_a_message_that_is_given_out_and_not_begun_is_waited_for(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.queue.given_out.add((id, 1))
    yard.after(60)
    assert yard.queue.waiting_jobs == []


def test_a_message_whose_taker_died_before_it_began_comes_back_like_one_that_had_begun(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.queue.given_out.add((id, 1))
    yard.after(yard.settings.claim_s + 1)
    assert yard.queue.waiting_jobs == [(id, 1, Lane.INTERACTIVE)]


def test_one_operation_in_trouble_harms_no_other(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given two documents to remove, one of which cannot be
    for id in ("first", "second"):
        yard.documents.documents[id] = b"x"
        yard.store.expect(id)
    delete = yard.documents.delete

    def refuse_first(name: str) -> None:
        if name == "first":
            raise PermissionError
        delete(name)

    monkeypatch.setattr(yard.documents, "delete", refuse_first)
    yard.after((yard.settings.operation_deadline_minutes + yard.settings.result_ttl_minutes) * 60 + 1)
    assert yard.documents.documents.keys() == {"first"}


def test_documents_whose_records_were_lost_go_too(yard: Yard) -> None:
    # Given a document that no record knows of, much older than any record can be
    yard.documents.documents["lost"] = b"x"
    yard.documents.stored_at["lost"] = 0
    yard.documents.stored_at["young"] = time.time()
    yard.documents.documents["young"] = b"x"
    # And one whose operation has been retried since, or for a sweeper that takes today for next week
    yard.documents.documents["known"] = b"x"
    yard.documents.stored_at["known"] = 0
    yard.store.expect("known")
    yard.sweeper.sweep_strays()
    assert yard.documents.documents.keys() == {"young", "known"}


DAMAGED: Final = Failure(code="InvalidImage", message="It is damaged.")


@pytest.mark.parametrize("failure", [None, DAMAGED], ids=["read", "damaged"])
def test_a_document_goes_when_it_was_read(yard: Yard, failure: Failure | None) -> None:
    id = yard.operation(pages=2)
    yard.store.commit(id, a_page(1, failure))
    yard.after(1)
    assert yard.documents.documents
    yard.store.commit(id, a_page(2, failure))
    yard.after(1)
    assert not yard.documents.documents
    assert yard.store.released() == []
    assert yard.store.get(id).status is (Status.FAILED if failure else Status.SUCCEEDED)


def test_the_document_of_a_dropped_one_is_left_to_the_drop(yard: Yard) -> None:
    id = yard.operation(pages=1, patient=True)
    yard.store.commit(id, a_page(1))
    yard.after(1)
    assert yard.documents.documents
    assert yard.store.released() == []


def test_the_document_of_what_was_given_up_waits_for_a_retry(yard: Yard) -> None:
    id = yard.operation(pages=2)
    yard.store.commit(id, a_page(1))
    yard.store.commit(id, a_page(2, Failure.of(PageFailed())), given_up=True)
    yard.after(1)
    assert yard.documents.documents
    yard.store.retry(id)
    yard.after(1)
    assert yard.documents.documents
    yard.store.commit(id, a_page(2))
    yard.after(1)
    assert not yard.documents.documents


def test_a_document_that_cannot_be_removed_is_tried_again(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise StorageUnavailable

    id = yard.operation(pages=1)
    yard.store.commit(id, a_page(1))
    with monkeypatch.context() as away:
        away.setattr(yard.documents, "delete", refuse)
        yard.after(1)
    assert yard.store.released() == [id]
    yard.after(1)
    assert not yard.documents.documents


def test_a_released_document_that_is_gone_already_is_forgotten(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.store.commit(id, a_page(1))
    yard.store.finish(id, Status.SUCCEEDED)
    yard.documents.delete(id)
    assert yard.store.released() == [id]
    yard.after(1)
    assert yard.store.released() == []


def test_results_and_documents_go_away(yard: Yard) -> None:
    id = yard.operation(pages=1)
    yard.store.commit(id, a_page(1, Failure.of(PageFailed())), given_up=True)
    yard.after(1)
    yard.after(yard.settings.result_ttl_minutes * 60 - 10)
    assert yard.store.get(id)
    assert yard.documents.documents
    yard.after(20)
    with pytest.raises(OperationNotFound):
        yard.store.get(id)
    assert not yard.documents.documents


@pytest.mark.parametrize("refusal", [PermissionError, StorageUnavailable])
def test_one_round_removes_all_that_is_over_past_what_cannot_be(
    refusal: type[Exception], redis_client: redis.Redis, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given 16 documents whose time is over, of which the first 6 cannot be removed, and a store that tells of 5 at once
    monkeypatch.setattr("read_operations.redis_store._IDS_AT_ONCE", 5)
    yard = Yard(RedisOperationStore(redis_client, settings))
    ids = [f"{number:02}" for number in range(16)]
    yard.documents.documents = dict.fromkeys(ids, b"x")
    redis_client.zadd(f"{settings.key_prefix}:expiring", dict.fromkeys(ids, 1))
    delete = yard.documents.delete

    def refuse_first(name: str) -> None:
        if name in ids[:6]:
            raise refusal
        delete(name)

    monkeypatch.setattr(yard.documents, "delete", refuse_first)
    # When the sweeper goes round once
    yard.after(0)
    # Then these are left, and on the list
    assert [*yard.documents.documents] == ids[:6]
    assert [*yard.store.expired(), *yard.store.expired(skip=5)] == ids[:6]
    assert counted(yard)["operations_expired"] == 10
    # And once they can be removed they are
    monkeypatch.undo()
    yard.after(0)
    assert not yard.documents.documents
    assert not yard.store.expired()


def test_what_is_over_goes_although_the_store_takes_nothing(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an operation that is late, one that is over, and a store that is full
    yard.operation(pages=2)
    yard.documents.documents["over"] = b"x"
    yard.store.expect("over")

    def full(*_: object, **__: object) -> Commit:
        raise StorageUnavailable

    monkeypatch.setattr(yard.store, "commit", full)
    with pytest.raises(StorageUnavailable):
        yard.after(10**6)
    assert "over" not in yard.documents.documents


def test_a_store_that_is_away_takes_no_record_along(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.documents.documents["over"] = b"x"
    yard.store.expect("over")

    def away(_: str) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(yard.documents, "delete", away)
    yard.after(10**6)
    assert yard.store.expired() == ["over"]
    monkeypatch.undo()
    yard.after(0)
    assert not yard.documents.documents


def test_a_document_without_an_operation_goes_too(yard: Yard) -> None:
    yard.documents.documents["stray"] = b"uploaded, never recorded"
    yard.store.expect("stray")
    yard.after((yard.settings.operation_deadline_minutes + yard.settings.result_ttl_minutes) * 60 + 1)
    assert not yard.documents.documents


def test_what_the_sweeper_did_is_counted(yard: Yard) -> None:
    # Given a lost split, an operation that is late, and one whose time is over
    yard.operation()
    yard.after(60)
    assert counted(yard) == {"jobs_requeued": 1, "operations_late": 0, "operations_expired": 0}
    yard.after(24 * 3600)
    assert counted(yard) == {"jobs_requeued": 1, "operations_late": 1, "operations_expired": 0}
    yard.after(49 * 3600)
    assert counted(yard) == {"jobs_requeued": 1, "operations_late": 1, "operations_expired": 1}


def counted(yard: Yard) -> dict[str, float | None]:
    names = ("jobs_requeued", "operations_late", "operations_expired")
    return {name: yard.metrics.registry.get_sample_value(f"readfleet_sweeper_{name}_total") for name in names}
