"""A server that answers as badly as a test wants, and names that lead to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import httpcore

from read_operations.networks import Address, parse_address
from read_operations.outbound.network import Resolve

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
PUBLIC = "93.184.216.34"


class Origin:
    """Answers each path in its own way, and remembers the heads of requests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []

    def send(self, path: str, *pieces: bytes, status: str = "200 OK", headers: Iterable[str] = ()) -> None:
        """Lets a path be answered by these bytes, after which the connection ends."""
        head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]).encode()

        async def answer(writer: asyncio.StreamWriter) -> None:
            for piece in (head, *pieces):
                writer.write(piece)
                await writer.drain()

        self.answers[path] = answer

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.send(path, status=f"{status} Elsewhere", headers=[f"Location: {location}"])


@contextlib.asynccontextmanager
async def origin(context: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            here.requests.append(head)
            await here.answers[head.split()[1]](writer)
        writer.close()
        connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    here = Origin(server.sockets[0].getsockname()[1])
    async with server:
        yield here
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections)


def names(**addresses: str | list[str]) -> Resolve:
    """A resolver that knows `name.example` for each name; from a list it gives the next at each call."""
    following = {name: iter(value) for name, value in addresses.items() if isinstance(value, list)}

    async def resolve(host: str, port: int) -> list[Address]:
        name = host.removesuffix(".example")
        if name not in addresses:
            raise OSError("unknown name")
        texts = next(following[name]) if name in following else addresses[name]
        return [parse_address(text) for text in str(texts).split()]

    return resolve


class Wires(httpcore.AsyncNetworkBackend):
    """Remembers who is called, and leads every call to one port of this machine, as if it were the address."""

    def __init__(self, port: int, dead: Iterable[str] = ()) -> None:
        self.called: list[str] = []
        self._port = port
        self._dead = set(dead)
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.called.append(host)
        if host in self._dead:
            raise httpcore.ConnectError
        return await self._network.connect_tcp("127.0.0.1", self._port, timeout)
