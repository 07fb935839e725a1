"""Operation records: the port every part of the fleet works against.

A record is the only truth about an operation. The queue carries hints; whatever it loses is found here again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from read_operations.errors import OperationNotFound
from read_operations.records import Failure, Operation, Page, Request, Status

#: The job that opens a document and plans its pages stands where page 0 would.
SPLIT: Final = 0


class Verdict(StrEnum):
    """What a worker that asks for a job is told."""

    GO = "go"  # work on it; the attempt is counted and the lease held
    DONE = "done"  # its result is stored already
    BUSY = "busy"  # another job works on it
    OVER = "over"  # the operation is finished or gone
    LATE = "late"  # the operation's deadline has passed
    EXHAUSTED = "exhausted"  # every attempt is used up


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The answer to `OperationStore.begin`."""

    verdict: Verdict
    #: What the job's entry holds while it is worked on, or where every attempt is used up, if there is one; the job is
    #: given back or given up by it.
    token: str
    #: 1 for the first try.
    attempt: int


class Quota(StrEnum):
    """What there can be a quota of."""

    REQUESTS = "requests"  # each with one document
    PAGES = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The answer to `OperationStore.admit` for an account that has used up its quota."""

    quota: Quota
    #: Seconds until there is a new one.
    wait_s: float


class Outcome(StrEnum):
    """What became of a page that was to be stored."""

    STORED = "stored"
    DUPLICATE = "duplicate"  # it was stored before: first write wins
    LOST = "lost"  # it is not: another has the job by now
    LARGE = "large"  # it is not: the operation's result would be larger than the settings allow
    OVER = "over"  # the operation is finished or gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The answer to `OperationStore.commit`."""

    outcome: Outcome
    #: The page to enqueue now, if any is left to hand out.
    next_page: int | None
    #: Exactly one commit of an operation is told to finish it.
    finisher: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A job that was handed out and has no result yet."""

    page: int
    #: The entry as it stands, for `OperationStore.requeue`.
    token: str
    started: bool
    #: Seconds since it was enqueued, or since work on it began.
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOperation:
    """An operation that has no final status, with its jobs."""

    operation: Operation
    #: Seconds since it was created or retried, by the store's clock.
    age_s: float
    jobs: tuple[OpenJob, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A page that was given up, or (`SPLIT`) a whole operation, for a reason that its document is not to blame for."""

    page: int
    #: Seconds since 1970, by the store's clock.
    at: float
    #: Tries begun before; 0 for what had no turn before the deadline.
    attempts: int
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """An operation of which something was given up."""

    operation: Operation
    #: By page.
    letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many operations and pages there are and were."""

    #: Operations that have no final status.
    unfinished: int
    #: Operations by the final status they ended with, since the beginning; one that is retried ends again. The count
    #: outlives them.
    finished: Mapping[Status, int]
    #: As `OperationStore.usage` has it.
    pages_read: int


def month_of(seconds: float) -> str:
    """The month of a moment in seconds since 1970, in UTC: `2026-11`."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m}"


class OperationStore(Protocol):
    """Keeps operations and their pages.

    Every method may raise `StorageUnavailable`; those that name an operation say what they do when it is gone.
    """

    def expect(self, id: str) -> None:
        """Notes that a document of this name will be stored, so that it expires even when no operation follows."""
        ...

    def admit(self, account: str, id: str) -> Refusal | None:
        """Counts a request with its document's first page, or refuses it, uncounted, when a quota is used up.

        The id is that of its operation: the same again is counted once.
        """
        ...

    def create(self, request: Request, plan: Sequence[int] | None = None) -> None:
        """Records an operation; with a plan its first page counts as enqueued, without one its split.

        Raises:
            OperationExists: there is an operation of this id.
        """
        ...

    def get(self, id: str) -> Operation:
        """The operation as it stands.

        Raises:
            OperationNotFound: it is unknown, expired or deleted.
        """
        ...

    def pages(self, id: str) -> Iterator[Page]:
        """The pages stored so far, ascending, in constant memory; none when the operation is gone."""
        ...

    def plan(self, id: str, pages: Sequence[int], account: str | None = None) -> list[int]:
        """Sets the page plan and hands out the first window: the pages to enqueue.

        Its pages after the first, which came with the request, count against the account's quota. Returns no pages when
        the operation is over. If it was planned before, the first plan stays, and its jobs that are still queued are
        returned again: the first caller may have died before enqueueing them.
        """
        ...

    def begin(self, id: str, page: int, job: str) -> Claim:
        """Claims a job and counts the attempt, before a byte of the page is touched; `OVER` when it is gone."""
        ...

    def commit(self, id: str, page: Page, *, given_up: bool = False, token: str = "") -> Commit:
        """Stores a page, once; one that was given up is listed as a dead letter.

        A failed one is stored however large the result is, and none when the operation is gone (`OVER`). With the token
        of a claim it is stored only while nobody else has the job (`LOST`).
        """
        ...

    def requeue(self, id: str, page: int, token: str, *, uncount: bool = False) -> bool:
        """Marks a job as enqueued if its entry is still `token`; true when the caller is to enqueue it.

        Its last attempt counts, unless it was begun and was none of the page's affair: `uncount`.
        """
        ...

    def finish(
        self, id: str, status: Status, failure: Failure | None = None, *, given_up: bool = False, token: str = ""
    ) -> bool:
        """Sets the final status and starts the clock of expiry; true for the one call that did.

        False when the operation is gone, while a page of its plan has no result, and, with the token of a claim of the
        split, when somebody else has that by now. One that was given up without a page is listed as a dead letter, with
        its failure as the reason.
        """
        ...

    def dead_letters(self) -> Iterator[DeadLetters]:
        """The operations of which something was given up, the last one first; a bounded number of them.

        They stay listed until they are retried, cleared or expire.
        """
        ...

    def retry(self, id: str) -> list[int]:
        """Opens a finished operation again for what was given up of it: the pages to enqueue (`SPLIT` for all).

        What was read stays. None when it is not finished or unknown, or nothing was given up. Its time starts anew.
        """
        ...

    def clear_dead_letters(self) -> int:
        """Empties the list; how many operations were on it. They stay as they are, and can no longer be retried."""
        ...

    def unfinished(self) -> Iterator[OpenOperation]:
        """Every operation that has no final status."""
        ...

    def unread(self, id: str) -> list[int]:
        """The planned pages that have no result yet; none when the operation is gone."""
        ...

    def expired(self, skip: int = 0) -> list[str]:
        """Some ids whose time is over, the earliest first without the first `skip`; what is not deleted comes again."""
        ...

    def strays(self, names: Sequence[str]) -> list[str]:
        """Those of the names under which no document is expected and no operation is on record, so none expires."""
        ...

    def released(self, skip: int = 0) -> list[str]:
        """Some finished ids whose document nobody needs any more, the earliest first without the first `skip`.

        Not those of which something may be retried, nor those that a drop has in its care. What is not forgotten comes
        again.
        """
        ...

    def forget_released(self, *ids: str) -> None:
        """Takes ids off the list of those whose document is to go."""
        ...

    def delete(self, *ids: str) -> None:
        """Removes operations and all their pages, if they are there."""
        ...

    def usage(self, month: str | None = None) -> int:
        """Pages that were read, failed ones left out, by operations that finished in a month, or ever.

        A month is written as by `month_of`, and goes by the store's clock. The count outlives the operations.
        """
        ...

    def counts(self) -> Counts:
        """How many operations and pages there are and were, at the cost of one question."""
        ...

    def ping(self) -> None:
        """Returns when the store can be used."""
        ...


def every_page(store: OperationStore, operation: Operation) -> Iterator[Page]:
    """Every page of a finished operation, read from the store as it is asked for.

    Raises:
        OperationNotFound: it expired or was deleted meanwhile; also after the last page that was left.
    """
    count = 0
    for page in store.pages(operation.id):
        yield page
        count += 1
    # A result that expires while it is written must break off, and not become a shorter document.
    if count != operation.done:
        raise OperationNotFound
