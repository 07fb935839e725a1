"""Around every request: its id, and an answer whatever happens."""

from __future__ import annotations

import uuid
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.answers import error_answer
from read_operations.errors import ReadfleetError, ServiceBusy
from read_operations.logs import get_logger

_log = get_logger(__name__)

#: A client's own id for the request comes back up to this length.
_CLIENT_ID_CHARS: Final = 128
#: Answered in any crowd: who asks for a result, or whether this process lives, would only come back.
_CHEAP: Final = ("GET", "HEAD")


class Envelope:
    """Gives each request an id, and turns what nobody caught into an answer that gives nothing away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = id
        client_id = Headers(scope=scope).get("x-ms-client-request-id", "")[:_CLIENT_ID_CHARS]
        crowded = scope["state"].get("crowded", False)
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["apim-request-id"] = id
                if client_id:
                    headers["x-ms-client-request-id"] = client_id
                if crowded:
                    headers["connection"] = "close"
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=id):
            # An answer that has begun stays incomplete when something is raised. The server then cuts the connection,
            # from which the client can tell.
            try:
                if crowded and scope["method"] not in _CHEAP:
                    await error_answer(HttpRequest(scope), ServiceBusy())(scope, receive, send_with_id)
                    return
                await self._app(scope, receive, send_with_id)
            except ClientDisconnect:
                _log.info("the client went away", method=scope["method"], path=scope["path"])
            except Exception as error:
                if started and isinstance(error.__cause__, ReadfleetError):
                    reason = error.__cause__.message
                    _log.warning("an answer broke off", method=scope["method"], path=scope["path"], reason=reason)
                    return
                _log.exception("a request failed", method=scope["method"], path=scope["path"], answered=started)
                if not started:
                    await error_answer(HttpRequest(scope), ReadfleetError())(scope, receive, send_with_id)
