"""The `up` command: a whole service on one machine, for somebody at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from ocr_worker.models import fetch, names_for
from readfleet import samples
from readfleet.address import DEFAULT_ENDPOINT, check_free
from readfleet.client import ReadClient
from readfleet.complaints import complain
from readfleet.configuration import Configuration, variable
from readfleet.data_folder import Folders, open_folders
from readfleet.errors import ClientError, SettingsInvalid
from readfleet.programs import check_metrics_ports, watches
from readfleet.progress import Display
from readfleet.reading import Source, read_each
from readfleet.service import Service, has_own_store


def run(configuration: Configuration, host: str, port: int, *, sample: bool) -> int:
    """Runs the service until it is stopped.

    Returns:
        The exit code.

    Raises:
        ReadfleetError: something stands in the way; its message says what.
    """
    if variable("run_dir") in os.environ:
        raise SettingsInvalid(f"`readfleet up` makes its own run folder: unset {variable('run_dir')}.")
    settings = configuration.settings
    check_free(host, port)
    check_metrics_ports(settings, port)
    console = Console(stderr=True, highlight=False)
    say = _say(console)
    for line in (*configuration.notes, *configuration.doubts):
        say(line)
    with open_folders(settings.data_dir) as folders:
        fetch(settings.models_dir, names_for(settings.engine, settings.mode), say)
        service = Service(
            configuration,
            folders,
            host=host,
            port=port,
            logs=folders.logs,
            warn=say,
            during=_during(console),
        )

        async def when_ready() -> None:
            _welcome(service.url, _places(configuration, folders), _dropped(configuration, folders))
            if sample:
                await _read_samples(service.url, console)

        asyncio.run(service.run(when_ready))
    say("Stopped.")
    return 0


def _places(configuration: Configuration, folders: Folders) -> str:
    """A sentence that says where what is kept."""
    settings = configuration.settings
    results = str(folders.data) if has_own_store(configuration) else "your Redis"
    documents = str(folders.data)
    if settings.in_azure:
        documents = "Azure Blob Storage"
    elif "documents_dir" in settings.model_fields_set:
        documents = str(settings.documents_dir)
    both = f"Results are kept in {results}, documents in {documents}"
    if results == documents:
        both = f"Results and documents are kept in {results}"
    return f"{both}, logs in {folders.logs}"


def _dropped(configuration: Configuration, folders: Folders) -> list[str]:
    """A sentence about the drop folder, where there is one of our own."""
    if watches(configuration) or not has_own_store(configuration):
        return []
    return [f"or put a file into {folders.drop / 'inbox'}, and find what was read in {folders.drop / 'results'}"]


def _welcome(url: str, places: str, dropped: list[str]) -> None:
    letter = shlex.quote(str(samples.paths()[0]))
    elsewhere = "" if url == DEFAULT_ENDPOINT else f" --endpoint {url}"
    lines = [
        f"Readfleet reads documents at {url}",
        "",
        "Try it in another terminal:",
        f"  {_command()} read{elsewhere} {letter}",
        "or with curl, then ask for the result at the Operation-Location it answers:",
        f"  curl -i -H 'Content-Type: application/octet-stream' --data-binary @{letter} {url}/vision/v3.2/read/analyze",
        *dropped,
        "",
        places,
        "Ctrl-C stops it.",
    ]
    for line in lines:
        # Never wrapped: the commands are there to be copied.
        print(line, flush=True)


async def _read_samples(url: str, console: Console) -> None:
    sources = [Source(name=path.name, path=path) for path in samples.paths()]
    client = ReadClient(url, timeout_s=300)
    with Display(console) as display, contextlib.suppress(asyncio.CancelledError):
        try:
            async for outcome in read_each(sources, client, display=display):
                with display.aside():
                    text = outcome.answer.text if outcome.answer else f"not read: {outcome.error}"
                    print(f"\n==> {outcome.source.name} <==\n{text}", flush=True)
        except ClientError as error:
            complain(f"The samples were not read: {error.message}")


def _command() -> str:
    """How this program is called from another terminal: it may be in an environment that is not active there."""
    return "readfleet" if shutil.which("readfleet") else shlex.quote(str(Path(sys.executable).with_name("readfleet")))


def _during(console: Console) -> Callable[[str], contextlib.AbstractContextManager[None]]:
    """Shows what is being done: by a spinner on a terminal, by a line elsewhere."""

    @contextlib.contextmanager
    def during(text: str) -> Iterator[None]:
        if console.is_terminal:
            with console.status(text):
                yield
        else:
            _say(console)(text)
            yield

    return during


def _say(console: Console) -> Callable[[str], None]:
    """Prints a line for the user, whole: neither wrapped nor read as markup."""

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    return say
