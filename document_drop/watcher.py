"""Watches the drop: takes in what is found there, and delivers what was read.

Any number of watchers may run. Truth is what the place and the records say: a look through all documents finds what no
event told of, and a claim whose watcher died is taken over by the next that comes along.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

from document_drop.batches import Batches
from document_drop.claims import Claim, ClaimLost, Claims, Ending, Stage
from document_drop.delivery import Delivery
from document_drop.events import Event, EventSource
from document_drop.holding import Holding
from document_drop.intake import Fate, Intake
from document_drop.metrics import DropMetrics
from document_drop.place import DropPlace, Found
from document_drop.tally import Tally
from read_operations.documents import DocumentStore
from read_operations.errors import OperationNotFound, PageFailed, ServiceBusy
from read_operations.heartbeat import Progress
from read_operations.logs import get_logger
from read_operations.records import Failure
from read_operations.settings import Settings
from read_operations.store import OperationStore

_log = get_logger(__name__)

#: Documents that are moved at once, in or out.
_HANDS: Final = 4
#: Between two looks at the claims.
_POLL_S: Final = 1.0
#: Between two looks at the queue of events when it was empty.
_EVENTS_POLL_S: Final = 2.0
#: A claim with which something went wrong rests so long, times its attempts.
_REST_S: Final = 2.0
_LONGEST_REST_S: Final = 60.0
_TROUBLE_CHARS: Final = 300
_OUTAGE_S: Final = 3.0
#: A look goes on for so long before results have their turn.
_LOOK_S: Final = 0.2
#: What has settled is looked at again so soon.
_SETTLED_S: Final = 0.1
#: Between two looks at the copies of documents that PDFs were made of, and how long those stay.
_TIDY_S: Final = 60


class Watcher:
    """One watcher of one place. One thread takes its steps; a few others move the documents."""

    def __init__(
        self,
        *,
        place: DropPlace,
        claims: Claims,
        tally: Tally,
        intake: Intake,
        delivery: Delivery,
        store: OperationStore,
        documents: DocumentStore,
        events: EventSource | None,
        metrics: DropMetrics,
        settings: Settings,
    ) -> None:
        self._place = place
        self._claims = claims
        self._tally = tally
        self._intake = intake
        self._delivery = delivery
        self._store = store
        self._documents = documents
        self._events = events
        self._metrics = metrics
        self._settings = settings
        self._batches = Batches(place)
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="drop")
        self._under_way: set[Future[object]] = set()
        #: Claims that this process works on.
        self._held = Holding(claims)
        #: Claims that were free, and have something to be done for.
        self._due: deque[Claim] = deque()
        self._look: Iterator[Found] | None = None
        #: Found by the look when there was no room for it.
        self._met: Found | None = None
        #: Seconds that the look has taken, without those it had to wait.
        self._looked_s = 0.0
        self._all_settled = True
        self._next_look = 0.0
        self._next_poll = 0.0
        self._next_events = 0.0
        self._next_tidying = 0.0
        self._full = False

    def run(self, stop: threading.Event, progress: Progress) -> None:
        """Watches until it is to stop; what is under way is ended first."""
        while not stop.is_set():
            progress.made()
            try:
                busy = self.step()
            except ServiceBusy as error:
                _log.warning("the drop has to wait", reason=str(error.__cause__ or error))
                self._look = self._met = None
                stop.wait(_OUTAGE_S)
            except Exception:
                _log.exception("a step of the drop failed")
                self._look = self._met = None
                stop.wait(_OUTAGE_S)
            else:
                stop.wait(0.01 if busy else 0.1)
        self.close()

    def step(self) -> bool:
        """Does what there is to do at this moment, without waiting; whether anything is under way."""
        now = time.monotonic()
        self._under_way = {future for future in self._under_way if not future.done()}
        if now >= self._next_tidying:
            self._next_tidying = now + _TIDY_S
            self._documents.forget_unused(_TIDY_S)
        if not self._due and now >= self._next_poll:
            self._look_at_claims()
            # With thousands of claims: no more than half of the time goes into looking.
            ended = time.monotonic()
            self._next_poll = ended + max(_POLL_S, ended - now)
        while self._due and self._free_hands:
            if taken := self._claims.take(self._due.popleft()):
                self._give_out(partial(self._guarded, taken, self._take_up))
        if self._events and self._free_hands and not self._full and now >= self._next_events:
            self._take_events(self._events)
        goes_on = self._look_on(now)
        return goes_on or bool(self._under_way)

    def close(self) -> None:
        """Ends what is under way; the other claims are for those who come after."""
        self._hands.shutdown()
        self._held.close()
        self._delivery.close()

    @property
    def _free_hands(self) -> int:
        return _HANDS - len(self._under_way)

    def _give_out(self, work: Callable[[], object]) -> None:
        self._under_way.add(self._hands.submit(work))

    def _look_at_claims(self) -> None:
        """Finds claims that nobody holds: of finished operations, and of watchers that died."""
        claims = list(self._claims.all())
        self._metrics.under_way(claims)
        self._full = len(claims) >= self._settings.drop_window
        due = [claim for claim in claims if claim.free and claim.name not in self._held and self._is_due(claim)]
        # Several watchers begin with different ones.
        random.shuffle(due)
        self._due.extend(due)

    def _is_due(self, claim: Claim) -> bool:
        if claim.stage is Stage.CLAIMED:
            return True
        try:
            return self._store.get(claim.operation).status.final
        except OperationNotFound:
            return True

    def _take_up(self, claim: Claim) -> None:
        if claim.attempts > self._settings.drop_attempts:
            reason = f"The document was given up after {self._settings.drop_attempts} tries."
            trouble = f" The last one ended with {claim.trouble}" if claim.trouble else " Whoever tried it died."
            self._delivery.give_up(claim, Failure.of(PageFailed(reason + trouble)))
        elif claim.stage is Stage.CLAIMED:
            self._intake.admit(claim)
        else:
            self._deliver(claim)

    def _deliver(self, claim: Claim) -> None:
        try:
            operation = self._store.get(claim.operation)
            if operation.status.final:
                self._delivery.deliver(claim, operation)
            else:
                self._claims.let_go(claim)
        except OperationNotFound:
            # Expired, or deleted by somebody: the document is found again.
            _log.warning("the operation of a document is gone", name=claim.name, operation=claim.operation)
            self._claims.close(claim, Ending())

    def _look_on(self, now: float) -> bool:
        """Goes on looking through the documents for a while, if there is room; whether there is more to look at."""
        if self._look is None:
            if now < self._next_look:
                return False
            self._look, self._looked_s, self._all_settled = self._place.look(), 0.0, True
            self._batches.begin()
        until = time.monotonic() + _LOOK_S
        while self._free_hands and not self._full:
            if time.monotonic() > until:
                return True
            found = self._met or self._next_found(self._look)
            if found is None:
                self._end_look()
                break
            self._met = None
            answer = self._intake.claim(found)
            if isinstance(answer, Claim):
                self._give_out(partial(self._guarded, answer, self._intake.admit))
            elif answer is Fate.FULL:
                self._full, self._met = True, found
        return False

    def _next_found(self, look: Iterator[Found]) -> Found | None:
        began = time.monotonic()
        found = next(look, None)
        self._looked_s += time.monotonic() - began
        if found:
            self._batches.count(found)
            self._all_settled = self._all_settled and found.settled
        return found

    def _end_look(self) -> None:
        self._look = None
        # A long look is the sign of a full house: no more than half of the time goes into looking.
        pause_s = self._settings.drop_interval_s
        if not self._all_settled:
            pause_s = min(pause_s, self._settings.drop_settle_s + _SETTLED_S)
        self._next_look = time.monotonic() + max(pause_s, self._looked_s)
        self._metrics.looked(self._batches.finish(self._tally.departed()))

    def _take_events(self, events: EventSource) -> None:
        received = events.receive(self._free_hands)
        if not received:
            self._next_events = time.monotonic() + _EVENTS_POLL_S
        for event in received:
            self._give_out(partial(self._follow, events, event))

    def _follow(self, events: EventSource, event: Event) -> None:
        """Looks where an event points to. It is deleted when there is nothing left to be done about it."""
        outcome = "waiting"
        try:
            if event.garbage:
                _log.warning("an event in the queue is none", reason=event.garbage)
                self._bury(events, event, event.garbage)
                outcome = "garbage"
            elif {self._offer(name) for name in event.names} <= {Fate.RECORDED, Fate.OVER}:
                events.delete(event)
                outcome = "followed"
        except ServiceBusy as error:
            _log.warning("an event has to wait", reason=str(error.__cause__ or error))
        except Exception as error:
            _log.exception("an event could not be followed")
            if event.times_seen > self._settings.drop_attempts:
                # What it tells of is found without it.
                self._bury(events, event, f"it could not be followed: {error!r}")
        self._metrics.events.labels(outcome).inc()

    def _bury(self, events: EventSource, event: Event, reason: str) -> None:
        self._tally.bury_event(event.text, reason)
        events.delete(event)

    def _offer(self, name: str) -> Fate:
        found = self._place.find(name)
        if found is None:
            return Fate.OVER
        answer = self._intake.claim(found)
        if answer is Fate.FULL:
            self._full = True
        return self._guarded(answer, self._intake.admit) or Fate.BUSY if isinstance(answer, Claim) else answer

    def _guarded(self, claim: Claim, work: Callable[[Claim], Fate | None]) -> Fate | None:
        """Does the work on a claim that is held; if something goes wrong, the claim rests, and is taken up again."""
        with self._held.keep(claim):
            try:
                return work(claim)
            except ClaimLost:
                _log.warning("a document is left to another watcher", name=claim.name)
            except ServiceBusy as error:
                _log.warning("a document has to wait", name=claim.name, reason=str(error.__cause__ or error))
                self._rest(claim)
            except Exception as error:
                _log.exception("a document could not be looked after", name=claim.name, attempt=claim.attempts)
                self._rest(claim, f"{type(error).__name__}: {error}"[:_TROUBLE_CHARS])
        return None

    def _rest(self, claim: Claim, trouble: str | None = None) -> None:
        pause_s = min(_REST_S * max(1, claim.attempts), _LONGEST_REST_S)
        try:
            self._claims.let_go(claim, pause_s=pause_s, trouble=trouble)
        except ServiceBusy:
            _log.debug("a claim is left to expire", name=claim.name)
