"""What the proxies say that stand between a client and this service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest

from read_operations.networks import Network, among, parse_address

#: One `name=value` of a Forwarded header (RFC 7239), the value a token or quoted.
_PAIR: Final = re.compile(r"""\s*([a-z]+)=(?:"([^"\\]*)"|([^\s",;]*))\s*""", re.I | re.A)


class ForwardedHeaders:
    """What the proxies on the way have added to the headers, each to the end of a list."""

    def __init__(self, http: HttpRequest, trusted: Iterable[Network]) -> None:
        self._headers = http.headers
        self._networks = tuple(trusted)
        self._peer = http.client.host if http.client else ""
        #: Whether it is a trusted proxy that sends us this request.
        self.trusted = bool(self._networks) and self._is_trusted(self._peer)

    def original(self) -> dict[str, str]:
        """Scheme (`proto`), host, port and path prefix of the URL that the client called.

        As the outermost trusted proxy reports them; what it did not send is missing or empty.
        """
        names = ("proto", "host", "port", "prefix")
        lists = {name: _items(self._headers, f"x-forwarded-{name}") for name in names}
        if not any(lists[name] for name in ("proto", "host", "port")):
            elements = self._elements()
            callers = [element.get("for", "") for element in elements]
            lists |= {name: [element.get(name, "") for element in elements] for name in ("proto", "host")}
        else:
            callers = _items(self._headers, "x-forwarded-for")
        count = self._count(callers)
        # A proxy that replaces the list leaves it shorter than the way was long.
        return {name: values[-min(count, len(values))] for name, values in lists.items() if values}

    def client_address(self) -> str:
        """The address that called the outermost trusted proxy, or us where there is none; "" if it is not known."""
        if not self.trusted:
            return self._peer
        callers = _items(self._headers, "x-forwarded-for") or [each.get("for", "") for each in self._elements()]
        return _address_part(callers[-min(self._count(callers), len(callers))]) if callers else self._peer

    def _elements(self) -> list[dict[str, str]]:
        return [_pairs(item) for item in _items(self._headers, "forwarded")]

    def _count(self, callers: list[str]) -> int:
        """How many trusted proxies stand in a row before us; each added the address that called it."""
        count = 1
        for caller in reversed(callers):
            if not self._is_trusted(_address_part(caller)):
                break
            count += 1
        return count

    def _is_trusted(self, address: str) -> bool:
        try:
            return among(parse_address(address), self._networks)
        except ValueError:  # a Unix socket, or a name made up to hide the address: only when all are trusted
            return any(network.prefixlen == 0 for network in self._networks)


def _items(headers: Headers, name: str) -> list[str]:
    items = (item.strip(" \t") for item in ",".join(headers.getlist(name)).split(","))
    return [item for item in items if item]


def _pairs(element: str) -> dict[str, str]:
    matches = [_PAIR.fullmatch(part) for part in element.split(";")]
    return {match[1].lower(): match[2] or match[3] or "" for match in matches if match}


def _address_part(caller: str) -> str:
    """The address of `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`."""
    if caller.startswith("["):
        return caller[1:].partition("]")[0]
    return caller.partition(":")[0] if caller.count(":") == 1 else caller
