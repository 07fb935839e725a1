"""TLS in front of a server that speaks plainly."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio
import anyio.abc
import trustme
from anyio.from_thread import start_blocking_portal
from anyio.streams.tls import TLSListener


@contextlib.contextmanager
def behind_tls(target: str, certificate: trustme.LeafCert) -> Iterator[int]:
    """The port on this machine at which the server of a URL is reached over TLS."""
    where = urlsplit(target)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    async def relay(outer: anyio.abc.ByteStream) -> None:
        inner = await anyio.connect_tcp(where.hostname or "", where.port or 0)
        async with outer, inner, anyio.create_task_group() as group:
            group.start_soon(pump, outer, inner, group.cancel_scope)
            group.start_soon(pump, inner, outer, group.cancel_scope)

    async def pump(source: anyio.abc.ByteStream, target: anyio.abc.ByteStream, both: anyio.CancelScope) -> None:
        with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                await target.send(await source.receive())
        both.cancel()

    async def serve(*, task_status: anyio.abc.TaskStatus[int]) -> None:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        async with TLSListener(listener, context, standard_compatible=False) as secure:
            task_status.started(listener.listeners[0].extra(anyio.abc.SocketAttribute.local_port))
            await secure.serve(relay)

    with start_blocking_portal() as portal:
        serving, port = portal.start_task(serve)
        yield port
        serving.cancel()
