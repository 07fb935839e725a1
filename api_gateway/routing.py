"""Routes whose paths match in any case."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request as HttpRequest
from starlette.routing import Route
from starlette.types import ASGIApp

Endpoint = Callable[[HttpRequest], Awaitable[ASGIApp]]


class AnyCaseRoute(Route):
    """A route that, as in the original, matches its path in any case and with or without a slash at the end."""

    def __init__(self, path: str, endpoint: Endpoint, *, method: str = "GET") -> None:
        """Serves one method; GET brings HEAD."""
        super().__init__(path, endpoint, methods=[method])
        pattern = self.path_regex.pattern.removesuffix("$") + r"/?\Z"
        self.path_regex = re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL)
