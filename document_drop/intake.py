"""From a document that was dropped to an operation in the queue."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import anyio.to_thread
from anyio.from_thread import BlockingPortal

from api_gateway.uploads import Upload, check_size
from document_drop.claims import Answer, Claim, Claims, Ending
from document_drop.delivery import Delivery
from document_drop.metrics import DropMetrics
from document_drop.names import ERROR, OPTIONS
from document_drop.options import BadOptions, OptionsReader
from document_drop.place import DocumentChanged, DropPlace, Found, Mark, PlaceRefuses, Standing
from read_operations import first_job
from read_operations.documents import DocumentStore
from read_operations.errors import BadRequest, FleetFull, OperationExists, OperationNotFound
from read_operations.logs import get_logger
from read_operations.queue import JobQueue
from read_operations.records import Failure, Format
from read_operations.room import check_room
from read_operations.settings import Settings
from read_operations.store import OperationStore

_log = get_logger(__name__)

#: The rest of what the fleet takes is for those who send something now.
_SHARE: Final = 0.8
_VALID: Final = ""
_MOST_COMPLAINTS: Final = 1000


class Fate(StrEnum):
    """What became of a document that was offered."""

    RECORDED = "recorded"  # there is an operation, by whomever
    OVER = "over"  # it has its result, was given up, or is nothing to be read
    BUSY = "busy"  # somebody is at it
    FULL = "full"  # the window has no room
    HELD = "held"  # the options of its prefix are not valid


_FATES: Final = {Answer.BUSY: Fate.BUSY, Answer.FULL: Fate.FULL, Answer.RECORDED: Fate.RECORDED}


class Intake:
    """Makes operations of documents, each version once."""

    def __init__(
        self,
        *,
        place: DropPlace,
        claims: Claims,
        delivery: Delivery,
        store: OperationStore,
        documents: DocumentStore,
        queue: JobQueue,
        metrics: DropMetrics,
        portal: BlockingPortal,
        settings: Settings,
    ) -> None:
        self._place = place
        self._claims = claims
        self._delivery = delivery
        self._store = store
        self._documents = documents
        self._queue = queue
        self._metrics = metrics
        self._portal = portal
        self._settings = settings
        self._options = OptionsReader(place, settings)
        #: What was said about options that are not valid, by their prefix; `_VALID` where there is nothing to be said.
        self._complaints: dict[str, str] = {}

    def claim(self, found: Found) -> Claim | Fate:
        """Claims a document as it was found, or says why there is nothing to do."""
        if found.standing is not None:
            return Fate.OVER
        if not found.settled:
            return Fate.BUSY
        try:
            options = self._options.of(found.name)
        except BadOptions as error:
            self._complain(error)
            return Fate.HELD
        self._take_back_complaint(options.prefix)
        try:
            check_room(self._store, self._documents, self._queue, self._settings, share=_SHARE)
        except FleetFull:
            return Fate.FULL
        answer = self._claims.claim(found, options.outputs, options.webhook)
        if isinstance(answer, Claim):
            self._metrics.claimed.inc()
            return answer
        return Fate.OVER if isinstance(answer, Standing) else _FATES[answer]

    def admit(self, claim: Claim) -> Fate:
        """Makes an operation of a document that the caller holds, or ends its claim."""
        if self._is_recorded(claim):
            self._claims.recorded(claim)
            return Fate.RECORDED
        # What was found may be old news: somebody may have read it since.
        found = self._place.find(claim.name)
        if found is None or found.version != claim.version or found.standing is not None:
            self._discard(claim)
            self._claims.close(claim, Ending())
            return Fate.OVER
        if not self._settings.drop_overwrite_existing and self._place.has_result(claim.name):
            told = self._place.mark(found, Mark(standing=Standing.SKIPPED, operation=claim.operation))
            ending = Ending(standing=Standing.SKIPPED, told=told)
            if self._claims.close(claim, ending):
                self._metrics.finished(claim, ending)
            _log.info("document skipped: it has a result", name=claim.name)
            return Fate.OVER
        try:
            self._record(claim)
        except DocumentChanged:
            self._discard(claim)
            self._claims.close(claim, Ending())
            return Fate.OVER
        except BadOptions as error:
            self._complain(error)
            self._discard(claim)
            self._claims.close(claim, Ending())
            return Fate.HELD
        except BadRequest as error:
            self._discard(claim)
            self._delivery.refuse(claim, Failure.of(error))
            return Fate.OVER
        self._claims.recorded(claim)
        return Fate.RECORDED

    def _is_recorded(self, claim: Claim) -> bool:
        try:
            operation = self._store.get(claim.operation)
        except OperationNotFound:
            return False
        # Who recorded it may not have come to enqueueing it.
        if not operation.status.final and not operation.done:
            first_job.enqueue(operation.request, self._queue, self._settings)
        return True

    def _record(self, claim: Claim) -> None:
        options = self._options.of(claim.name)
        # Before a byte of it is moved.
        check_size(claim.size, self._settings)
        # Announced before it is there, so that it goes even when no operation follows.
        self._store.expect(claim.operation)
        with self._place.open(claim.found) as chunks:
            format = self._portal.call(self._save, claim.operation, chunks)
        request = options.parameters.request(claim.operation, format, patient=True)
        # Whoever has taken the claim over stores the document once more; its operation is for him to record.
        self._claims.renew(claim)
        try:
            first_job.record(request, self._store, self._queue, self._settings)
        except OperationExists:
            return
        self._metrics.taken_bytes.inc(claim.size)
        _log.info("document taken", name=claim.name, operation=claim.operation, format=format.value, bytes=claim.size)

    async def _save(self, id: str, chunks: Iterator[bytes]) -> Format:
        document = Upload(_without_blocking(chunks), self._settings)
        format = await document.open()
        await self._documents.save(id, document)
        return format

    def _discard(self, claim: Claim) -> None:
        self._claims.renew(claim)
        self._documents.delete(claim.operation)
        self._store.delete(claim.operation)

    def _complain(self, error: BadOptions) -> None:
        """Says once, among the results, why the documents of a prefix are left waiting."""
        if self._complaints.get(error.prefix) == error.message:
            return
        with tempfile.TemporaryDirectory() as folder, _harmless(error.prefix):
            file = Path(folder) / "error"
            file.write_text(self._delivery.error_text(error.prefix + OPTIONS, Failure.of(error)))
            self._place.write(error.prefix + OPTIONS, ERROR, file)
        self._note(error.prefix, error.message)
        _log.warning("documents are left waiting until their options are corrected", reason=error.message)

    def _take_back_complaint(self, prefix: str | None) -> None:
        """Removes what was said about options that are valid now, also by a watcher that is no more."""
        if prefix is not None and self._complaints.get(prefix) != _VALID:
            with _harmless(prefix):
                self._place.discard(prefix + OPTIONS, ERROR)
            self._note(prefix, _VALID)

    def _note(self, prefix: str, said: str) -> None:
        if len(self._complaints) >= _MOST_COMPLAINTS:
            self._complaints.clear()
        self._complaints[prefix] = said


@contextlib.contextmanager
def _harmless(prefix: str) -> Iterator[None]:
    """Lets a place refuse what is only said about options: one prefix must not stop the others."""
    try:
        yield
    except (PlaceRefuses, FileNotFoundError) as error:
        _log.warning("nothing can be said about options", prefix=prefix, reason=str(error))


async def _without_blocking(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while chunk := await anyio.to_thread.run_sync(next, chunks, b""):
        yield chunk
