"""Outputs of a document. What its bytes are opened for is made in a process of its own, which may die of them."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from ocr_worker import outputs
from ocr_worker.memory_limit import watch_memory
from read_operations.errors import DocumentDamaged, ReadfleetError
from read_operations.logs import configure_logging
from read_operations.records import Operation, Output
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from read_operations.store import OperationStore, every_page

#: A document for which that is too short is given up.
_LONGEST_S: Final = 600
_GONE_S: Final = 5


class MakerDied(DocumentDamaged):
    """Making a PDF of the document broke off, or took too much memory. Print it to a new PDF."""


class Renderer:
    """Makes outputs, one at a time of those that need much memory."""

    def __init__(self, store: OperationStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._one = threading.Lock()
        self._context = multiprocessing.get_context("forkserver")
        # The server loads the libraries once; each child is a copy of it.
        self._context.set_forkserver_preload(["ocr_worker.outputs.searchable_pdf", __name__])

    def render(self, output: Output, operation: Operation, document: Path, target: Path) -> None:
        """Writes an output of a finished operation into a file.

        Raises:
            MakerDied: its process died, which may or may not be for the document.
            DocumentError: it cannot be made of this document.
            OperationNotFound: the operation expired or was deleted meanwhile.
        """
        if output.from_records:
            with target.open("wb") as file:
                pages = every_page(self._store, operation)
                outputs.render(output, operation.request, pages, document, file, self._settings)
            return
        with self._one:
            self._render_apart(operation, document, target)

    def close(self) -> None:
        """Lets a child that is at work end first."""
        with self._one:
            return

    def _render_apart(self, operation: Operation, document: Path, target: Path) -> None:
        ours, theirs = self._context.Pipe(duplex=False)
        child = self._context.Process(target=_child, args=(theirs, operation, document, target, self._settings))
        child.start()
        theirs.close()
        try:
            message = ours.recv() if ours.poll(_LONGEST_S) else None
        except EOFError as error:
            raise MakerDied from error
        finally:
            ours.close()
            child.join(_GONE_S)
            if child.is_alive():
                child.kill()
                child.join()
            child.close()
        if message is None:
            raise DocumentDamaged("Making a PDF of the document took too long. Print it to a new PDF.")
        if isinstance(message, ReadfleetError):
            raise message


def _child(pipe: Connection, operation: Operation, document: Path, target: Path, settings: Settings) -> None:
    configure_logging(settings, "drop")
    watch_memory(settings.child_memory_bytes)
    client = connect(settings)
    try:
        with target.open("wb+") as file:
            pages = every_page(RedisOperationStore(client, settings), operation)
            outputs.render(Output.PDF, operation.request, pages, document, file, settings)
    except ReadfleetError as error:
        pipe.send(error)
    else:
        pipe.send("done")
    finally:
        client.close()
