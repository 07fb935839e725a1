"""The end of an operation: from stored pages to a final record."""

from __future__ import annotations

from read_operations.logs import get_logger
from read_operations.records import Failure, Status
from read_operations.store import OperationStore

log = get_logger(__name__)


def conclude(store: OperationStore, id: str) -> None:
    """Sets the final status of an operation whose pages are all stored.

    It has succeeded if any page was read; the failed ones say so themselves. If none was, it fails for the reason of
    the first of them. Calling it again changes nothing.
    """
    operation = store.get(id)
    if operation.failed < operation.total:
        first = store.finish(id, Status.SUCCEEDED)
    else:
        page = next(store.pages(id), None)
        failure = (
            page.failure if page and page.failure else Failure(code="FailedToProcess", message="No page was read.")
        )
        first = store.finish(id, Status.FAILED, failure)
    if first:
        log.info("operation finished", operation=id, pages=operation.total, failed=operation.failed)
