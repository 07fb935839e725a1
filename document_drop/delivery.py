"""From a finished operation to the files beside its document."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from api_gateway.wire.v3 import V3_2, operation_json
from document_drop.claims import Claim, Claims, Ending
from document_drop.names import ERROR, RESULT
from document_drop.place import DocumentChanged, DropPlace, Found, Mark, Standing
from document_drop.rendering import Renderer
from read_operations.documents import DocumentStore
from read_operations.errors import DocumentError, OperationNotFound, PageFailed, ReadfleetError
from read_operations.logs import get_logger
from read_operations.outputs import Output
from read_operations.records import Failure, Operation, Page, Status
from read_operations.settings import AfterSuccess, Settings
from read_operations.store import OperationStore

_log = get_logger(__name__)


class Notices(Protocol):
    """Tells others that a document is finished."""

    def tell(self, claim: Claim, mark: Mark, result: str) -> None:
        """Sends the notice; `result` is the name of the JSON that was written."""
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
        notices: Notices | None,
        settings: Settings,
    ) -> None:
        self._place = place
        self._claims = claims
        self._store = store
        self._documents = documents
        self._notices = notices
        self._settings = settings
        self._renderer = Renderer(settings)

    def deliver(self, claim: Claim, operation: Operation) -> None:
        """Puts the result of a finished operation beside its document. Doing it again gives the same files.

        Raises:
            OperationNotFound: it expired or was deleted meanwhile.
        """
        if operation.status is not Status.SUCCEEDED:
            self.refuse(claim, operation.failure or Failure.of(PageFailed()), pages=operation.total)
            self._forget(claim)
            return
        with tempfile.TemporaryDirectory() as folder:
            for output in claim.outputs:
                self._write_output(claim, operation, output, Path(folder))
            # The JSON last: once it is there, everything is.
            file = Path(folder) / "result.json"
            with file.open("wb") as target:
                for piece in operation_json(operation, self._pages(operation), V3_2):
                    target.write(piece.encode())
            result = self._place.write(claim.name, RESULT, file)
        self._place.discard(claim.name, ERROR)
        mark = Mark(
            standing=Standing.SUCCEEDED,
            operation=claim.operation,
            pages=operation.total,
            failed_pages=operation.failed,
        )
        departed = self._after_success(claim.found, mark)
        self._end(claim, mark, result, Ending(standing=Standing.SUCCEEDED, departed=departed))
        self._forget(claim)

    def refuse(self, claim: Claim, failure: Failure, *, pages: int = 0, dead: bool = False) -> None:
        """Says beside a document why it was not read."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "error.json"
            file.write_bytes(self.error_bytes(claim.name, failure, claim.operation))
            result = self._place.write(claim.name, ERROR, file)
        # Of an older version.
        self._place.discard(claim.name, RESULT)
        for output in Output:
            if output in claim.outputs:
                self._place.discard(claim.name, output.suffix)
        mark = Mark(standing=Standing.FAILED, operation=claim.operation, pages=pages, failed_pages=pages)
        self._place.mark(claim.found, mark)
        ending = Ending(standing=Standing.FAILED, reason=f"{failure.code}: {failure.message}", dead=dead)
        self._end(claim, mark, result, ending)

    def error_bytes(self, name: str, failure: Failure, operation: str | None = None) -> bytes:
        """What is written where a result would be."""
        error = {"code": failure.code, "message": failure.message}
        said = {"status": "failed", "source": name, **({"operationId": operation} if operation else {}), "error": error}
        return json.dumps(said, indent=1).encode()

    def close(self) -> None:
        """Ends what was started."""
        self._renderer.close()

    def _write_output(self, claim: Claim, operation: Operation, output: Output, folder: Path) -> None:
        file = folder / f"output-{output}"
        try:
            with self._documents.local(claim.operation) as document:
                self._renderer.render(output, operation.request, self._pages(operation), document, file)
        except (DocumentError, FileNotFoundError) as error:
            failure = Failure.of(error if isinstance(error, ReadfleetError) else PageFailed())
            _log.warning("an output could not be made", name=claim.name, output=output.value, reason=failure.message)
            file.write_bytes(self.error_bytes(claim.name, failure, claim.operation))
            self._place.write(claim.name, output.suffix + ERROR, file)
            self._place.discard(claim.name, output.suffix)
            return
        self._place.write(claim.name, output.suffix, file)
        file.unlink()

    def _pages(self, operation: Operation) -> Iterator[Page]:
        count = 0
        for page in self._store.pages(operation.id):
            yield page
            count += 1
        # A result that expires meanwhile must not become a shorter document.
        if count != operation.done:
            raise OperationNotFound

    def _after_success(self, found: Found, mark: Mark) -> bool:
        """Keeps, moves or deletes the document; whether it is there no longer."""
        if self._settings.drop_after_success is AfterSuccess.KEEP:
            self._place.mark(found, mark)
            return False
        with contextlib.suppress(DocumentChanged):
            if self._settings.drop_after_success is AfterSuccess.MOVE:
                self._place.move(found)
            else:
                self._place.delete(found)
        return True

    def _end(self, claim: Claim, mark: Mark, result: str, ending: Ending) -> None:
        if self._notices:
            # Before the claim ends: a notice may come twice, but not never.
            self._notices.tell(claim, mark, result)
        if self._claims.close(claim, ending):
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
