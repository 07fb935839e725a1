"""The names of the Read container's settings, and what becomes of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from read_operations import container_values as values


@dataclass(frozen=True, slots=True, kw_only=True)
class Honoured:
    """A setting that there is something for here."""

    #: As the documentation of the container writes it.
    name: str
    #: Completes the sentence "… takes".
    takes: str
    #: Our settings by name; for `LISTEN` none.
    convert: Callable[[str], dict[str, Any]]
    #: For the documentation.
    becomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNeeded:
    """A setting that is taken and ignored."""

    #: With a star at its end it stands for every name that begins so.
    name: str
    because: str
    #: Whether an environment variable of this name is the container's; others have uses of their own for it.
    in_environment: bool = True


_LISTEN_TAKES: Final = "http:// addresses such as http://+:5000; TLS is left to a proxy"
_NO_KEY: Final = "nothing is metered and no key is checked"
_NO_REPORT: Final = "nothing is reported to anyone"
_NO_LICENCE: Final = "there is no licence to load"
_CONSOLE: Final = "logs go to the console"
_QUEUE: Final = "jobs are queued in Redis, which Cache:Redis:Configuration names"
_CLOCK: Final = "the system's clock is used"
_SERVER: Final = "another web server is used here"


def _elsewhere(_: str) -> dict[str, Any]:
    """Nothing among the settings: `ContainerSettings.address` has it."""
    return {}


#: Of two that say the same the first counts.
HONOURED: Final = (
    Honoured(
        name="StorageTimeToLiveInMinutes",
        takes="a whole number of minutes from 1",
        convert=values.kept_minutes,
        becomes="`READFLEET_RESULT_TTL_MINUTES`",
    ),
    Honoured(
        name="Storage:TimeToLiveInDays",
        takes="a whole number of days from 1",
        convert=values.kept_days,
        becomes="`READFLEET_RESULT_TTL_MINUTES`",
    ),
    Honoured(
        name="ReadEngineConfig:ResultExpirationPeriod",
        takes="a whole number of hours; 0 deletes a result once it was fetched",
        convert=values.kept_hours,
        becomes="`READFLEET_RESULT_TTL_MINUTES`; for 0 `READFLEET_DELETE_WHEN_READ`",
    ),
    Honoured(
        name="Task:MaxRunningTimeSpanInMinutes",
        takes="a number of minutes above 0",
        convert=values.deadline,
        becomes="`READFLEET_OPERATION_DEADLINE_MINUTES`",
    ),
    Honoured(
        name="Logging:Console:LogLevel:Default",
        takes="Trace, Debug, Information, Warning, Error, Critical or None",
        convert=values.log_level,
        becomes="`READFLEET_LOG_LEVEL`; Trace is `debug`, Critical and None are `error`",
    ),
    Honoured(
        name="Logging:LogLevel:Default",
        takes="Trace, Debug, Information, Warning, Error, Critical or None",
        convert=values.log_level,
        becomes="the same, for every kind of log",
    ),
    Honoured(
        name="Mounts:Shared",
        takes="a folder",
        convert=values.shared_folder,
        becomes="`READFLEET_DATA_DIR`; documents lie in its folder `documents`",
    ),
    Honoured(
        name="Cache:Redis:Configuration",
        takes="host:port,password=…,ssl=True,defaultDatabase=0",
        convert=values.redis,
        becomes="`READFLEET_REDIS_URL`; of several hosts the first",
    ),
    Honoured(
        name="Storage:ObjectStore:AzureBlob:ConnectionString",
        takes="a connection string of Azure Storage",
        convert=values.blob_account,
        becomes="`READFLEET_AZURE_STORAGE_CONNECTION_STRING`, for documents; results are kept in Redis",
    ),
    Honoured(
        name="Queue:Azure:ConnectionString",
        takes="a connection string of Azure Storage",
        convert=values.queue_account,
        becomes="`READFLEET_AZURE_QUEUE_CONNECTION_STRING`, for the queues of the drop; jobs are queued in Redis",
    ),
    Honoured(
        name="ASPNETCORE_URLS", takes=_LISTEN_TAKES, convert=_elsewhere, becomes="`--host` and `--port` of the gateway"
    ),
    Honoured(name="urls", takes=_LISTEN_TAKES, convert=_elsewhere, becomes="the same"),
)

NOT_NEEDED: Final = (
    NotNeeded(name="Eula", because=_NO_KEY),
    NotNeeded(name="Billing", because=_NO_KEY),
    NotNeeded(name="ApiKey", because=_NO_KEY),
    NotNeeded(name="Mounts:License", because=_NO_LICENCE),
    NotNeeded(name="DownloadLicense", because=_NO_LICENCE),
    NotNeeded(name="Mounts:Input", because="documents come by HTTP or through the drop"),
    NotNeeded(name="Mounts:Output", because=_CONSOLE),
    NotNeeded(name="Logging:*", because=_CONSOLE),
    NotNeeded(name="Fluentd:*", because=_CONSOLE),
    NotNeeded(name="ApplicationInsights:*", because=_NO_REPORT),
    NotNeeded(name="Queue:RabbitMQ:*", because=_QUEUE),
    NotNeeded(name="Queue:Azure:*", because=_QUEUE),
    NotNeeded(name="Storage:DocumentStore:MongoDB*", because="results are kept in Redis"),
    NotNeeded(name="HTTP_PROXY", because=_NO_REPORT, in_environment=False),
    NotNeeded(name="HTTP_PROXY_CREDS", because=_NO_REPORT),
    NotNeeded(name="EnableSyncNTPServer", because=_CLOCK),
    NotNeeded(name="NTPServerAddress", because=_CLOCK),
    NotNeeded(
        name="HealthCheck:MemoryUpperboundInMB", because="a reader that has grown too far is replaced by a new one"
    ),
    NotNeeded(name="ASPNETCORE_*", because=_SERVER),
    NotNeeded(name="Kestrel:*", because=_SERVER),
)

#: Those that say where to listen.
LISTEN: Final = ("ASPNETCORE_URLS", "urls")


def key(name: str) -> str:
    """A name as it is compared: levels parted by one colon, without case."""
    return re.sub(":+", ":", name.replace("__", ":")).casefold()


def row_of(name: str, *, environment: bool = False) -> Honoured | NotNeeded | None:
    """The row of a name, as an argument or as a variable of the environment has it; None for all others."""
    wanted = key(name)
    row = _EXACT.get(wanted) or next((row for start, row in _STARTS if wanted.startswith(start)), None)
    if environment and (wanted == "urls" or (isinstance(row, NotNeeded) and not row.in_environment)):
        return None
    return row


_EXACT: Final[dict[str, Honoured | NotNeeded]] = {key(row.name): row for row in (*HONOURED, *NOT_NEEDED)}
_STARTS: Final = [(key(row.name[:-1]), row) for row in NOT_NEEDED if row.name.endswith("*")]
