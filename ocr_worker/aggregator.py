"""The end of an operation: from stored pages to a final record."""

from __future__ import annotations

from read_operations.errors import DeadlinePassed, OperationNotFound, PageFailed, ReadfleetError
from read_operations.logs import get_logger
from read_operations.records import Failure, Format, Operation, Page, Request, Status, Unit
from read_operations.store import OperationStore

_log = get_logger(__name__)


def conclude(store: OperationStore, id: str) -> None:
    """Sets the final status of an operation whose pages are all stored.

    It has succeeded if any page was read; the failed ones say so themselves. If none was, it fails for the reason of
    the first of them. Calling it again changes nothing.
    """
    try:
        operation = store.get(id)
    except OperationNotFound:  # deleted a moment ago
        return
    if operation.failed < operation.total:
        first = store.finish(id, Status.SUCCEEDED)
    else:
        page = next(store.pages(id), None)
        first = store.finish(id, Status.FAILED, (page and page.failure) or Failure.of(PageFailed()))
    if first:
        _log.info("operation finished", operation=id, pages=operation.total, failed=operation.failed)


def end_late(store: OperationStore, operation: Operation) -> None:
    """Ends an operation whose deadline has passed: what was read is kept, what was not has failed."""
    _log.warning("deadline passed", operation=operation.id, pages=operation.total, done=operation.done)
    error = DeadlinePassed()
    if not operation.total:
        store.finish(operation.id, Status.FAILED, Failure.of(error), given_up=True)
        return
    for page in store.unread(operation.id):
        store.commit(operation.id, failed_page(operation.request, page, error), given_up=True)
    conclude(store, operation.id)


def failed_page(request: Request, number: int, error: ReadfleetError, size: tuple[float, float] = (0, 0)) -> Page:
    """The page that stands for one that could not be read; a size of 0 is one that is not known."""
    width, height = size
    unit = Unit.INCH if request.format is Format.PDF else Unit.PIXEL
    return Page(number=number, width=width, height=height, unit=unit, failure=Failure.of(error))
