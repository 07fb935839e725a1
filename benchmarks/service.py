"""The service whose answers are compared."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

from benchmarks import shapes

_POLL_S: Final = 0.2
_TIMEOUT_S: Final = 120


class Service:
    """What answers at an endpoint."""

    def __init__(self, endpoint: str, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=endpoint, timeout=_TIMEOUT_S, transport=transport)

    def submit(self, version: str, query: dict[str, str], **body: Any) -> httpx.Response:
        """The answer to a submission; `body` as httpx takes it."""
        return self._http.post(f"/vision/{version}/read/analyze", params=query, **body)

    def read(self, version: str, query: dict[str, str], document: bytes) -> Any:
        """The operation on a document once it is finished, parsed by `shapes.parse`.

        Raises:
            httpx.HTTPStatusError: it is refused.
        """
        submitted = self.submit(version, query, content=document).raise_for_status()
        id = submitted.headers["Operation-Location"].rpartition("/")[2]
        while True:
            polled = self._http.get(f"/vision/{version}/read/analyzeResults/{id}").raise_for_status()
            operation = shapes.parse(polled.text)
            if operation["status"] not in ("notStarted", "running"):
                return operation
            time.sleep(_POLL_S)
