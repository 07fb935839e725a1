"""What can be the name of a host."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

#: Labels of a DNS name or the numbers of an IPv4 address. The underscore occurs in names of containers.
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?", re.ASCII | re.IGNORECASE)


def is_host_name(text: str) -> bool:
    """Whether it is a DNS name or an IPv4 address; international names are expected in their ASCII form."""
    return _NAME.fullmatch(text) is not None and ".." not in text


def is_ipv6(text: str) -> bool:
    """Whether it is an IPv6 address, without brackets and without a zone."""
    try:
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False
