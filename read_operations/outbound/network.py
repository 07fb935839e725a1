"""Connections that go to addresses which have been looked at, and nowhere else."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import anyio
import httpcore

from read_operations.errors import BadUrl, DownloadFailed
from read_operations.networks import Address, Network, parse_address
from read_operations.outbound.addresses import may_call

#: The addresses of a host and port. Fails with an OSError.
Resolve = Callable[[str, int], Awaitable[list[Address]]]

#: So many of a host's addresses are tried.
_MOST_TRIES: Final = 4


async def resolve(host: str, port: int) -> list[Address]:
    """What the system's resolver says."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [parse_address(str(address[0])) for *_, address in found]


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once, refuses it if one of its addresses may not be called, and connects to what it has checked.

    So a name that means something else a moment later (DNS rebinding) wins nothing; and as every connection is made
    here, that of a redirect is looked at, too.
    """

    def __init__(
        self, allowed: Iterable[Network], resolve: Resolve, network: httpcore.AsyncNetworkBackend, *, remedy: str
    ) -> None:
        """`remedy` is what to do about an address that may not be called, as a sentence."""
        self._allowed = tuple(allowed)
        self._remedy = remedy
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """See `httpcore.AsyncNetworkBackend`.

        Raises:
            BadUrl: the host may not be called.
            DownloadFailed: the host is not known.
        """
        addresses: list[Address] = []
        with contextlib.suppress(OSError, UnicodeError), anyio.move_on_after(timeout):
            addresses = await self._resolve(host, port)
        if not addresses:
            raise DownloadFailed("The URL's host is not known. Check its name, or send the file's bytes.")
        if not all(may_call(address, self._allowed) for address in addresses):
            raise BadUrl(f"The URL does not lead to a public address. {self._remedy}")
        failure: Exception | None = None
        for address in addresses[:_MOST_TRIES]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def sleep(self, seconds: float) -> None:
        """See `httpcore.AsyncNetworkBackend`."""
        await self._network.sleep(seconds)
