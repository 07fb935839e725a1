"""What the settings of the Read container say, in the words of our own settings.

Each function raises ValueError for a value it cannot take. Nothing here repeats a value: it may be a secret.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, urlsplit

_WHOLE: Final = re.compile(r"[0-9]{1,7}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,7}(\.[0-9]{1,7})?", re.ASCII)
_ENDPOINT: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
_REDIS_PORT: Final = 6379
_REDIS_TLS_PORT: Final = 6380
#: The least that is logged, by the names of .NET. There is nothing beyond an error here.
_LEVELS: Final = {
    "trace": "debug",
    "debug": "debug",
    "information": "info",
    "warning": "warning",
    "error": "error",
    "critical": "error",
    "none": "error",
}
_HOURS_A_DAY: Final = 24
_MINUTES_AN_HOUR: Final = 60


def kept_minutes(text: str) -> dict[str, Any]:
    """How long results are kept, in minutes."""
    return {"result_ttl_minutes": _whole(text)}


def kept_days(text: str) -> dict[str, Any]:
    """How long results are kept, in days."""
    return {"result_ttl_minutes": _whole(text) * _HOURS_A_DAY * _MINUTES_AN_HOUR}


def kept_hours(text: str) -> dict[str, Any]:
    """How long results are kept, in hours; 0: until they were fetched."""
    hours = _whole(text, least=0)
    return {"result_ttl_minutes": hours * _MINUTES_AN_HOUR} if hours else {"delete_when_read": True}


def deadline(text: str) -> dict[str, Any]:
    """How long an operation may take, in minutes."""
    if not _NUMBER.fullmatch(text) or not float(text):
        raise ValueError
    return {"operation_deadline_minutes": float(text)}


def log_level(text: str) -> dict[str, Any]:
    """The least that is logged."""
    if text.casefold() not in _LEVELS:
        raise ValueError
    return {"log_level": _LEVELS[text.casefold()]}


def shared_folder(text: str) -> dict[str, Any]:
    """The folder of what is kept."""
    return {"data_dir": text}


def blob_account(text: str) -> dict[str, Any]:
    """The account of Azure Storage that keeps documents."""
    return {"azure_storage_connection_string": text}


def queue_account(text: str) -> dict[str, Any]:
    """The account of Azure Storage that has the queues of the drop."""
    return {"azure_queue_connection_string": text}


def redis(text: str) -> dict[str, Any]:
    """A Redis in the form of StackExchange.Redis: hosts and options, with commas between.

    The first host is used. Options that tune their client have no meaning here and are passed over.
    """
    hosts = redis_hosts(text)
    options = {
        name.strip().casefold(): value.strip()
        for name, found, value in (part.partition("=") for part in text.split(","))
        if found
    }
    match = _ENDPOINT.fullmatch(hosts[0]) if hosts else None
    if match is None or "servicename" in options:  # the latter: the hosts would be sentinels
        raise ValueError
    tls = _flag(options.get("ssl", "false"))
    port = int(match["port"] or (_REDIS_TLS_PORT if tls else _REDIS_PORT))
    database = _whole(options.get("defaultdatabase") or "0", least=0)
    user, password = (quote(options.get(name, ""), safe="") for name in ("user", "password"))
    login = f"{user}:{password}@" if user or password else ""
    if not 0 < port < 2**16:
        raise ValueError
    return {"redis_url": f"{'rediss' if tls else 'redis'}://{login}{match['host']}:{port}/{database}"}


def redis_hosts(text: str) -> list[str]:
    """The hosts a Redis configuration names."""
    return [part.strip() for part in text.split(",") if part.strip() and "=" not in part]


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of the first address that is without TLS, of several with semicolons between."""
    for url in text.split(";"):
        scheme, found, rest = url.strip().partition("://")
        if scheme.casefold() != "http" or not found:
            continue
        # Any address of the machine, as .NET writes it.
        host, rest = ("0.0.0.0", rest[1:]) if rest[:1] in ("+", "*") else (None, rest)
        parts = urlsplit(f"//{host or ''}{rest}")
        if not parts.hostname or parts.port == 0:
            raise ValueError
        return parts.hostname, parts.port or 80
    raise ValueError


def _whole(text: str, *, least: int = 1) -> int:
    if not _WHOLE.fullmatch(text) or int(text) < least:
        raise ValueError
    return int(text)


def _flag(text: str) -> bool:
    if text.casefold() not in ("true", "false"):
        raise ValueError
    return text.casefold() == "true"
