"""Operation records in Redis or Valkey.

Keys, behind the configured prefix, with the braces as they stand here:

    {id}:op        hash    request, status, created, updated, plan, total, handed_out, done, failed, failure,
                           reopened (us), counted, bytes
    {id}:jobs      hash    page (0 = the split) -> q:<ms> enqueued, or s:<ms>:<job>:<delivery> being worked on
    {id}:attempts  hash    page -> tries begun
    {id}:pages     hash    page -> packed page
    {id}:dead      hash    page that was given up (0 = the operation) -> <ms>:<tries begun>:[code, message]
    quota:ACCOUNT  hash    requests, pages: counted since the window began; last: the id of the last request that was;
                           goes when the window ends
    active         zset    ids without a final status, by creation (us)
    dead           zset    ids of which something was given up, by the last time (ms)
    expiring       zset    ids by the time (ms) at which their document and record go
    released       zset    finished ids whose document is to go before them, by that time (ms)
    usage          hash    month (2026-11) -> pages read
    finished       hash    final status -> operations that ended with it; this key and usage never expire
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any, Final

import redis

from read_operations.errors import OperationExists, OperationNotFound
from read_operations.logs import get_logger
from read_operations.records import Failure, Operation, Page, Request, Status
from read_operations.redis_client import storage_errors
from read_operations.redis_records import (
    OPERATION_FIELDS,
    dead_letter,
    failure_text,
    open_job,
    request_text,
    stored_operation,
)
from read_operations.settings import Settings
from read_operations.store import (
    Claim,
    Commit,
    Counts,
    DeadLetters,
    OpenOperation,
    Outcome,
    Quota,
    Refusal,
    Verdict,
    month_of,
)

_log = get_logger(__name__)

_PAGES_AT_ONCE: Final = 16
_IDS_AT_ONCE: Final = 500
#: Operations on the list of dead letters; the oldest make room.
_MOST_DEAD: Final = 1000


class RedisOperationStore:
    """See `OperationStore`."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        # redis-py types each answer as text, bytes or both; the client made by `connect` answers bytes.
        self._redis: Any = client
        self._prefix = settings.key_prefix
        self._window = settings.page_window
        self._attempts = settings.page_attempts
        self._lease_ms = settings.claim_s * 1000
        self._deadline_us = int(settings.operation_deadline_minutes * 60_000_000)
        self._ttl_ms = settings.result_ttl_minutes * 60_000
        self._most_bytes = settings.max_result_bytes
        self._quotas = settings.quota_requests, settings.quota_pages
        self._quota_ms = int(settings.quota_window_s * 1000)
        self._scripts = {
            name: client.register_script(resources.files("read_operations").joinpath("lua", f"{name}.lua").read_text())
            for name in ("admit", "create", "plan", "begin", "commit", "requeue", "finish", "retry", "unlist")
        }

    def expect(self, id: str) -> None:
        """See `OperationStore.expect`."""
        with storage_errors():
            self._redis.zadd(self._key("expiring"), {id: self._now_us() // 1000 + self._longest_life_ms})

    def admit(self, account: str, id: str) -> Refusal | None:
        """See `OperationStore.admit`."""
        most = ["" if quota is None else quota for quota in self._quotas]
        with storage_errors():
            used_up, left_ms = self._run("admit", [self._quota_key(account)], *most, self._quota_ms, id)
        return Refusal(quota=Quota(used_up.decode()), wait_s=left_ms / 1000) if used_up else None

    def create(self, request: Request, plan: Sequence[int] | None = None) -> None:
        """See `OperationStore.create`."""
        with storage_errors():
            created = self._run(
                "create",
                [*self._keys(request.id, "op jobs"), *self._lists("active expiring")],
                request_text(request),
                json.dumps(list(plan)) if plan else "",
                self._longest_life_ms,
                request.id,
            )
        if not created:
            raise OperationExists

    def get(self, id: str) -> Operation:
        """See `OperationStore.get`."""
        with storage_errors():
            record = self._redis.hmget(self._key(id, "op"), OPERATION_FIELDS)
        if record[0] is None:
            raise OperationNotFound
        return stored_operation(record)

    def pages(self, id: str) -> Iterator[Page]:
        """See `OperationStore.pages`."""
        key = self._key(id, "pages")
        with storage_errors():
            numbers = sorted(int(n) for n in self._redis.hkeys(key))
        for start in range(0, len(numbers), _PAGES_AT_ONCE):
            with storage_errors():
                packed = self._redis.hmget(key, [str(n) for n in numbers[start : start + _PAGES_AT_ONCE]])
            for page in packed:
                if page is not None:  # expired between the two reads
                    yield Page.unpack(page)

    def plan(self, id: str, pages: Sequence[int], account: str | None = None) -> list[int]:
        """See `OperationStore.plan`."""
        quota = [] if account is None else [self._quota_key(account)]
        keys = [*self._keys(id, "op jobs"), *quota]
        with storage_errors():
            handed_out: list[int] = self._run("plan", keys, json.dumps(list(pages)), self._window, self._quota_ms)
        return handed_out

    def begin(self, id: str, page: int, job: str) -> Claim:
        """See `OperationStore.begin`."""
        with storage_errors():
            verdict, token, attempt = self._run(
                "begin",
                self._keys(id, "op jobs attempts pages"),
                page,
                job,
                uuid.uuid4().hex,
                self._lease_ms,
                self._attempts,
                self._deadline_us,
            )
        return Claim(verdict=Verdict(verdict.decode()), token=token.decode(), attempt=attempt)

    def commit(self, id: str, page: Page, *, given_up: bool = False, token: str = "") -> Commit:
        """See `OperationStore.commit`."""
        reason = failure_text(page.failure) if given_up else ""
        with storage_errors():
            outcome, next_page, finisher = self._run(
                "commit",
                [*self._keys(id, "op jobs pages attempts dead"), *self._lists("dead")],
                page.number,
                page.pack(),
                int(page.failure is not None),
                reason,
                id,
                _MOST_DEAD,
                self._most_bytes,
                token,
            )
        return Commit(outcome=Outcome(outcome.decode()), next_page=next_page or None, finisher=bool(finisher))

    def requeue(self, id: str, page: int, token: str, *, uncount: bool = False) -> bool:
        """See `OperationStore.requeue`."""
        with storage_errors():
            return bool(self._run("requeue", self._keys(id, "op jobs attempts"), page, token, int(uncount)))

    def finish(
        self, id: str, status: Status, failure: Failure | None = None, *, given_up: bool = False, token: str = ""
    ) -> bool:
        """See `OperationStore.finish`."""
        lists = self._lists("dead active expiring usage finished released")
        with storage_errors():
            first = self._run(
                "finish",
                [*self._keys(id, "op jobs attempts pages dead"), *lists],
                status.value,
                failure_text(failure),
                self._ttl_ms,
                month_of(self._now_us() / 1_000_000),
                int(given_up),
                id,
                _MOST_DEAD,
                token,
            )
        return bool(first)

    def dead_letters(self) -> Iterator[DeadLetters]:
        """See `OperationStore.dead_letters`."""
        with storage_errors():
            ids = [id.decode() for id in self._redis.zrevrange(self._key("dead"), 0, -1)]
        for id in ids:
            with storage_errors():
                record = self._redis.hmget(self._key(id, "op"), OPERATION_FIELDS)
                letters = self._redis.hgetall(self._key(id, "dead"))
                if record[0] is None or not letters:  # expired
                    self._redis.zrem(self._key("dead"), id)
                    continue
            found = [dead_letter(int(page), entry) for page, entry in letters.items()]
            yield DeadLetters(
                operation=stored_operation(record), letters=tuple(sorted(found, key=lambda letter: letter.page))
            )

    def retry(self, id: str) -> list[int]:
        """See `OperationStore.retry`."""
        with storage_errors():
            pages: list[int] = self._run(
                "retry",
                [*self._keys(id, "op jobs pages dead"), *self._lists("dead active expiring")],
                id,
                self._window,
                self._longest_life_ms,
            )
        return pages

    def clear_dead_letters(self) -> int:
        """See `OperationStore.clear_dead_letters`."""
        with storage_errors():
            ids = self._redis.zrange(self._key("dead"), 0, -1)
            for id in ids:
                self._redis.unlink(self._key(id.decode(), "dead"))
                self._redis.zrem(self._key("dead"), id)
        return len(ids)

    def unfinished(self) -> Iterator[OpenOperation]:
        """See `OperationStore.unfinished`."""
        with storage_errors():
            ids = [id.decode() for id in self._redis.zrange(self._key("active"), 0, -1)]
        for start in range(0, len(ids), _IDS_AT_ONCE):
            yield from self._open_operations(ids[start : start + _IDS_AT_ONCE])

    def unread(self, id: str) -> list[int]:
        """See `OperationStore.unread`."""
        with storage_errors():
            plan = self._redis.hget(self._key(id, "op"), "plan")
            stored = {int(page) for page in self._redis.hkeys(self._key(id, "pages"))}
        return [page for page in json.loads(plan or "[]") if page not in stored]

    def expired(self, skip: int = 0) -> list[str]:
        """See `OperationStore.expired`."""
        with storage_errors():
            ids = self._redis.zrangebyscore(
                self._key("expiring"), "-inf", self._now_us() // 1000, start=skip, num=_IDS_AT_ONCE
            )
        return [id.decode() for id in ids]

    def strays(self, names: Sequence[str]) -> list[str]:
        """See `OperationStore.strays`."""
        with storage_errors():
            times = self._redis.zmscore(self._key("expiring"), names)
        return [name for name, at_ms in zip(names, times, strict=True) if at_ms is None]

    def released(self, skip: int = 0) -> list[str]:
        """See `OperationStore.released`."""
        with storage_errors():
            ids = self._redis.zrange(self._key("released"), skip, skip + _IDS_AT_ONCE - 1)
        return [id.decode() for id in ids]

    def forget_released(self, *ids: str) -> None:
        """See `OperationStore.forget_released`."""
        if ids:
            with storage_errors():
                self._redis.zrem(self._key("released"), *ids)

    def delete(self, *ids: str) -> None:
        """See `OperationStore.delete`."""
        if not ids:
            return
        with storage_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for id in ids:
                pipeline.unlink(*self._keys(id, "op jobs attempts pages dead"))
            # The list by which they are found comes last.
            for name in ("dead", "released", "active", "expiring"):
                pipeline.zrem(self._key(name), *ids)
            pipeline.execute()

    def usage(self, month: str | None = None) -> int:
        """See `OperationStore.usage`."""
        with storage_errors():
            if month is not None:
                return int(self._redis.hget(self._key("usage"), month) or 0)
            return sum(int(pages) for pages in self._redis.hvals(self._key("usage")))

    def counts(self) -> Counts:
        """See `OperationStore.counts`."""
        with storage_errors():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zcard(self._key("active"))
            pipeline.hgetall(self._key("finished"))
            pipeline.hvals(self._key("usage"))
            unfinished, finished, pages = pipeline.execute()
        return Counts(
            unfinished=unfinished,
            finished={status: int(finished.get(status.value.encode(), 0)) for status in Status if status.final},
            pages_read=sum(map(int, pages)),
        )

    def ping(self) -> None:
        """See `OperationStore.ping`."""
        with storage_errors():
            self._redis.ping()

    def _open_operations(self, ids: list[str]) -> Iterator[OpenOperation]:
        with storage_errors():
            now_us = self._now_us()
            pipeline = self._redis.pipeline(transaction=False)
            for id in ids:
                pipeline.hmget(self._key(id, "op"), (*OPERATION_FIELDS, "reopened"))
                pipeline.hgetall(self._key(id, "jobs"))
            answers = pipeline.execute()
        for id, (*record, reopened_us), jobs in zip(ids, answers[::2], answers[1::2], strict=True):
            try:
                operation = stored_operation(record) if record[0] is not None else None
            except ValueError:
                _log.exception("a record cannot be read; it may be of another version", operation=id)
                continue
            if operation is not None and not operation.status.final:
                yield OpenOperation(
                    operation=operation,
                    age_s=(now_us - int(reopened_us or operation.created_us)) / 1_000_000,
                    jobs=tuple(open_job(int(page), token.decode(), now_us / 1000) for page, token in jobs.items()),
                )
            else:  # it may have been retried meanwhile
                with storage_errors():
                    self._run("unlist", [self._key(id, "op"), *self._lists("active")], id)

    @property
    def _longest_life_ms(self) -> int:
        """From creation to expiry, for an operation that takes all the time it has."""
        return self._deadline_us // 1000 + self._ttl_ms

    def _run(self, script: str, keys: list[str], *arguments: str | bytes | int) -> Any:
        return self._scripts[script](keys=keys, args=list(arguments))

    def _keys(self, id: str, parts: str) -> list[str]:
        return [self._key(id, part) for part in parts.split()]

    def _lists(self, names: str) -> list[str]:
        return [self._key(name) for name in names.split()]

    def _key(self, name: str, part: str | None = None) -> str:
        return f"{self._prefix}:{{{name}}}:{part}" if part else f"{self._prefix}:{name}"

    def _quota_key(self, account: str) -> str:
        return self._key(f"quota:{account}")

    def _now_us(self) -> int:
        seconds, microseconds = self._redis.time()
        return int(seconds) * 1_000_000 + int(microseconds)
