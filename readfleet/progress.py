"""How far documents have come, on a terminal's standard error; elsewhere nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn


class Display:
    """One line for each document under way; gone when all are done."""

    def __init__(self, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            # What is printed in the meantime goes where it belongs: see `aside`.
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.__exit__(kind, error, traceback)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Takes the lines off the terminal for as long as the context lasts, so that others can be printed."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    @contextlib.contextmanager
    def document(self, name: str) -> Iterator[DocumentProgress]:
        """The line of a document, for as long as the context lasts."""
        task = self._progress.add_task(name, total=None, state="waiting")
        try:
            yield DocumentProgress(self._progress, task)
        finally:
            self._progress.remove_task(task)


class DocumentProgress:
    """See `readfleet.client.Progress`."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def uploaded(self, done: int, total: int) -> None:
        """See `readfleet.client.Progress.uploaded`."""
        self._progress.update(self._task, completed=done, total=total, state="uploading")

    def reading(self) -> None:
        """See `readfleet.client.Progress.reading`."""
        self._progress.update(self._task, completed=0, total=None, state="reading")
