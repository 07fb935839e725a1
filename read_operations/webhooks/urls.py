"""The URLs that may be told: those of hosts which the operator lists."""

from __future__ import annotations

import httpx

from read_operations.errors import BadUrl
from read_operations.settings import Settings

#: In front of a domain: all hosts in it.
_ANY = "*."


def parse_webhook(text: str, settings: Settings) -> httpx.URL:
    """The URL.

    Raises:
        BadUrl: it is none that may be told; the message says why.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):  # the latter from letters that no encoding knows
        raise BadUrl("it is no URL; write one such as https://hooks.example.com/read") from None
    if url.scheme not in ("http", "https") or url.userinfo or not url.host:
        raise BadUrl("it has to be an http or https URL without user name and password")
    if not any(_names(pattern.lower(), url.raw_host.decode().lower()) for pattern in settings.webhook_hosts):
        raise BadUrl("its host is not among those that may be told; have it listed in READFLEET_WEBHOOK_HOSTS")
    return url


def _names(pattern: str, host: str) -> bool:
    return host == pattern or (pattern.startswith(_ANY) and host.endswith(pattern[1:]))
