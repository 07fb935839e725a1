"""Any order of steps over both stores at once: they agree, and keep what the fleet relies on.

Time passes by making the records older; what a crash leaves out are steps that never come.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import hypothesis
import pytest
import redis
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from read_operations.errors import OperationExists, OperationNotFound
from read_operations.records import Failure, Format, Page, Request, Status, Unit
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.store import SPLIT, Commit, OperationStore, Outcome, Verdict
from read_operations.testing import MemoryOperationStore

JOBS = st.sampled_from(["job a", "job b"])
PAGES = st.integers(1, 6)
NO = Failure(code="FailedToProcess", message="no")
MANY = hypothesis.settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much],
)


class Operations(RuleBasedStateMachine):
    """One operation after the other, over the twin and over Valkey."""

    settings: Settings
    client: Any  # redis-py types each answer as text, bytes or both

    claims: Bundle[tuple[int, str, str]] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        # A key of its own for each run, so that none finds what another left.
        self.prefix = f"machine-{uuid.uuid4().hex}"
        own = self.settings.model_copy(update={"key_prefix": self.prefix})
        self.twin = MemoryOperationStore(own)
        self.real = RedisOperationStore(self.client, own)
        self.limits = own
        self.read = 0
        self.ended = 0
        self.released: set[str] = set()

    @initialize(image=st.booleans(), dropped=st.booleans())
    def first(self, image: bool, dropped: bool) -> None:
        self._begin_anew(image, dropped)

    def _begin_anew(self, image: bool, dropped: bool) -> None:
        format = Format.JPEG if image else Format.PDF
        self.request = Request(id=str(uuid.uuid4()), format=format, patient=dropped)
        self.planned: list[int] = [1] if image else []
        self.stored: dict[int, Page] = {}
        self.begun: dict[int, int] = {}
        self.dead: set[int] = set()
        self.counted = 0
        self.final: Status | None = None
        self.late = self.gone = False
        self._both(lambda store: store.expect(self.request.id))
        self._both(lambda store: store.create(self.request, self.planned or None))

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def over(self) -> bool:
        return self.gone or self.final is not None

    def _both(self, step: Callable[[OperationStore], Any]) -> Any:
        """What the step gives: the same from both."""
        twin, real = _answer(step, self.twin), _answer(step, self.real)
        assert twin == real
        return twin

    @rule()
    def create_again(self) -> None:
        answer = self._both(lambda store: store.create(self.request, self.planned or None))
        assert self.gone or answer in (None, OperationExists)
        if self.gone:
            # It was deleted; whoever sends the same once more has made it anew, which no gateway does.
            self._both(lambda store: store.delete(self.id))

    @rule(count=st.integers(1, 6))
    def plan(self, count: int) -> None:
        wanted = list(range(1, count + 1))
        handed_out = self._both(lambda store: sorted(store.plan(self.id, wanted)))
        assert not (self.over and handed_out)
        if not self.over and not self.planned:
            self.planned = wanted
            assert handed_out == wanted[: self.limits.page_window]

    @rule(target=claims, page=st.one_of(st.just(SPLIT), PAGES), job=JOBS)
    def begin(self, page: int, job: str) -> Any:
        if page not in self._jobs_that_may_come():
            return multiple()
        twin, real = (store.begin(self.id, page, job) for store in (self.twin, self.real))
        assert (twin.verdict, twin.attempt) == (real.verdict, real.attempt)
        assert (twin.verdict is Verdict.OVER) == self.over
        if twin.verdict is Verdict.EXHAUSTED:
            assert self.begun[page] == self.limits.page_attempts
        if twin.verdict is not Verdict.GO:
            return multiple()
        assert not self.late
        assert page not in self.stored
        self.begun[page] = self.begun.get(page, 0) + 1
        assert twin.attempt == self.begun[page] <= self.limits.page_attempts
        return page, twin.token, real.token

    @rule(page=PAGES, failed=st.booleans(), given_up=st.booleans())
    def commit(self, page: int, failed: bool, given_up: bool) -> None:
        # A worker may have been away for any time before it comes to this.
        if page in self._jobs_that_may_come():
            self._commit(page, failed, given_up and failed)

    def _commit(self, number: int, failed: bool, given_up: bool) -> None:
        page = Page(number=number, width=len(self.stored), height=1, unit=Unit.PIXEL, failure=NO if failed else None)
        commit: Commit = self._both(lambda store: store.commit(self.id, page, given_up=given_up))
        if self.over:
            assert commit == Commit(outcome=Outcome.OVER, next_page=None, finisher=False)
            return
        assert commit.outcome is (Outcome.DUPLICATE if number in self.stored else Outcome.STORED)
        if number not in self.stored and given_up:
            self.dead.add(number)
        self.stored.setdefault(number, page)
        assert commit.next_page is None or commit.next_page not in self.stored
        assert commit.finisher == (len(self.stored) == len(self.planned))

    @rule(claim=consumes(claims))
    def give_back(self, claim: tuple[int, str, str]) -> None:
        page, twin_token, real_token = claim
        twin = self.twin.requeue(self.id, page, twin_token)
        assert twin == self.real.requeue(self.id, page, real_token)
        assert not (twin and (self.over or page in self.stored))

    @rule(claim=consumes(claims))
    def give_up(self, claim: tuple[int, str, str]) -> None:
        """Whoever had a job ends it, however long ago that was: as failed, or not at all."""
        number, twin_token, real_token = claim
        if number == SPLIT:
            twin = self.twin.finish(self.id, Status.FAILED, NO, token=twin_token)
            assert twin == self.real.finish(self.id, Status.FAILED, NO, token=real_token)
            if twin:
                assert not self.over
                assert not self.planned
                self.final = Status.FAILED
                self.ended += 1
                self._release()
            return
        page = Page(number=number, width=len(self.stored), height=1, unit=Unit.PIXEL, failure=NO)
        commit = self.twin.commit(self.id, page, given_up=True, token=twin_token)
        assert commit == self.real.commit(self.id, page, given_up=True, token=real_token)
        assert (commit.outcome is Outcome.OVER) == self.over
        if commit.outcome is Outcome.STORED:
            self.stored[number] = page
            self.dead.add(number)

    @rule()
    def sweep(self) -> None:
        """Every job is brought back, as if nobody had heard of it for long."""
        twin, real = self._open_jobs(self.twin), self._open_jobs(self.real)
        for page in twin:
            assert self.twin.requeue(self.id, page, twin[page].token)
            assert self.real.requeue(self.id, page, real[page].token)

    @precondition(lambda self: not self.over and self.planned and len(self.stored) == len(self.planned))
    @rule(times=st.integers(1, 2))
    def conclude(self, times: int) -> None:
        failed = all(page.failure for page in self.stored.values())
        for _ in range(times):
            self._finish(Status.FAILED if failed else Status.SUCCEEDED)

    @precondition(lambda self: not self.planned)
    @rule(given_up=st.booleans())
    def refuse(self, given_up: bool) -> None:
        self._finish(Status.FAILED, given_up)

    def _finish(self, status: Status, given_up: bool = False) -> None:
        failure = NO if status is Status.FAILED else None
        finished = self._both(lambda store: store.finish(self.id, status, failure, given_up=given_up))
        assert finished == (not self.over)
        if not self.over:
            self.final = status
            self.ended += 1
            read = sum(page.failure is None for page in self.stored.values())
            self.read += read - self.counted
            self.counted = read
            self.dead |= {SPLIT} if given_up else set()
            self._release()

    def _release(self) -> None:
        if not self.dead and not self.request.patient:
            self.released.add(self.id)

    @rule()
    def retry(self) -> None:
        """What was given up is read again; the rest stays, and is not counted again."""
        pages = self._both(lambda store: store.retry(self.id))
        assert bool(pages) == (self.over and not self.gone and bool(self.dead))
        if pages:
            assert pages == ([SPLIT] if not self.planned else sorted(self.dead)[: self.limits.page_window])
            self.stored = {number: page for number, page in self.stored.items() if number not in self.dead}
            self.dead, self.begun, self.final, self.late = set(), {}, None, False

    @rule()
    def clear(self) -> None:
        assert self._both(lambda store: store.clear_dead_letters()) == bool(self.dead)
        self.dead = set()

    @rule()
    def let_a_lease_run_out(self) -> None:
        age_ms = self.limits.claim_s * 1000
        record = self.twin._records.get(self.id)
        if record is not None:
            record.jobs = {page: _older(token, age_ms) for page, token in record.jobs.items()}
        key = self.real._key(self.id, "jobs")
        for page, token in self.client.hgetall(key).items():
            self.client.hset(key, page, _older(token.decode(), age_ms))

    @precondition(lambda self: not self.late and not self.over)
    @rule()
    def let_the_deadline_pass(self) -> None:
        self.late = True
        age_us = int(self.limits.operation_deadline_minutes * 60_000_000) + 1_000_000
        record = self.twin._records[self.id]
        record.operation = replace(record.operation, created_us=record.operation.created_us - age_us)
        record.reopened_us = record.reopened_us and record.reopened_us - age_us
        key = self.real._key(self.id, "op")
        for name in ("created", "reopened"):
            if self.client.hexists(key, name):
                self.client.hincrby(key, name, -age_us)

    @precondition(lambda self: self.late and not self.over)
    @rule(most=st.integers(0, 6))
    def end_late(self, most: int) -> None:
        """What the sweeper does after the deadline, unless it is killed on its way."""
        unread = self._both(lambda store: store.unread(self.id))
        assert unread == [page for page in self.planned if page not in self.stored]
        for page in unread[:most]:
            self._commit(page, failed=True, given_up=True)
        if not self.planned:
            self._finish(Status.FAILED, given_up=True)

    @rule()
    def expire(self) -> None:
        """The sweeper finds what is over, and removes it."""
        self.twin._expiring = dict.fromkeys(self.twin._expiring, 0)
        key = self.real._key("expiring")
        for id in self.client.zrange(key, 0, -1):
            self.client.zadd(key, {id: 0})
        for id in self._both(lambda store: sorted(store.expired())):
            for store in (self.twin, self.real):
                store.delete(id)
        self.gone = True
        self.dead = set()
        self.released = set()

    @rule()
    def remove_documents(self) -> None:
        """The sweeper finds what was read, and removes its document."""
        for id in self.released:
            for store in (self.twin, self.real):
                store.forget_released(id)
        self.released = set()

    @precondition(lambda self: self.over and not self.dead)
    @rule(image=st.booleans(), dropped=st.booleans())
    def next(self, image: bool, dropped: bool) -> None:
        self._begin_anew(image, dropped)

    @invariant()
    def what_is_stored_stays_as_it_is(self) -> None:
        pages = self._both(lambda store: list(store.pages(self.id)))
        assert pages == ([] if self.gone else [self.stored[number] for number in sorted(self.stored)])

    @invariant()
    def the_counters_say_what_there_is(self) -> None:
        states = [_answer(lambda store: store.get(self.id), store) for store in (self.twin, self.real)]
        if self.gone:
            assert states == [OperationNotFound, OperationNotFound]
            return
        for operation in states:
            assert operation.total == len(self.planned)
            assert operation.done == len(self.stored) <= max(operation.total, 0)
            assert operation.failed == sum(page.failure is not None for page in self.stored.values())
            assert operation.status is self.final or not (self.final or operation.status.final)
        assert states[0].status is states[1].status
        assert states[0].failure == states[1].failure

    @invariant()
    def both_have_the_same_jobs_open(self) -> None:
        twin, real = self._open_jobs(self.twin), self._open_jobs(self.real)
        assert {page: job.started for page, job in twin.items()} == {page: job.started for page, job in real.items()}
        assert not (twin and self.over)
        assert not twin.keys() & self.stored.keys() or self.late

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What is neither over nor late has a job that somebody works on or the sweeper brings back."""
        if not self.over and not self.late and not (self.planned and len(self.stored) == len(self.planned)):
            assert self._open_jobs(self.twin)
        listed = [[each.operation.id for each in store.unfinished()] for store in (self.twin, self.real)]
        assert listed == [[] if self.over else [self.id]] * 2

    @invariant()
    def each_page_is_counted_once(self) -> None:
        assert self._both(lambda store: store.usage()) == self.read
        counts = self._both(lambda store: store.counts())
        assert sum(counts.finished.values()) == self.ended

    @invariant()
    def what_was_given_up_is_listed(self) -> None:
        def listed(store: OperationStore) -> list[tuple[str, int, int, Failure]]:
            return [
                (each.operation.id, letter.page, letter.attempts, letter.failure)
                for each in store.dead_letters()
                for letter in each.letters
            ]

        letters = self._both(listed)
        assert [(id, page, why) for id, page, _, why in letters] == [(self.id, page, NO) for page in sorted(self.dead)]

    @invariant()
    def no_document_goes_that_is_needed(self) -> None:
        released = self._both(lambda store: set(store.released()))
        assert released == self.released
        assert not (self.id in released and (self.dead or not self.over))

    def _open_jobs(self, store: OperationStore) -> dict[int, Any]:
        return {job.page: job for each in store.unfinished() for job in each.jobs}

    def _jobs_that_may_come(self) -> set[int]:
        """Jobs that were handed out at some time: a message may come late, and again."""
        return {*self._open_jobs(self.twin), *self.stored, *self.begun, *({SPLIT} - set(self.planned))}

    def teardown(self) -> None:
        for key in self.client.scan_iter(f"{self.prefix}:*"):
            self.client.delete(key)


def _answer(step: Callable[[OperationStore], Any], store: OperationStore) -> Any:
    try:
        return step(store)
    except (OperationExists, OperationNotFound) as error:
        return type(error)


def _older(token: str, age_ms: int) -> str:
    state, since_ms, *rest = token.split(":", 2)
    return ":".join([state, str(int(since_ms) - age_ms), *rest])


@pytest.fixture
def client(settings: Settings) -> Iterator[redis.Redis]:
    with contextlib.closing(connect(settings)) as client:
        yield client


def test_any_order_of_steps(settings: Settings, client: redis.Redis) -> None:
    limits = settings.model_copy(update={"page_window": 2, "page_attempts": 2})
    machine = type("Machine", (Operations,), {"settings": limits, "client": client})
    run_state_machine_as_test(machine, settings=MANY)
