"""What a worker does with a job: open a document, or read one of its pages."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded

from ocr_worker import soft_limit
from ocr_worker.aggregator import conclude, failed_page
from ocr_worker.reports import Attempt, Ending, Job, Tell, tell_nobody
from ocr_worker.stopwatch import Phase, Stopwatch
from read_operations.documents import DocumentStore
from read_operations.errors import (
    BadRequest,
    DocumentGone,
    OperationNotFound,
    PageFailed,
    PageRefused,
    PageTimeout,
    ReadfleetError,
    ServiceBusy,
)
from read_operations.logs import get_logger
from read_operations.pages import PageSelection
from read_operations.queue import JobQueue, queue_of
from read_operations.records import Failure, Operation, Page, Status
from read_operations.settings import Settings
from read_operations.store import SPLIT, Claim, OperationStore, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from ocr_worker.engine.port import Engine

    #: What is to be done about a page of an operation; it takes the context in which the soft limit may strike.
    Work = Callable[[Operation, int, Stopwatch, AbstractContextManager[None]], None]

_log = get_logger(__name__)


class Jobs:
    """The two jobs of the fleet, over stores and an engine. Belongs to one child process."""

    def __init__(
        self,
        *,
        store: OperationStore,
        documents: DocumentStore,
        queue: JobQueue,
        engine: Engine,
        settings: Settings,
        tell: Tell = tell_nobody,
    ) -> None:
        self._store = store
        self._documents = documents
        self._queue = queue
        self._engine = engine
        self._settings = settings
        self._tell = tell

    def split(self, id: str, job: str) -> None:
        """Opens a document, plans its pages and enqueues the first of them."""
        self._attempt(id, SPLIT, job, self._plan)

    def read_page(self, id: str, page: int, job: str) -> None:
        """Reads one page and stores it."""
        self._attempt(id, page, job, self._read)

    def _attempt(self, id: str, page: int, job: str, work: Work) -> None:
        """Makes an attempt, and tells how it ended."""
        watch, fetched = Stopwatch(), self._documents.fetched_bytes

        def tell(ending: Ending) -> None:
            self._tell(
                Attempt(
                    job=Job.SPLIT if page == SPLIT else Job.PAGE,
                    ending=ending,
                    kind=watch.kind,
                    total_s=watch.total_s,
                    seconds=watch.seconds,
                    fetched_bytes=self._documents.fetched_bytes - fetched,
                )
            )

        ending = Ending.RETURNED  # unless it comes to an end
        try:
            ending = self._settle(id, page, job, work, watch, tell)
        finally:
            tell(ending)

    def _settle(
        self, id: str, page: int, job: str, work: Work, watch: Stopwatch, tell: Callable[[Ending], None]
    ) -> Ending:
        """Claims the job, does the work, and settles how the attempt ended; `tell` is for one that hears no limit."""
        soft_limit.hold_back()
        claim = self._store.begin(id, page, job)
        if claim.verdict not in (Verdict.GO, Verdict.EXHAUSTED):
            # Done, in other hands or over; what is late is ended by the sweeper.
            return Ending.NEEDLESS
        try:
            operation = self._store.get(id)
        except OperationNotFound:  # deleted a moment ago
            return Ending.NEEDLESS
        watch.lap(Phase.CLAIM)
        if claim.verdict is Verdict.EXHAUSTED:
            return self._give_up(operation, page, _worn_out(page, self._settings.page_attempts), claim.token)
        # Between the two limits; its child is killed by then, so a message comes back that begins the next try.
        unheard_s = (self._settings.page_soft_limit_s + self._settings.page_hard_limit_s) / 2 - watch.total_s
        limit = soft_limit.may_strike(unheard_s, lambda: tell(self._leave(operation, page, claim)))
        try:
            work(operation, page, watch, limit)
        except ServiceBusy:
            # The queue or a store is away, or full. The sweeper brings the job back: soon if it can be given back now,
            # and then the attempt does not count. After an outage of more than a minute or so it does.
            with contextlib.suppress(ServiceBusy):
                self._store.requeue(id, page, claim.token, uncount=True)
            raise
        except (BadRequest, DocumentGone, PageFailed) as error:
            # Trying again would end the same way.
            return self._give_up(operation, page, error, claim.token, self._size(operation, page))
        except Exception as error:
            return self._retry(operation, page, claim, error)
        watch.lap(Phase.STORE)
        return Ending.DONE

    def _plan(self, operation: Operation, _: int, watch: Stopwatch, limit: AbstractContextManager[None]) -> None:
        from ocr_worker.documents import count_pages

        request = operation.request
        try:
            with self._documents.local(operation.id) as path, limit:
                watch.lap(Phase.FETCH)
                count = count_pages(path, request.format, self._settings)
                watch.lap(Phase.OPEN)
        except FileNotFoundError as error:
            raise DocumentGone from error
        selection = PageSelection.parse(request.pages) if request.pages else PageSelection(((1, None),))
        pages = selection.select(count)
        for page in self._store.plan(operation.id, pages, request.account):
            self._queue.enqueue(operation.id, page, queue_of(request, page, len(pages), self._settings))
        _log.info("document opened", operation=operation.id, pages=len(pages), of=count)

    def _read(self, operation: Operation, number: int, watch: Stopwatch, limit: AbstractContextManager[None]) -> None:
        from ocr_worker.page_reader import read_page

        try:
            with self._documents.local(operation.id) as path, limit:
                watch.lap(Phase.FETCH)
                page = read_page(path, operation.request, number, self._engine, self._settings, watch)
        except FileNotFoundError as error:
            raise DocumentGone from error
        words, most = sum(len(line.words) for line in page.lines), self._settings.max_page_words
        if words > most:
            raise PageRefused(f"The page has {words:,} words; a page may have {most:,}. Cut it up and send the parts.")
        self._commit(operation, page)

    def _commit(self, operation: Operation, page: Page, *, given_up: bool = False, token: str = "") -> Outcome:
        commit = self._store.commit(operation.id, page, given_up=given_up, token=token)
        if commit.outcome is Outcome.LARGE:
            raise PageRefused("The result of the document is too large. Ask for fewer of its pages at a time.")
        if commit.next_page is not None:
            self._enqueue(operation, commit.next_page)
        if commit.finisher:
            conclude(self._store, operation.id)
        return commit.outcome

    def _retry(self, operation: Operation, page: int, claim: Claim, error: Exception) -> Ending:
        _log.exception("attempt failed", operation=operation.id, page=page, attempt=claim.attempt)
        timeout = isinstance(error, SoftTimeLimitExceeded)
        if claim.attempt >= (self._slow_attempts if timeout else self._settings.page_attempts):
            why = PageTimeout() if timeout else PageFailed()
            return self._give_up(operation, page, why, claim.token, self._size(operation, page))
        if self._store.requeue(operation.id, page, claim.token) and claim.attempt == 1:
            # Further tries wait for the sweeper: whatever is at fault may need some seconds to pass.
            self._enqueue(operation, page)
        return Ending.RETRIED

    def _leave(self, operation: Operation, page: int, claim: Claim) -> Ending:
        """Settles an attempt that hears no limit, before its process is killed."""
        _log.error("attempt hears no limit", operation=operation.id, page=page, attempt=claim.attempt)
        if claim.attempt >= self._slow_attempts:
            return self._give_up(operation, page, PageTimeout(), claim.token)
        return Ending.RETRIED  # by whoever gets the message that this process has in hand

    @property
    def _slow_attempts(self) -> int:
        """Tries of a page that takes too long: each costs as much as many pages."""
        return min(self._settings.page_slow_attempts, self._settings.page_attempts)

    def _size(self, operation: Operation, page: int) -> tuple[float, float]:
        """How large a page is that could not be read, for whoever draws it; 0 by 0 where that cannot be told, either.

        Not to be asked of what kills its readers, or keeps one.
        """
        from ocr_worker.documents import measure_page

        request = operation.request
        if page == SPLIT or not request.format.paged:  # the operation fails, and tells of no page
            return 0, 0
        try:
            with self._documents.local(operation.id) as path:
                return measure_page(path, request.format, page, self._settings)
        except Exception:
            return 0, 0

    def _give_up(
        self,
        operation: Operation,
        page: int,
        error: ReadfleetError,
        token: str = "",
        size: tuple[float, float] = (0, 0),
    ) -> Ending:
        """Ends a page as failed, or without a page the operation.

        Unless that is over, or another has the claimed job by now.
        """
        # A bad document is its sender's affair; anything else is the operator's.
        operators = not isinstance(error, (BadRequest, PageRefused))
        if page == SPLIT:
            failure = Failure.of(error)
            needless = not self._store.finish(operation.id, Status.FAILED, failure, given_up=operators, token=token)
        else:
            failed = failed_page(operation.request, page, error, size)
            outcome = self._commit(operation, failed, given_up=operators, token=token)
            needless = outcome in (Outcome.LOST, Outcome.OVER)
        if needless:
            return Ending.NEEDLESS
        say = _log.warning if operators else _log.info
        say("given up", operation=operation.id, page=page, code=error.code, reason=error.message)
        return Ending.FAILED

    def _enqueue(self, operation: Operation, page: int) -> None:
        queue = queue_of(operation.request, page, operation.total, self._settings)
        self._queue.enqueue(operation.id, page, queue)


def _worn_out(page: int, attempts: int) -> PageFailed:
    what = "The document could not be opened" if page == SPLIT else "The page could not be read"
    return PageFailed(f"{what}: its reader was stopped {attempts} times while working on it.")
