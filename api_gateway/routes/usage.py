"""How many pages were read, as the container accounts for them where it has no connection."""

from __future__ import annotations

import re
from typing import Final

import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api_gateway.answers import json_answer
from api_gateway.parts import Parts
from api_gateway.routing import AnyCaseRoute
from api_gateway.wire.container import SERVICE
from read_operations.errors import BadRequest

_MONTH: Final = re.compile(r"0?[1-9]|1[0-2]", re.ASCII)
_YEAR: Final = re.compile(r"(19[7-9]|[2-9]\d\d)\d", re.ASCII)


def usage_routes(parts: Parts) -> list[AnyCaseRoute]:
    """The routes of the usage records."""
    usage = _Usage(parts)
    return [
        AnyCaseRoute("/records/usage-logs", usage.ever),
        AnyCaseRoute("/records/usage-logs/{month}/{year}", usage.of_month),
    ]


class _Usage:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def ever(self, _: HttpRequest) -> Response:
        return await self._answer(None)

    async def of_month(self, http: HttpRequest) -> Response:
        month, year = http.path_params["month"], http.path_params["year"]
        if not (_MONTH.fullmatch(month) and _YEAR.fullmatch(year)):
            raise BadRequest("The month or the year is not valid. Write them as in /records/usage-logs/11/2026.")
        return await self._answer(f"{year}-{month:0>2}")

    async def _answer(self, month: str | None) -> Response:
        pages = await anyio.to_thread.run_sync(self._parts.store.usage, month)
        meters = [{"name": "Pages", "quantity": pages}]
        return json_answer({"apiType": "read", "serviceName": SERVICE, "meters": meters})
