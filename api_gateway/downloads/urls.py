"""The URLs a client may name."""

from __future__ import annotations

import httpx

from api_gateway.hosts import is_host_name, is_ipv6
from read_operations.errors import BadUrl


def parse_url(text: str) -> httpx.URL:
    """The URL, when it is one that may be called as far as its letters tell.

    Raises:
        BadUrl: it is malformed, of another scheme than http or https, or has credentials in it.
    """
    try:
        return check_url(httpx.URL(text.strip()))
    except (httpx.InvalidURL, ValueError):  # the latter from letters that no encoding knows
        raise BadUrl("The URL is badly formatted. Send one such as https://example.com/letter.pdf.") from None


def next_url(url: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect from `url` leads.

    Raises:
        BadUrl: see `parse_url`.
    """
    try:
        return check_url(url.join(location))
    except (httpx.InvalidURL, ValueError):
        raise BadUrl("The URL redirects to one that is badly formatted. Send the URL of the file itself.") from None


def check_url(url: httpx.URL) -> httpx.URL:
    """Gives the URL back.

    Raises:
        BadUrl: see `parse_url`.
    """
    if url.scheme not in ("http", "https"):
        raise BadUrl("Only http and https URLs are fetched. Send one of these, or the file's bytes.")
    if url.userinfo:
        raise BadUrl("The URL has a user name or password in it. Send one that needs none, or the file's bytes.")
    host = url.raw_host.decode("ascii")
    if not (is_host_name(host) or is_ipv6(host)) or (url.port is not None and not 0 < url.port < 2**16):
        raise BadUrl("The URL's host or port is not valid. Send a URL such as https://example.com/letter.pdf.")
    return url
