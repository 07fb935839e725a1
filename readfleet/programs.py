"""The parts of a service on one machine, and what each is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final

from ocr_worker.cpu import with_huge_pages
from read_operations.settings import Settings
from readfleet.configuration import Configuration, variable
from readfleet.data_folder import Folders
from readfleet.errors import SettingsInvalid
from readfleet.process import Program

#: A page that is being read gets so long; then its job waits in the store for the next start.
_WORKER_STOP_S: Final = 20.0
#: Longer than the gateway gives the requests that it is answering.
_GATEWAY_STOP_S: Final = 15.0
#: One for each part; see `readfleet_programs`.
_METRICS_PORTS: Final = 4
_LAST_PORT: Final = 65535


def arranged(configuration: Configuration, folders: Folders, *, own_store: bool) -> dict[str, str]:
    """The settings that make the parts find each other, by name."""
    settings = configuration.settings
    documents = settings.documents_dir if "documents_dir" in settings.model_fields_set else folders.documents
    found = {"documents_dir": str(documents.absolute()), "run_dir": str(folders.run)}
    if own_store:
        found |= {"redis_url": f"unix://{folders.socket}?db=0", "redis_password": ""}
        if not watches(configuration):
            found["drop_folder"] = str(folders.drop)
    return found


def environment(configuration: Configuration, arranged: Mapping[str, str], folders: Folders) -> dict[str, str]:
    """The environment of the parts: what we were told, and over it what was arranged."""
    # What libraries warn each other about is no news to the user; the logs stay readable.
    quiet = {"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore"), "PYTHONUNBUFFERED": "1"}
    ours = {variable(name): value for name, value in arranged.items()}
    return {**configuration.environment, **quiet, **ours, "TMPDIR": str(folders.temporary)}


def watches(configuration: Configuration) -> bool:
    """Whether the service was told where documents are dropped."""
    return bool(configuration.settings.drop_container or configuration.settings.drop_folder)


def check_metrics_ports(settings: Settings, port: int) -> None:
    """Makes sure that the ports in a row for metrics exist, and are not the service's own.

    Raises:
        SettingsInvalid: they do not, or it is among them.
    """
    if not (settings.metrics and settings.metrics_port):
        return
    ports = range(settings.metrics_port, settings.metrics_port + _METRICS_PORTS)
    if port in ports or ports[-1] > _LAST_PORT:
        raise SettingsInvalid(
            f"{variable('metrics_port')}: metrics take this port and the {_METRICS_PORTS - 1} behind it. Choose one up "
            f"to {_LAST_PORT - _METRICS_PORTS + 1}, so that the service's own port, {port}, is not among them."
        )


def readfleet_programs(
    environment: dict[str, str], host: str, port: int, metrics_port: int | None = None, *, drop: bool
) -> list[Program]:
    """Sweeper, worker and gateway, in the order they are started, and the watcher of a drop if there is one.

    Their metrics are at ports in a row: gateway, worker, sweeper, drop.
    """

    def measured(offset: int) -> dict[str, str]:
        if metrics_port is None:
            return environment
        name = variable("metrics_port")
        others = {each: value for each, value in environment.items() if each.upper() != name}
        return {**others, name: str(metrics_port + offset)}

    programs = [
        Program(name="sweep", title="The sweeper", command=_command("sweep"), environment=measured(2)),
        Program(
            name="worker",
            title="The worker",
            command=_command("worker"),
            environment=with_huge_pages(measured(1)),
            stop_timeout_s=_WORKER_STOP_S,
        ),
        Program(
            name="gateway",
            title="The gateway",
            command=_command("gateway", "--host", host, "--port", str(port)),
            environment=measured(0),
            stop_timeout_s=_GATEWAY_STOP_S,
        ),
    ]
    if drop:
        programs.append(Program(name="drop", title="The drop", command=_command("drop"), environment=measured(3)))
    return programs


def _command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "readfleet", *arguments)
