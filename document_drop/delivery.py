"""From a finished operation to the files beside its document."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from pathlib import Path
from typing import Protocol

from api_gateway.wire.v3 import V3_2, operation_json
from document_drop.claims import Claim, ClaimLost, Claims, Ending
from document_drop.metrics import DropMetrics
from document_drop.names import ERROR, RESULT, output_error
from document_drop.place import DocumentChanged, DropPlace, Mark, PlaceRefuses, Standing
from document_drop.rendering import MakerDied, Renderer
from read_operations.documents import DocumentStore
from read_operations.errors import DocumentError, OperationNotFound, PageFailed, ServiceBusy
from read_operations.logs import get_logger
from read_operations.records import Failure, Operation, Output, Status
from read_operations.settings import AfterSuccess, Settings
from read_operations.store import OperationStore, every_page

_log = get_logger(__name__)


class Notices(Protocol):
    """Tells others that a document is finished."""

    def tell(self, claim: Claim, mark: Mark, result: str) -> None:
        """Sends the notice; `result` is the name of the JSON that was written, if it could be."""
        ...


class Delivery:
    """Writes results, remembers them at the documents, and ends the claims."""

    def __init__(
        self,
        *,
        place: DropPlace,
        claims: Claims,
        store: OperationStore,
        documents: DocumentStore,
        notices: Sequence[Notices],
        metrics: DropMetrics,
        settings: Settings,
    ) -> None:
        self._place = place
        self._claims = claims
        self._store = store
        self._documents = documents
        self._notices = notices
        self._metrics = metrics
        self._settings = settings
        self._renderer = Renderer(store, settings)

    def deliver(self, claim: Claim, operation: Operation) -> None:
        """Puts the result of a finished operation beside its document. Doing it again gives the same files.

        Raises:
            OperationNotFound: it expired or was deleted meanwhile.
        """
        if operation.status is not Status.SUCCEEDED:
            self.refuse(claim, operation.failure or Failure.of(PageFailed()), pages=operation.total)
            self._forget(claim)
            return
        files = _Files(self._place, self._claims, claim)
        with tempfile.TemporaryDirectory() as folder:
            written = {self._write_output(files, claim, operation, output, Path(folder)) for output in claim.outputs}
            self._discard_older(files, claim, but=written)
            # The JSON last: once it is there, everything is.
            file = Path(folder) / "result.json"
            with file.open("wb") as target:
                for piece in operation_json(operation, every_page(self._store, operation), V3_2):
                    target.write(piece.encode())
            result = files.write(RESULT, file)
        files.discard(ERROR)
        mark = Mark(
            standing=Standing.SUCCEEDED,
            operation=claim.operation,
            pages=operation.total,
            failed_pages=operation.failed,
        )
        departed, told = self._after_success(claim, mark)
        ending = Ending(standing=Standing.SUCCEEDED, departed=departed, told=told, written=files.bytes)
        self._end(claim, mark, result, ending)
        self._forget(claim)

    def refuse(self, claim: Claim, failure: Failure, *, pages: int = 0) -> None:
        """Says beside a document why it was not read."""
        files = _Files(self._place, self._claims, claim)
        result = files.write_text(ERROR, self.error_text(claim.name, failure, claim.operation))
        self._discard_older(files, claim)
        files.discard(RESULT)
        self._end_failed(claim, failure, result, pages=pages, written=files.bytes)

    def give_up(self, claim: Claim, failure: Failure) -> None:
        """Lists a document as a dead letter, and says so beside it, if that can be done at all."""
        files = _Files(self._place, self._claims, claim)
        result = ""
        try:
            result = files.write_text(ERROR, self.error_text(claim.name, failure, claim.operation))
            files.discard(RESULT)
        except (ClaimLost, ServiceBusy):
            raise
        except Exception:
            _log.exception("no error file can be written", name=claim.name)
        self._end_failed(claim, failure, result, dead=True, written=files.bytes)
        self._forget(claim)

    def error_text(self, name: str, failure: Failure, operation: str | None = None) -> str:
        """What is written where a result would be."""
        error = {"code": failure.code, "message": failure.message}
        said = {"status": "failed", "source": name, **({"operationId": operation} if operation else {}), "error": error}
        return json.dumps(said, indent=1)

    def close(self) -> None:
        """Ends what was started."""
        self._renderer.close()

    def _write_output(self, files: _Files, claim: Claim, operation: Operation, output: Output, folder: Path) -> str:
        """Writes an output, or why it could not be made; the suffix of what was written."""
        file = folder / f"output-{output}"
        try:
            # The others are made of records: what was read may be large, and need not be fetched for them.
            with nullcontext(file) if output.from_records else self._documents.local(claim.operation) as document:
                self._renderer.render(output, operation, document, file)
        except FileNotFoundError as error:
            # Its result may have been written by who did not come to say so, or whose word a failover of Redis lost.
            raise OperationNotFound from error
        except DocumentError as error:
            if isinstance(error, MakerDied) and claim.attempts < min(2, self._settings.drop_attempts):
                raise  # so the claim rests, and is taken up again
            failure = Failure.of(error)
            _log.warning("an output could not be made", name=claim.name, output=output.value, reason=failure.message)
            files.write_text(output_error(output), self.error_text(claim.name, failure, claim.operation))
            return output_error(output)
        files.write(output.suffix, file)
        file.unlink()
        return output.suffix

    def _discard_older(self, files: _Files, claim: Claim, but: AbstractSet[str] = frozenset()) -> None:
        """Removes what an older version of the document has, whatever was asked for then, and this one has not."""
        if self._place.has_result(claim.name):
            for suffix in {each for output in Output for each in (output.suffix, output_error(output))} - but:
                files.discard(suffix)

    def _after_success(self, claim: Claim, mark: Mark) -> tuple[bool, bool]:
        """Keeps, moves or deletes the document; whether it is there no longer, and whether that can be told from it."""
        after = self._settings.drop_after_success
        self._claims.renew(claim)
        try:
            if after is AfterSuccess.MOVE:
                self._place.move(claim.found)
            elif after is AfterSuccess.DELETE:
                self._place.delete(claim.found)
        except DocumentChanged:
            pass
        except PlaceRefuses as error:
            _log.warning("a document that was read stays where it is", name=claim.name, reason=error.message)
            after = AfterSuccess.KEEP
        if after is AfterSuccess.KEEP:
            return False, self._place.mark(claim.found, mark)
        return True, True

    def _end_failed(
        self, claim: Claim, failure: Failure, result: str, *, written: int, pages: int = 0, dead: bool = False
    ) -> None:
        mark = Mark(standing=Standing.FAILED, operation=claim.operation, pages=pages, failed_pages=pages)
        try:
            told = self._place.mark(claim.found, mark)
        except PlaceRefuses:
            told = False
        reason = f"{failure.code}: {failure.message}"
        ending = Ending(standing=Standing.FAILED, reason=reason, dead=dead, told=told, written=written)
        self._end(claim, mark, result, ending)

    def _end(self, claim: Claim, mark: Mark, result: str, ending: Ending) -> None:
        for notices in self._notices:
            # Before the claim ends: a notice may come twice, but not never.
            notices.tell(claim, mark, result)
        if self._claims.close(claim, ending):
            self._metrics.finished(claim, ending)
            _log.info(
                "document finished",
                name=claim.name,
                operation=claim.operation,
                status=mark.standing.value,
                pages=mark.pages,
                failed_pages=mark.failed_pages,
                bytes=claim.size,
                seconds=round(time.time() - claim.since, 1),
                **({"reason": ending.reason} if ending.reason else {}),
            )

    def _forget(self, claim: Claim) -> None:
        """Everything is where it was asked for: nothing is kept longer here."""
        self._documents.delete(claim.operation)
        self._store.delete(claim.operation)


class _Files:
    """The files beside one document, written for as long as its claim is ours."""

    def __init__(self, place: DropPlace, claims: Claims, claim: Claim) -> None:
        self._place = place
        self._claims = claims
        self._claim = claim
        #: Written so far.
        self.bytes = 0

    def write(self, suffix: str, file: Path) -> str:
        # A watcher that was asleep for longer than its lease must not put an older version's result over a newer one's.
        self._claims.renew(self._claim)
        self.bytes += file.stat().st_size
        return self._place.write(self._claim.name, suffix, file)

    def write_text(self, suffix: str, text: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "text"
            file.write_text(text)
            return self.write(suffix, file)

    def discard(self, suffix: str) -> None:
        self._claims.renew(self._claim)
        self._place.discard(self._claim.name, suffix)
