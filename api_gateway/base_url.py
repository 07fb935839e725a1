"""The address under which clients know this service."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from starlette.requests import Request as HttpRequest

from api_gateway.forwarded import ForwardedHeaders
from api_gateway.hosts import is_host_name, is_ipv6
from read_operations.settings import Settings

_HOST: Final = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?", re.I | re.A)
_PREFIX: Final = re.compile(r"(/[a-z0-9._~%-]+)*", re.I | re.A)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


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
    forwarded = ForwardedHeaders(http, settings.trusted_proxies)
    if forwarded.trusted:
        original = forwarded.original()
        scheme = original.get("proto", "").lower() if original.get("proto", "").lower() in _DEFAULT_PORTS else scheme
        place = _Place.parse(original.get("host")) or place
        port = _port(original.get("port", ""))
        # A balancer that ends TLS may name the port it calls us by.
        if place.port is None and port and port not in _DEFAULT_PORTS.values():
            place = replace(place, port=port)
        prefix = _prefix(original.get("prefix", ""))
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


def _own_place(http: HttpRequest) -> _Place:
    host, port = http.scope.get("server") or ("", None)
    if port is None:  # a Unix socket
        return _Place("localhost", None)
    return _Place(f"[{host.partition('%')[0]}]" if ":" in host else host, port)


def _port(text: str) -> int | None:
    port = int(text) if text.isdecimal() and text.isascii() and len(text) <= 5 else 0
    return port if 0 < port < 2**16 else None


def _prefix(text: str) -> str:
    path = text.rstrip("/")
    return path if _PREFIX.fullmatch(path) and "/.." not in path else ""
