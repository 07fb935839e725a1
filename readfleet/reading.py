"""The `read` command: documents in, their text out, several at a time and in the order they were named."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from read_operations.errors import ReadfleetError
from read_operations.records import Output
from readfleet.client import Answer, ReadClient
from readfleet.complaints import complain
from readfleet.errors import ClientError, CommandError, ServiceUnreachable
from readfleet.forms import write_form
from readfleet.progress import Display

_STDIN: Final = "-"
#: The form that is no `Output`: the service's own.
JSON: Final = "json"
#: Documents uploaded or being read at once: enough to keep a machine's workers busy.
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document: what the user calls it, and the file that holds it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a document: an answer or an error."""

    source: Source
    answer: Answer | None = None
    error: str = ""


def run(
    files: Sequence[str],
    *,
    endpoint: str,
    form: str,
    pages: str | None,
    language: str | None,
    output: Path | None,
    timeout_s: float,
) -> int:
    """Reads the files and prints or writes what was read.

    Args:
        files: the documents' names; - stands for standard input.
        endpoint: where the service is.
        form: an `Output`, or `JSON`.
        pages: the pages to read, all if None.
        language: what the documents' language is said to be.
        output: the folder to write into, if not to standard output.
        timeout_s: how long to wait for a document.

    Returns:
        The exit code: 1 when a document or a page of one could not be read.
    """
    with tempfile.TemporaryDirectory(prefix="readfleet-read-") as scratch:
        # Each is taken once, however often it is named: what comes from a pipe comes but once.
        taken = {file: _source(file, Path(scratch, str(number))) for number, file in enumerate(dict.fromkeys(files))}
        sources = [taken[file] for file in files]
        if output is not None:
            _check_output(sources, output)
        elif len(sources) > 1 and form not in (JSON, Output.TEXT):
            raise CommandError(f"Several files as {form} cannot be printed one after the other; add --output DIR.")
        elif form == Output.PDF and sys.stdout.isatty():
            raise CommandError("A PDF is nothing to look at in a terminal; add --output DIR, or > FILE.pdf.")
        client = ReadClient(endpoint, timeout_s=timeout_s)

        async def go() -> int:
            failed = 0
            with Display() as display:
                async for outcome in read_each(sources, client, pages=pages, language=language, display=display):
                    with display.aside():
                        failed += _report(outcome)
                        if outcome.answer is not None:
                            alone = len(sources) == 1
                            # In a thread, as making a PDF of a book takes long and the other documents go on.
                            failed += await asyncio.to_thread(
                                _deliver, outcome.answer, outcome.source, output, form, alone=alone
                            )
            return failed

        return 1 if asyncio.run(go()) else 0


async def read_each(
    sources: Sequence[Source],
    client: ReadClient,
    *,
    pages: str | None = None,
    language: str | None = None,
    display: Display,
) -> AsyncIterator[Outcome]:
    """Reads the documents a bounded number at a time; yields what became of them, in order.

    Raises:
        ServiceUnreachable: there never was a service, so there is no need to try the others.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def read(source: Source) -> Outcome:
        async with places:
            with display.document(source.name) as progress:
                try:
                    answer = await client.read(source.path, pages=pages, language=language, progress=progress)
                except ClientError as error:
                    if isinstance(error, ServiceUnreachable) and not client.answered:
                        raise
                    return Outcome(source=source, error=error.message)
                except OSError as error:
                    return Outcome(source=source, error=f"cannot be read: {error.strerror}")
                return Outcome(source=source, answer=answer)

    async with client:
        tasks = [asyncio.create_task(read(source)) for source in sources]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _source(file: str, copy: Path) -> Source:
    """The document of that name; what is no file becomes one, as an upload has a length and may have to be repeated."""
    name = "stdin" if file == _STDIN else file
    if file != _STDIN and not _is_stream(Path(file)):
        return Source(name=name, path=Path(file))
    try:
        with (
            contextlib.nullcontext(sys.stdin.buffer) if file == _STDIN else Path(file).open("rb") as stream,
            copy.open("wb") as target,
        ):
            shutil.copyfileobj(stream, target)
    except OSError as error:
        raise CommandError(f"{name} cannot be copied: {error.strerror}.") from error
    return Source(name=name, path=copy)


def _is_stream(path: Path) -> bool:
    """Whether it is a pipe, a device or the like, which has no size."""
    try:
        mode = path.stat().st_mode
    except OSError:  # which is told when the document's turn comes
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _check_output(sources: Sequence[Source], output: Path) -> None:
    names = [Path(source.name).name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"Several of the files are called {name}; with --output each needs a name of its own.")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"The folder {output} cannot be made: {error.strerror}.") from error


def _report(outcome: Outcome) -> bool:
    """Says what went wrong; whether anything did."""
    problems = outcome.answer.failures if outcome.answer is not None else [outcome.error]
    for problem in problems:
        complain(f"{outcome.source.name}: {problem}")
    return bool(problems)


def _deliver(answer: Answer, source: Source, output: Path | None, form: str, *, alone: bool) -> bool:
    """Prints or writes what was read; whether that failed."""
    if form in (JSON, Output.TEXT):
        if output is None:
            _print(answer, source, form, alone=alone)
            return False
        text = answer.text if form == Output.TEXT else json.dumps(answer.body, ensure_ascii=False, indent=2)
        name = Path(source.name).name + (Output.TEXT.suffix if form == Output.TEXT else ".json")
        _write(output / name, lambda file: file.write(text.encode() + b"\n"))
        return False
    try:
        if output is None:
            with tempfile.TemporaryFile() as made:  # which can be written in any order, unlike a pipe
                write_form(Output(form), answer, source.path, made)
                made.seek(0)
                shutil.copyfileobj(made, sys.stdout.buffer)
                sys.stdout.buffer.flush()
        else:
            path = output / (Path(source.name).name + Output(form).suffix)
            _write(path, lambda file: write_form(Output(form), answer, source.path, file))
    except CommandError:
        raise
    except ReadfleetError as error:
        complain(f"{source.name}: {error.message}")
        return True
    return False


def _print(answer: Answer, source: Source, form: str, *, alone: bool) -> None:
    # JSON can carry any character in any encoding, so that nothing need be replaced in it.
    escaped = not (sys.stdout.encoding or "").lower().startswith("utf")
    if form == Output.TEXT:
        print(answer.text if alone else f"==> {source.name} <==\n{answer.text}\n", flush=True)
    elif alone:
        print(json.dumps(answer.body, ensure_ascii=escaped, indent=2), flush=True)
    else:
        print(json.dumps({"file": source.name, **answer.body}, ensure_ascii=escaped), flush=True)


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Writes a file that appears whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            fill(file)
        part.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
