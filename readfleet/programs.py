"""The parts of a service on one machine, and what each is told."""

from __future__ import annotations

import os
import sys
from typing import Final

from readfleet.configuration import Configuration, variable
from readfleet.data_folder import Folders
from readfleet.process import Program

#: A page that is being read gets so long; then its job waits in the store for the next start.
_WORKER_STOP_S: Final = 20.0
#: Longer than the gateway gives the requests that it is answering.
_GATEWAY_STOP_S: Final = 15.0


def environment(configuration: Configuration, folders: Folders, *, own_store: bool) -> dict[str, str]:
    """The environment of the parts: what we were told, and the settings that make them find each other."""
    settings = configuration.settings
    documents = settings.documents_dir if "documents_dir" in settings.model_fields_set else folders.documents
    found = {"documents_dir": str(documents), "run_dir": str(folders.run)}
    if own_store:
        found["redis_url"] = f"unix://{folders.socket}?db=0"
    # What libraries warn each other about is no news to the user; the logs stay readable.
    quiet = {"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"), "PYTHONUNBUFFERED": "1"}
    ours = {variable(name): value for name, value in found.items()}
    return {**configuration.environment, **quiet, **ours, "TMPDIR": str(folders.temporary)}


def readfleet_programs(environment: dict[str, str], host: str, port: int) -> list[Program]:
    """Sweeper, worker and gateway, in the order they are started."""
    return [
        Program(name="sweep", title="The sweeper", command=_command("sweep"), environment=environment),
        Program(
            name="worker",
            title="The worker",
            command=_command("worker"),
            environment=environment,
            stop_timeout_s=_WORKER_STOP_S,
        ),
        Program(
            name="gateway",
            title="The gateway",
            command=_command("gateway", "--host", host, "--port", str(port)),
            environment=environment,
            stop_timeout_s=_GATEWAY_STOP_S,
        ),
    ]


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "readfleet", *arguments)
