"""The `container` command: a whole service as the entry point of a container image."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ocr_worker.models import fetch, names_for
from read_operations.logs import get_logger
from readfleet.address import DEFAULT_PORT, check_free
from readfleet.complaints import require_engine
from readfleet.configuration import Configuration, load_configuration
from readfleet.data_folder import open_folders
from readfleet.programs import check_metrics_ports
from readfleet.service import Service, has_own_store

_log = get_logger(__name__)

_HOST: Final = "0.0.0.0"
#: Where the original keeps results unless told otherwise: who mounts a volume there need not say so.
_SHARE: Final = Path("/share")


def run(arguments: Sequence[str]) -> int:
    """Runs the service until it is stopped.

    Args:
        arguments: settings in the names of the Read container.

    Returns:
        The exit code.

    Raises:
        ReadfleetError: something stands in the way; its message says what.
    """
    configuration = _configuration(arguments)
    require_engine(configuration.settings)
    # Standard output, as the original: there are scripts that look for its lines there.
    configuration.announce("container", sys.stdout)
    _look_at_documents(configuration)
    _look_at_queue(configuration)
    host, port = configuration.address or (_HOST, DEFAULT_PORT)
    settings = configuration.settings
    check_free(host, port, choose=f"urls=http://+:{DEFAULT_PORT + 1}")
    check_metrics_ports(settings, port)
    # Several containers may share the folder where they share a Redis: nothing but documents lies in it then.
    with open_folders(settings.data_dir, alone=has_own_store(configuration)) as folders:
        fetch(settings.models_dir, names_for(settings.engine, settings.mode), _log.info)
        service = Service(configuration, folders, host=host, port=port, logs=None, warn=_log.warning, during=_during)

        async def when_ready() -> None:
            _log.info(f"Readfleet reads documents at {service.url}")

        asyncio.run(service.run(when_ready))
    _log.info("Stopped.")
    return 0


def _configuration(arguments: Sequence[str]) -> Configuration:
    configuration = load_configuration(arguments)
    if "data_dir" not in configuration.settings.model_fields_set and os.access(_SHARE, os.W_OK):
        return load_configuration(arguments, data_dir=_SHARE)
    return configuration


def _look_at_documents(configuration: Configuration) -> None:
    settings = configuration.settings
    named = settings.in_azure or {"data_dir", "documents_dir"} & settings.model_fields_set
    if not has_own_store(configuration) and not named:
        _log.warning(
            "Documents stay inside this container. If others use the same Redis, give all of them one place for "
            "documents: Mounts:Shared or Storage:ObjectStore:AzureBlob:ConnectionString."
        )


def _look_at_queue(configuration: Configuration) -> None:
    settings = configuration.settings
    if settings.azure_queue_connection_string is None or settings.drop_queue or settings.drop_notices_queue:
        return
    _log.info("Queue:Azure:ConnectionString is not needed here and ignored: jobs are queued in Redis.")
    if has_own_store(configuration):
        # In the original it makes one fleet of several containers, which a Redis does here.
        _log.warning(
            "This container shares no work and no results with others. If there are several, name one Redis for all of "
            "them: Cache:Redis:Configuration."
        )


@contextlib.contextmanager
def _during(text: str) -> Iterator[None]:
    _log.info(text)
    yield
