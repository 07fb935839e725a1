"""The `readfleet` command. Each subcommand imports what it needs, so that none pays for another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from readfleet.address import DEFAULT_ENDPOINT, DEFAULT_HOST, DEFAULT_PORT, check_free
from readfleet.complaints import Commands, require, require_engine
from readfleet.configuration import Configuration, load_configuration, load_settings

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    # Locals in a traceback could show documents and passwords.
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Reads documents on your own CPUs, answering the calls of the Azure Read container.",
    epilog="Settings come from environment variables named READFLEET_*; flags win over them. "
    "Those of the Read container are taken as well, as NAME=VALUE or from the environment.",
)

#: Settings of the container may begin with dashes; what nobody knows is refused where they are read.
_TAKES_SETTINGS: Final = {"ignore_unknown_options": True}

# No environment variables for these two: beside a Kubernetes service named readfleet, READFLEET_PORT is an URL.
Host = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all.", show_default=DEFAULT_HOST)]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.", show_default=str(DEFAULT_PORT))]
Arguments = Annotated[list[str] | None, typer.Argument(metavar="NAME=VALUE", help="Settings of the Read container.")]
DataOfUp = Annotated[Path | None, typer.Option("--data", help="Data folder of the `readfleet up` that is meant.")]

dead_letters = typer.Typer(no_args_is_help=True, help="Pages and operations that were given up: list, retry, clear.")
app.add_typer(dead_letters, name="dead-letters")


class OutputFormat(StrEnum):
    """What `read` prints."""

    TEXT = "text"
    JSON = "json"
    HOCR = "hocr"
    ALTO = "alto"
    PDF = "pdf"


def _address(configuration: Configuration, host: str | None, port: int | None) -> tuple[str, int]:
    said_host, said_port = configuration.address or (DEFAULT_HOST, DEFAULT_PORT)
    return host or said_host, port or said_port


def _version(wanted: bool) -> None:
    if wanted:
        from read_operations.version import __version__

        typer.echo(f"readfleet {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Reads documents on your own CPUs, answering the calls of the Azure Read container."""


@app.command(context_settings=_TAKES_SETTINGS)
def up(
    arguments: Arguments = None,
    host: Host = None,
    port: Port = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that keeps results and documents; by default the user's data folder.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Pages read at once; by default one a core.", show_default=False)
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Read the bundled sample documents once it is up.")] = False,
) -> None:
    """Start everything on this machine: store, gateway and workers. Ctrl-C stops it."""
    require("local")
    configuration = load_configuration(arguments or (), data_dir=data, concurrency=workers)
    require_engine(configuration.settings)
    from readfleet import up as up_command

    raise typer.Exit(up_command.run(configuration, *_address(configuration, host, port), sample=sample))


@app.command(context_settings=_TAKES_SETTINGS)
def container(arguments: Arguments = None) -> None:
    """Start everything in a container, as its entry point: listens on 0.0.0.0:5000, logs to standard output."""
    require("local")
    from readfleet import container as container_command

    raise typer.Exit(container_command.run(arguments or ()))


@app.command(context_settings=_TAKES_SETTINGS)
def gateway(arguments: Arguments = None, host: Host = None, port: Port = None) -> None:
    """Run the HTTP side: takes documents, answers with what was read."""
    require("gateway")
    configuration = load_configuration(arguments or ())
    address = _address(configuration, host, port)
    check_free(*address)
    configuration.announce("gateway")
    from api_gateway import server

    raise typer.Exit(server.run(configuration.settings, *address))


@app.command(context_settings=_TAKES_SETTINGS)
def worker(
    arguments: Arguments = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Pages read at once; by default one a core.", show_default=False)
    ] = None,
) -> None:
    """Run a worker: reads the pages of documents. Ends with 78 on a CPU that cannot."""
    require("worker")
    configuration = load_configuration(arguments or (), concurrency=concurrency)
    require_engine(configuration.settings)
    configuration.announce("worker")
    from ocr_worker import worker as worker_process

    raise typer.Exit(worker_process.run(configuration.settings))


@app.command(context_settings=_TAKES_SETTINGS)
def sweep(arguments: Arguments = None) -> None:
    """Run the sweeper: brings back lost work and removes what has expired. One is enough, several do no harm."""
    configuration = load_configuration(arguments or ())
    configuration.announce("sweep")
    from ocr_worker import sweeper

    raise typer.Exit(sweeper.run(configuration.settings))


@app.command()
def check() -> None:
    """Read a bundled page here, without a service: are CPU, models and engine right? Ends with 78 if not."""
    require("worker")
    settings = load_settings()
    require_engine(settings)
    from readfleet import check as check_command

    raise typer.Exit(check_command.run(settings))


@app.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
def bench(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="OPTION...", help="--help lists them.")] = None,
) -> None:
    """Compare the modes with other programs, page by page on this machine. Needs the sources."""
    from readfleet import bench as bench_command

    raise typer.Exit(bench_command.run(arguments or ()))


@app.command()
def status(
    endpoint: Annotated[
        str, typer.Option(envvar="READFLEET_ENDPOINT", metavar="URL", help="Where the gateway, or its metrics, are.")
    ] = DEFAULT_ENDPOINT,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")] = False,
) -> None:
    """Show what a running service has before it, does and has done. Ends with 1 if its storage does not answer."""
    from readfleet import status as status_command

    raise typer.Exit(status_command.run(endpoint, watch=watch))


@app.command()
def cancel(
    operations: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids of operations, or their Operation-Location.")
    ],
    endpoint: Annotated[
        str, typer.Option(envvar="READFLEET_ENDPOINT", metavar="URL", help="Where the service is.")
    ] = DEFAULT_ENDPOINT,
) -> None:
    """Take documents back: operations go with document and result, whether they wait, are being read or finished.

    A page that is just being read is read to its end, and forgotten.
    Of an Operation-Location only the id at its end counts: the service that is asked is that of --endpoint.
    Ends with 1 if an id is not known, or the service does not answer.
    """
    from readfleet import cancelling

    raise typer.Exit(cancelling.run(operations, endpoint=endpoint))


@app.command(context_settings=_TAKES_SETTINGS)
def drop(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[status] NAME=VALUE", help="status shows how it stands; settings of the container."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="For status: data folder of the `readfleet up` whose drop it is.")
    ] = None,
) -> None:
    """Watch a folder or a blob container for documents, and put the results beside them."""
    words = arguments or []
    shows = words[:1] == ["status"]
    configuration = load_configuration(words[shows:], data_dir=data)
    if shows:
        from readfleet import drop as drop_command

        raise typer.Exit(drop_command.status(configuration.settings, up=data is not None))
    configuration.announce("drop")
    from document_drop import process

    raise typer.Exit(process.run(configuration.settings))


@dead_letters.command("list")
def list_dead_letters(data: DataOfUp = None) -> None:
    """List what was given up, the last first: time, operation, page, tries, reason."""
    from readfleet import dead_letters as command

    raise typer.Exit(command.show(load_settings(data_dir=data), up=data is not None))


@dead_letters.command("retry")
def retry_dead_letters(
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="Id of the operation.")], data: DataOfUp = None
) -> None:
    """Read again what was given up of an operation, while its document is there. What was read stays."""
    from readfleet import dead_letters as command

    raise typer.Exit(command.retry(load_settings(data_dir=data), operation, up=data is not None))


@dead_letters.command("clear")
def clear_dead_letters(data: DataOfUp = None) -> None:
    """Empty the list. The operations stay as they are, and can no longer be retried."""
    from readfleet import dead_letters as command

    raise typer.Exit(command.clear(load_settings(data_dir=data), up=data is not None))


@app.command()
def models(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Models or groups of them: fast, cascade, accurate, onnx, paddle; by default all."),
    ] = None,
    dir: Annotated[
        Path | None, typer.Option("--dir", help="Where they are kept; by default the user's cache folder.")
    ] = None,
) -> None:
    """Fetch the model weights that are missing, and check those that are there."""
    settings = load_settings(models_dir=dir)
    from ocr_worker.models import fetch, select

    chosen = select(names or None)
    fetch(settings.models_dir, [model.name for model in chosen], typer.echo)
    typer.echo(f"{len(chosen)} models are in {settings.models_dir}")


@app.command()
def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Documents; - stands for standard input.")],
    endpoint: Annotated[
        str, typer.Option(envvar="READFLEET_ENDPOINT", metavar="URL", help="Where the service is.")
    ] = DEFAULT_ENDPOINT,
    format: Annotated[
        OutputFormat,
        typer.Option("--format", help="Lines of text, the service's JSON, hOCR, ALTO, or a PDF that can be searched."),
    ] = OutputFormat.TEXT,
    pages: Annotated[str | None, typer.Option(help="Only these pages, such as 1-3,5,8-.")] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="Code such as de; given back with the result, and chooses workers where some are kept for it."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write FILE.txt, FILE.json, … here instead of printing.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for a document.")] = 3600,
) -> None:
    """Read documents with a running service and print their text.

    Pages are parted by an empty line, several files by headers. With --format json several files become one line each.
    A PDF is the document itself with its text behind its pages, and is made on this machine, as hOCR and ALTO are.
    Ends with 1 if anything could not be read.
    """
    if format is OutputFormat.PDF:
        require("worker")
    from readfleet import reading

    raise typer.Exit(
        reading.run(
            files,
            endpoint=endpoint,
            form=format.value,
            pages=pages,
            language=language,
            output=output,
            timeout_s=timeout,
        )
    )
