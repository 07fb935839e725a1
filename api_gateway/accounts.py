"""Whose quota a request counts against."""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Network
from typing import Final

from starlette.requests import Request as HttpRequest

from api_gateway.forwarded import ForwardedHeaders
from read_operations.networks import parse_address
from read_operations.settings import QuotaBy, Settings

#: The header that clients of Azure send their key in; others send it as a parameter of the query.
_KEY: Final = "ocp-apim-subscription-key"
_KEY_PARAMETER: Final = "subscription-key"
#: A provider gives each customer so much of IPv6, of which each address would else have a quota of its own.
_CUSTOMER_BITS: Final = 64
#: Enough of a hash to tell clients apart; keys are nothing to be stored.
_HASH_CHARS: Final = 32


def account_of(http: HttpRequest, settings: Settings) -> str | None:
    """Who sends a request, as a name for the store; None where there are no quotas.

    A client is who sends the same subscription key, or by `READFLEET_QUOTA_BY` and without one, who comes from the same
    address. Trusted proxies are asked for that.
    """
    if settings.quota_requests is None and settings.quota_pages is None:
        return None
    if settings.quota_by is QuotaBy.KEY:
        key = http.headers.get(_KEY) or http.query_params.get(_KEY_PARAMETER)
        if key:
            return f"key-{hashlib.sha256(key.encode()).hexdigest()[:_HASH_CHARS]}"
    return f"address-{_place(ForwardedHeaders(http, settings.trusted_proxies).client_address())}"


def _place(address: str) -> str:
    try:
        parsed = parse_address(address)
    except ValueError:  # a Unix socket, or a proxy that does not say
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(IPv6Network((int(parsed), _CUSTOMER_BITS), strict=False).network_address)
