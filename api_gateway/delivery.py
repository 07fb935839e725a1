"""Answers that are given once: when the client has received all of one, its operation is deleted."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.parts import Parts
from api_gateway.submissions import discard
from read_operations.records import Operation


def given_once(answer: Response, operation: Operation, http: HttpRequest, parts: Parts) -> ASGIApp:
    """The answer, after which a finished operation is gone if the settings say so."""
    if not parts.settings.delete_when_read or not operation.status.final or http.method == "HEAD":
        return answer
    return _GivenOnce(answer, operation.id, parts)


class _GivenOnce:
    def __init__(self, answer: Response, id: str, parts: Parts) -> None:
        self._answer = answer
        self._id = id
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        complete = False

        async def send_and_note(message: Message) -> None:
            nonlocal complete
            if message["type"] != "http.response.body" or message.get("more_body", False):
                await send(message)
                return
            # All of the answer, but not yet the end of it: a connection may be closed then, and tell nothing any more.
            await send({**message, "more_body": True})
            complete = await _received(scope)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._answer(scope, receive, send_and_note)
        # Here, as sending is cancelled with the connection, and deleting must not be.
        if complete:
            await discard(self._id, self._parts)


async def _received(scope: Scope) -> bool:
    received = scope.get("state", {}).get("received")
    # A server that cannot tell has sent what it was given.
    return received is None or await received()
