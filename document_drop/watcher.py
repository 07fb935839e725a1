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
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Final

from document_drop.batches import Batches
from document_drop.claims import LEASE_S, Claim, Claims, Ending, Stage
from document_drop.delivery import Delivery
from document_drop.events import Event, EventSource
from document_drop.intake import Fate, Intake
from document_drop.place import DropPlace, Found
from read_operations.errors import OperationNotFound, PageFailed, ServiceBusy
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
_OUTAGE_S: Final = 3.0
#: What has settled is looked at again so soon.
_SETTLED_S: Final = 0.1


class Watcher:
    """One watcher of one place. One thread takes its steps; a few others move the documents."""

    def __init__(
        self,
        *,
        place: DropPlace,
        claims: Claims,
        intake: Intake,
        delivery: Delivery,
        store: OperationStore,
        events: EventSource | None,
        settings: Settings,
    ) -> None:
        self._place = place
        self._claims = claims
        self._intake = intake
        self._delivery = delivery
        self._store = store
        self._events = events
        self._settings = settings
        self._batches = Batches(place)
        self._hands = ThreadPoolExecutor(_HANDS, thread_name_prefix="drop")
        self._under_way: set[Future[object]] = set()
        #: Claims that this process holds, by the name of their document.
        self._held: dict[str, Claim] = {}
        #: Claims that were free, and have something to be done for.
        self._due: deque[Claim] = deque()
        self._look: Iterator[Found] | None = None
        self._look_began = 0.0
        self._all_settled = True
        self._next_look = 0.0
        self._next_poll = 0.0
        self._next_events = 0.0
        self._next_renewal = 0.0
        self._full = False

    def run(self, stop: threading.Event) -> None:
        """Watches until it is to stop; what is under way is ended first."""
        while not stop.is_set():
            try:
                busy = self.step()
            except ServiceBusy as error:
                _log.warning("the drop has to wait", reason=str(error.__cause__ or error))
                self._look = None
                stop.wait(_OUTAGE_S)
            except Exception:
                _log.exception("a step of the drop failed")
                self._look = None
                stop.wait(_OUTAGE_S)
            else:
                stop.wait(0.01 if busy else 0.1)
        self.close()

    def step(self) -> bool:
        """Does what there is to do at this moment, without waiting; whether anything is under way."""
        now = time.monotonic()
        self._under_way = {future for future in self._under_way if not future.done()}
        if now >= self._next_renewal:
            self._next_renewal = now + LEASE_S / 3
            for claim in list(self._held.values()):
                self._claims.renew(claim)
        if not self._due and now >= self._next_poll:
            self._next_poll = now + _POLL_S
            self._look_at_claims()
        while self._due and self._free_hands:
            if taken := self._claims.take(self._due.popleft()):
                self._give_out(partial(self._guarded, taken, self._take_up))
        if self._events and self._free_hands and not self._full and now >= self._next_events:
            self._take_events(self._events)
        self._look_on(now)
        return bool(self._under_way)

    def close(self) -> None:
        """Ends what is under way; the other claims are for those who come after."""
        while self._under_way:
            wait(self._under_way, timeout=LEASE_S / 3)
            self._under_way = {future for future in self._under_way if not future.done()}
            for claim in list(self._held.values()):
                self._claims.renew(claim)
        self._hands.shutdown()
        self._delivery.close()

    @property
    def _free_hands(self) -> int:
        return _HANDS - len(self._under_way)

    def _give_out(self, work: Callable[[], object]) -> None:
        self._under_way.add(self._hands.submit(work))

    def _look_at_claims(self) -> None:
        """Finds claims that nobody holds: of finished operations, and of watchers that died."""
        claims = list(self._claims.all())
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
            tries = self._settings.drop_attempts
            failure = Failure.of(PageFailed(f"The document was given up after {tries} tries. The log says why."))
            self._delivery.refuse(claim, failure, dead=True)
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
                self._claims.let_go(claim, counts=False)
        except OperationNotFound:
            # Expired, or deleted by somebody: the document is found again.
            _log.warning("the operation of a document is gone", name=claim.name, operation=claim.operation)
            self._claims.close(claim, Ending())

    def _look_on(self, now: float) -> None:
        """Goes on looking through the documents for as long as there is room."""
        if self._look is None:
            if now < self._next_look:
                return
            self._look, self._look_began, self._all_settled = self._place.look(), now, True
            self._batches.begin()
        while self._free_hands and not self._full:
            found = next(self._look, None)
            if found is None:
                self._end_look()
                return
            self._batches.count(found)
            self._all_settled = self._all_settled and found.settled
            answer = self._intake.claim(found)
            if isinstance(answer, Claim):
                self._give_out(partial(self._guarded, answer, self._intake.admit))
            elif answer is Fate.FULL:
                # The look goes on from here when there is room; this one is met again by the next.
                self._full = True

    def _end_look(self) -> None:
        self._look = None
        # A long look is the sign of a full house: no more than half of the time goes into looking.
        ended = time.monotonic()
        pause_s = self._settings.drop_interval_s
        if not self._all_settled:
            pause_s = min(pause_s, self._settings.drop_settle_s + _SETTLED_S)
        self._next_look = ended + max(pause_s, ended - self._look_began)
        self._batches.finish(self._claims.departed())

    def _take_events(self, events: EventSource) -> None:
        received = events.receive()
        if not received:
            self._next_events = time.monotonic() + _EVENTS_POLL_S
        for event in received:
            # They wait for a hand: the queue shows them to nobody else meanwhile.
            self._give_out(partial(self._follow, events, event))

    def _follow(self, events: EventSource, event: Event) -> None:
        """Looks where an event points to. It is deleted when there is nothing left to be done about it."""
        try:
            if event.garbage:
                _log.warning("an event in the queue is none", reason=event.garbage)
                self._claims.bury_event(event.text, event.garbage)
                events.delete(event)
            elif all(self._offer(name) in (Fate.RECORDED, Fate.OVER) for name in event.names):
                events.delete(event)
            elif event.times_seen > self._settings.drop_attempts:
                # What it tells of is found without it.
                self._claims.bury_event(event.text, "what it names could not be taken in")
                events.delete(event)
        except ServiceBusy as error:
            _log.warning("an event has to wait", reason=str(error.__cause__ or error))
        except Exception:
            _log.exception("an event could not be followed")

    def _offer(self, name: str) -> Fate:
        found = self._place.find(name)
        if found is None:
            return Fate.OVER
        answer = self._intake.claim(found)
        return self._guarded(answer, self._intake.admit) or Fate.BUSY if isinstance(answer, Claim) else answer

    def _guarded(self, claim: Claim, work: Callable[[Claim], Fate | None]) -> Fate | None:
        """Does the work on a claim that is held; if something goes wrong, the claim rests, and is taken up again."""
        self._held[claim.name] = claim
        try:
            return work(claim)
        except ServiceBusy as error:
            _log.warning("a document has to wait", name=claim.name, reason=str(error.__cause__ or error))
            self._rest(claim, counts=False)
        except Exception:
            _log.exception("a document could not be looked after", name=claim.name, attempt=claim.attempts)
            self._rest(claim, counts=True)
        finally:
            self._held.pop(claim.name, None)
        return None

    def _rest(self, claim: Claim, *, counts: bool) -> None:
        try:
            self._claims.let_go(claim, pause_s=_REST_S * max(1, claim.attempts), counts=counts)
        except ServiceBusy:
            _log.debug("a claim is left to expire", name=claim.name)
