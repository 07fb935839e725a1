"""The in-memory twin of the store of operations."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from read_operations.errors import OperationExists, OperationNotFound
from read_operations.records import Failure, Operation, Page, Request, Status
from read_operations.settings import Settings
from read_operations.store import (
    SPLIT,
    Claim,
    Commit,
    Counts,
    DeadLetter,
    DeadLetters,
    OpenJob,
    OpenOperation,
    Outcome,
    Quota,
    Refusal,
    Verdict,
    month_of,
)

_IDS_AT_ONCE: Final = 500


@dataclass
class _Record:
    operation: Operation
    plan: list[int] | None = None
    handed_out: int = 0
    jobs: dict[int, str] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    pages: dict[int, bytes] = field(default_factory=dict)
    dead: dict[int, DeadLetter] = field(default_factory=dict)
    reopened_us: int | None = None
    counted: int = 0


@dataclass
class _Used:
    """What an account has used in a window."""

    ends: float
    requests: int = 0
    pages: int = 0
    last: str = ""


class MemoryOperationStore:
    """The twin of `RedisOperationStore`; `clock` gives seconds since 1970."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._records: dict[str, _Record] = {}
        self._expiring: dict[str, float] = {}
        self._released: dict[str, None] = {}
        self._usage = Counter[str]()
        self._used: dict[str, _Used] = {}
        self._finished = Counter[Status]()

    def expect(self, id: str) -> None:
        """See `OperationStore.expect`."""
        settings = self._settings
        self._expiring[id] = self._clock() + 60 * (settings.operation_deadline_minutes + settings.result_ttl_minutes)

    def admit(self, account: str, id: str) -> Refusal | None:
        """See `OperationStore.admit`."""
        used, settings = self._used_by(account), self._settings
        if id == used.last:
            return None
        for quota, count, most in (
            (Quota.REQUESTS, used.requests, settings.quota_requests),
            (Quota.PAGES, used.pages, settings.quota_pages),
        ):
            if most is not None and count >= most:
                return Refusal(quota=quota, wait_s=used.ends - self._clock())
        used.last = id
        used.requests += 1
        used.pages += 1
        return None

    def create(self, request: Request, plan: Sequence[int] | None = None) -> None:
        """See `OperationStore.create`."""
        if request.id in self._records:
            present = self._records[request.id].operation
            if present.request == request and present.status is Status.NOT_STARTED:
                return
            raise OperationExists
        now_us = self._now_us()
        operation = Operation(request=request, status=Status.NOT_STARTED, created_us=now_us, updated_us=now_us)
        record = self._records[request.id] = _Record(operation)
        if plan:
            record.plan = list(plan)
            record.handed_out = 1
            record.operation = replace(operation, total=len(plan))
        record.jobs[plan[0] if plan else SPLIT] = self._queued()
        self.expect(request.id)

    def get(self, id: str) -> Operation:
        """See `OperationStore.get`."""
        if id not in self._records:
            raise OperationNotFound
        return self._records[id].operation

    def pages(self, id: str) -> Iterator[Page]:
        """See `OperationStore.pages`."""
        record = self._records.get(id)
        for _, packed in sorted(record.pages.items() if record else ()):
            yield Page.unpack(packed)

    def plan(self, id: str, pages: Sequence[int], account: str | None = None) -> list[int]:
        """See `OperationStore.plan`."""
        record = self._open_record(id)
        if record is None:
            return []
        if record.plan is not None:
            return [page for page, token in record.jobs.items() if token.startswith("q:")]
        if account is not None and len(pages) > 1:
            self._used_by(account).pages += len(pages) - 1
        record.plan = list(pages)
        window = record.plan[: self._settings.page_window]
        record.handed_out = len(window)
        record.jobs.pop(SPLIT, None)
        record.jobs.update((page, self._queued()) for page in window)
        self._update(record, total=len(pages), status=Status.RUNNING)
        return window

    def begin(self, id: str, page: int, job: str) -> Claim:
        """See `OperationStore.begin`."""
        record = self._open_record(id)
        if record is None:
            return Claim(verdict=Verdict.OVER, token="", attempt=0)
        if page == SPLIT and record.plan is not None:
            return Claim(verdict=Verdict.DONE, token="", attempt=0)
        if page in record.pages:
            record.jobs.pop(page, None)
            return Claim(verdict=Verdict.DONE, token="", attempt=0)
        if self._age_s(record) > self._settings.operation_deadline_minutes * 60:
            return Claim(verdict=Verdict.LATE, token="", attempt=0)
        held = _open_job(page, record.jobs[page], self._clock()) if page in record.jobs else None
        if held and held.started and held.age_s < self._settings.claim_s and held.token.split(":")[2] != job:
            return Claim(verdict=Verdict.BUSY, token="", attempt=0)
        used = record.attempts.get(page, 0)
        if used >= self._settings.page_attempts:
            return Claim(verdict=Verdict.EXHAUSTED, token=record.jobs.get(page, ""), attempt=used)
        attempt = record.attempts[page] = used + 1
        token = record.jobs[page] = f"s:{self._now_us() // 1000}:{job}:{uuid.uuid4().hex}"
        if record.operation.status is Status.NOT_STARTED:
            self._update(record, status=Status.RUNNING)
        return Claim(verdict=Verdict.GO, token=token, attempt=attempt)

    def commit(self, id: str, page: Page, *, given_up: bool = False, token: str = "") -> Commit:
        """See `OperationStore.commit`."""
        record = self._open_record(id)
        if record is None:
            return Commit(outcome=Outcome.OVER, next_page=None, finisher=False)
        if token and page.number not in record.pages and record.jobs.get(page.number) != token:
            return Commit(outcome=Outcome.LOST, next_page=None, finisher=False)
        packed = page.pack()
        size = sum(map(len, record.pages.values())) + len(packed)
        if page.failure is None and size > self._settings.max_result_bytes and page.number not in record.pages:
            return Commit(outcome=Outcome.LARGE, next_page=None, finisher=False)
        record.jobs.pop(page.number, None)
        if page.number in record.pages:
            complete = record.operation.done == record.operation.total
            return Commit(outcome=Outcome.DUPLICATE, next_page=None, finisher=complete)
        record.pages[page.number] = packed
        operation = record.operation
        self._update(record, done=operation.done + 1, failed=operation.failed + (page.failure is not None))
        if given_up:
            self._bury(record, page.number, page.failure)
        assert record.plan is not None, "a page was committed before the plan"
        next_page = None
        if record.handed_out < len(record.plan):
            next_page = record.plan[record.handed_out]
            record.handed_out += 1
            record.jobs[next_page] = self._queued()
        return Commit(
            outcome=Outcome.STORED, next_page=next_page, finisher=record.operation.done == record.operation.total
        )

    def requeue(self, id: str, page: int, token: str, *, uncount: bool = False) -> bool:
        """See `OperationStore.requeue`."""
        record = self._records.get(id)
        if record is None or record.jobs.get(page) != token:
            return False
        record.jobs[page] = self._queued()
        if uncount:
            record.attempts[page] -= 1
        return True

    def finish(
        self, id: str, status: Status, failure: Failure | None = None, *, given_up: bool = False, token: str = ""
    ) -> bool:
        """See `OperationStore.finish`."""
        record = self._open_record(id)
        if record is None or record.operation.done != record.operation.total:
            return False
        if token and record.jobs.get(SPLIT) != token:
            return False
        self._update(record, status=status, failure=failure)
        self._finished[status] += 1
        if given_up:
            self._bury(record, SPLIT, failure)
        read = record.operation.done - record.operation.failed
        self._usage[month_of(self._clock())] += max(0, read - record.counted)
        record.counted = max(record.counted, read)
        record.jobs.clear()
        record.attempts.clear()
        self._expiring[id] = self._clock() + self._settings.result_ttl_minutes * 60
        if not record.dead and not record.operation.request.patient:
            self._released[id] = None
        return True

    def dead_letters(self) -> Iterator[DeadLetters]:
        """See `OperationStore.dead_letters`."""
        buried = [record for record in self._records.values() if record.dead]
        for record in sorted(buried, key=lambda record: -max(letter.at for letter in record.dead.values())):
            letters = tuple(letter for _, letter in sorted(record.dead.items()))
            yield DeadLetters(operation=record.operation, letters=letters)

    def retry(self, id: str) -> list[int]:
        """See `OperationStore.retry`."""
        record = self._records.get(id)
        if record is None or not record.operation.status.final or not record.dead:
            return []
        removed = sum(record.pages.pop(page, None) is not None for page in record.dead)
        operation, pages = record.operation, [SPLIT]
        if record.plan is not None:
            stored = [page for page in record.plan if page in record.pages]
            unread = [page for page in record.plan if page not in record.pages]
            pages = unread[: self._settings.page_window]
            record.plan, record.handed_out = stored + unread, len(stored) + len(pages)
        self._update(
            record,
            status=Status.NOT_STARTED if record.plan is None else Status.RUNNING,
            failure=None,
            done=operation.done - removed,
            failed=operation.failed - removed,
        )
        record.reopened_us = self._now_us()
        record.jobs = {page: self._queued() for page in pages}
        record.dead.clear()
        self.expect(id)
        return pages

    def clear_dead_letters(self) -> int:
        """See `OperationStore.clear_dead_letters`."""
        listed = [record for record in self._records.values() if record.dead]
        for record in listed:
            record.dead.clear()
        return len(listed)

    def unfinished(self) -> Iterator[OpenOperation]:
        """See `OperationStore.unfinished`."""
        for record in list(self._records.values()):
            if not record.operation.status.final:
                yield OpenOperation(
                    operation=record.operation,
                    age_s=self._age_s(record),
                    jobs=tuple(_open_job(page, token, self._clock()) for page, token in record.jobs.items()),
                )

    def unread(self, id: str) -> list[int]:
        """See `OperationStore.unread`."""
        record = self._records.get(id)
        return [page for page in record.plan or [] if page not in record.pages] if record else []

    def expired(self, skip: int = 0) -> list[str]:
        """See `OperationStore.expired`."""
        now = self._clock()
        ids = [id for at, id in sorted((at, id) for id, at in self._expiring.items()) if at <= now]
        return ids[skip : skip + _IDS_AT_ONCE]

    def strays(self, names: Sequence[str]) -> list[str]:
        """See `OperationStore.strays`."""
        return [name for name in names if name not in self._expiring]

    def released(self, skip: int = 0) -> list[str]:
        """See `OperationStore.released`."""
        return list(self._released)[skip : skip + _IDS_AT_ONCE]

    def forget_released(self, *ids: str) -> None:
        """See `OperationStore.forget_released`."""
        for id in ids:
            self._released.pop(id, None)

    def delete(self, *ids: str) -> None:
        """See `OperationStore.delete`."""
        self.forget_released(*ids)
        for id in ids:
            self._records.pop(id, None)
            self._expiring.pop(id, None)

    def usage(self, month: str | None = None) -> int:
        """See `OperationStore.usage`."""
        return self._usage.total() if month is None else self._usage[month]

    def counts(self) -> Counts:
        """See `OperationStore.counts`."""
        return Counts(
            unfinished=sum(not record.operation.status.final for record in list(self._records.values())),
            finished={status: self._finished[status] for status in Status if status.final},
            pages_read=self._usage.total(),
        )

    def ping(self) -> None:
        """See `OperationStore.ping`."""

    def _used_by(self, account: str) -> _Used:
        now = self._clock()
        if account not in self._used or self._used[account].ends <= now:
            self._used[account] = _Used(ends=now + self._settings.quota_window_s)
        return self._used[account]

    def _open_record(self, id: str) -> _Record | None:
        record = self._records.get(id)
        return record if record and not record.operation.status.final else None

    def _update(self, record: _Record, **changes: object) -> None:
        record.operation = replace(record.operation, updated_us=self._now_us(), **changes)  # type: ignore[arg-type]

    def _bury(self, record: _Record, page: int, failure: Failure | None) -> None:
        assert failure is not None
        attempts = record.attempts.get(page, 0)
        record.dead[page] = DeadLetter(page=page, at=self._clock(), attempts=attempts, failure=failure)

    def _age_s(self, record: _Record) -> float:
        return (self._now_us() - (record.reopened_us or record.operation.created_us)) / 1_000_000

    def _queued(self) -> str:
        return f"q:{self._now_us() // 1000}"

    def _now_us(self) -> int:
        return int(self._clock() * 1_000_000)


def _open_job(page: int, token: str, now: float) -> OpenJob:
    state, since_ms, *_ = token.split(":", 2)
    return OpenJob(page=page, token=token, started=state == "s", age_s=now - int(since_ms) / 1000)
