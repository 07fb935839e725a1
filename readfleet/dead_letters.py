"""The `dead-letters` command: what was given up, and another try for it."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sys
import textwrap
from typing import Final

from document_drop import letters
from read_operations.document_stores import document_store
from read_operations.errors import OperationNotFound
from read_operations.printable import printable
from read_operations.queue import CeleryQueue, celery_app, queue_of
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.store import SPLIT, OperationStore
from readfleet.errors import CommandError
from readfleet.running import Reach, settings_meant

_INDENT: Final = "    "


def show(settings: Settings, *, up: bool = False) -> int:
    """Prints what was given up, the last first; the exit code.

    Raises:
        CommandError: the records cannot be reached, for the reason that is named.
        StorageUnavailable: or not any more.
    """
    settings = settings_meant(settings, up=up)
    with contextlib.closing(connect(settings)) as client:
        listed = list(RedisOperationStore(client, settings).dead_letters())
        dropped = letters.letters(client, settings)
    for each in listed:
        for given_up in each.letters:
            page = "all pages" if given_up.page == SPLIT else f"page {given_up.page}"
            row = f"{_time(given_up.at)}  {each.operation.id}  {page}, tries: {given_up.attempts}"
            _show(row, f"{given_up.failure.code}: {given_up.failure.message}")
    for letter in dropped:
        _show(f"{_time(letter.at)}  {letter.what} {letter.name}", letter.reason)
    if not listed and not dropped:
        print("There are no dead letters.")
    return 0


def retry(settings: Settings, id: str, *, up: bool = False) -> int:
    """Has what was given up of an operation read again; the exit code.

    Raises:
        CommandError: it cannot be, for the reason that is named.
        StorageUnavailable: the records cannot be reached any more.
    """
    settings = settings_meant(settings, up=up, reach=Reach.DOCUMENTS)
    with contextlib.closing(connect(settings)) as client:
        store = RedisOperationStore(client, settings)
        try:
            count = _letters(store, id)
        except OperationNotFound as error:
            raise CommandError(_why_gone(letters.dropped_as(client, settings, id), id)) from error
        if not document_store(settings).exists(id):
            raise CommandError(f"The document of {id} is no longer there. Submit it again.")
        pages = store.retry(id)
        if not pages:
            raise CommandError(f"Somebody else was quicker: {id} has no dead letters any more.")
        operation = store.get(id)
        queue = CeleryQueue(celery_app(settings), client, settings)
        # What is not enqueued when this is stopped, the sweeper brings back.
        for page in pages:
            queue.enqueue(id, page, queue_of(operation.request, page, operation.total, settings))
    what = "its document" if pages == [SPLIT] else "1 page" if count == 1 else f"{count} pages"
    print(f"{id} is open again: {what} will be read.")
    return 0


def clear(settings: Settings, *, up: bool = False) -> int:
    """Empties the list; the exit code.

    Raises:
        CommandError: the records cannot be reached, for the reason that is named.
        StorageUnavailable: or not any more.
    """
    settings = settings_meant(settings, up=up)
    with contextlib.closing(connect(settings)) as client:
        count = RedisOperationStore(client, settings).clear_dead_letters()
        dropped = letters.clear(client, settings)
    print(f"Dead letters of {count} operations were removed{f', and {dropped} of drops' if dropped else ''}.")
    return 0


def _show(row: str, reason: str) -> None:
    """Prints a row, and below it the reason: whole for a program that reads it, in lines for a terminal."""
    print(printable(row))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    print(textwrap.fill(printable(reason), width, initial_indent=_INDENT, subsequent_indent=_INDENT))


def _time(at: float) -> str:
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%d %H:%M:%S}Z"


def _letters(store: OperationStore, id: str) -> int:
    """How many pages of the operation were given up, if it can be retried.

    Raises:
        CommandError: nothing was, or it is still being read.
        OperationNotFound: there is none.
    """
    operation = store.get(id)
    letters = next((each.letters for each in store.dead_letters() if each.operation.id == id), ())
    if not letters:
        raise CommandError(f"Nothing of {id} was given up. `readfleet dead-letters` lists what was.")
    if not operation.status.final:
        raise CommandError(f"{id} is still being read. Wait until it is finished.")
    return len(letters)


def _why_gone(dropped: str | None, id: str) -> str:
    if dropped is None:
        return (
            f"There is no operation {id}. It may have expired: submit its document again. That of a dropped document "
            "goes with its result: drop the document again."
        )
    return (
        f"{id} went when it was told beside the dropped document {printable(dropped)}. Drop that again, or replace it: "
        "a new version is read."
    )
