"""The address under which clients know this service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest

from api_gateway.hosts import is_host_name, is_ipv6
from read_operations.networks import Network, among, parse_address
from read_operations.settings import Settings

_HOST: Final = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?", re.I | re.A)
_PREFIX: Final = re.compile(r"(/[a-z0-9._~%-]+)*", re.I | re.A)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
#: One `name=value` of a Forwarded header (RFC 7239), the value a token or quoted.
_PAIR: Final = re.compile(r"""\s*([a-z]+)=(?:"([^"\\]*)"|([^\s",;]*))\s*""", re.I | re.A)


def base_url(http: HttpRequest, settings: Settings) -> str:
    """What the paths of this service follow in a URL for this request's client; without a slash at the end.

    It is `READFLEET_PUBLIC_URL` when set, else what trusted proxies say that the client called, else what the request
    says. A word of these that can be no host, port or path is passed over, in the end for the server's own address.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme: str = http.scope["scheme"]
    place = _Place.parse(http.headers.get("host")) or _own_place(http)
    prefix = ""
    hops = _Hops(http, settings.trusted_proxies)
    if hops.trusted:
        said = hops.said()
        scheme = said.get("proto", "").lower() if said.get("proto", "").lower() in _DEFAULT_PORTS else scheme
        place = _Place.parse(said.get("host")) or place
        port = _port(said.get("port", ""))
        # A balancer that ends TLS may name the port it calls us by.
        if place.port is None and port and port not in _DEFAULT_PORTS.values():
            place = replace(place, port=port)
        prefix = _prefix(said.get("prefix", ""))
    return f"{scheme}://{place.written(scheme)}{prefix}"


@dataclass(frozen=True, slots=True)
class _Place:
    """A host, an IPv6 address in brackets, and a port when there is one."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        match = _HOST.fullmatch(text or "")
        if match is None:
            return None
        ipv6, name = match["ipv6"], match["name"]
        if not (is_ipv6(ipv6) if ipv6 else is_host_name(name)):
            return None
        port = _port(match["port"] or "")
        if match["port"] and port is None:
            return None
        return cls(f"[{ipv6}]" if ipv6 else name, port)

    def written(self, scheme: str) -> str:
        return self.host if self.port in (None, _DEFAULT_PORTS[scheme]) else f"{self.host}:{self.port}"


class _Hops:
    """What the proxies on the way have added to the headers, each to the end of a list."""

    def __init__(self, http: HttpRequest, trusted: Iterable[Network]) -> None:
        self._headers = http.headers
        self._networks = tuple(trusted)
        peer = http.client.host if http.client else ""
        #: Whether it is a trusted proxy that sends us this request.
        self.trusted = bool(self._networks) and self._is_trusted(peer)

    def said(self) -> dict[str, str]:
        """What the outermost trusted proxy was called by: proto, host, port, prefix, as far as it was passed on."""
        names = ("proto", "host", "port", "prefix")
        lists = {name: _items(self._headers, f"x-forwarded-{name}") for name in names}
        if not any(lists[name] for name in ("proto", "host", "port")):
            elements = [_pairs(item) for item in _items(self._headers, "forwarded")]
            callers = [element.get("for", "") for element in elements]
            lists |= {name: [element.get(name, "") for element in elements] for name in ("proto", "host")}
        else:
            callers = _items(self._headers, "x-forwarded-for")
        count = self._count(callers)
        # A proxy that replaces the list leaves it shorter than the way was long.
        return {name: values[-min(count, len(values))] for name, values in lists.items() if values}

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


def _own_place(http: HttpRequest) -> _Place:
    host, port = http.scope.get("server") or ("", None)
    if port is None:  # a Unix socket
        return _Place("localhost", None)
    return _Place(f"[{host.partition('%')[0]}]" if ":" in host else host, port)


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


def _port(text: str) -> int | None:
    port = int(text) if text.isdecimal() and text.isascii() and len(text) <= 5 else 0
    return port if 0 < port < 2**16 else None


def _prefix(text: str) -> str:
    path = text.rstrip("/")
    return path if _PREFIX.fullmatch(path) and "/.." not in path else ""
