"""The parts of a service on one machine, and what each is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from readfleet.configuration import variable
from readfleet.data_folder import Folders
from readfleet.process import Program

#: A page that is being read gets so long; then its job waits in the store for the next start.
_WORKER_STOP_S: Final = 20.0
#: Longer than the gateway gives the requests that it is answering.
_GATEWAY_STOP_S: Final = 15.0


def environment(folders: Folders, workers: int | None) -> dict[str, str]:
    """Our own environment, with the settings that make the parts find each other."""
    settings: dict[str, str | Path] = {
        "redis_url": f"unix://{folders.socket}?db=0",
        "documents_dir": folders.documents,
        "run_dir": folders.run,
    }
    if workers is not None:
        settings["concurrency"] = str(workers)
    # What libraries warn each other about is no news to the user; the logs stay readable.
    quiet = {"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"), "PYTHONUNBUFFERED": "1"}
    ours = {variable(name): str(value) for name, value in settings.items()}
    return {**os.environ, **quiet, **ours, "TMPDIR": str(folders.temporary)}


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
