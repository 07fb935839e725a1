"""Which addresses a client may send us to: none of the networks we are in, unless the operator lists them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from read_operations.networks import Address, Network, among

#: Counted as public by some versions of Python, or reachable from inside a cloud only.
_NOT_PUBLIC: Final = (
    IPv4Network("192.0.0.0/24"),  # IETF assignments; the metadata service of one cloud
    IPv4Network("192.88.99.0/24"),  # relays from IPv4 to 6to4, given up
    IPv4Network("168.63.129.16/32"),  # Azure's own services, from any of its virtual machines
)
#: What is given out to networks. The rest of IPv6 is local, special, or nobody's.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")


def may_call(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether the address is public, or in one of the networks that are allowed all the same."""
    return among(address, allowed) or is_public(address)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the Internet, also through an IPv4 address that is wrapped in it."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not among(address, _NOT_PUBLIC)
    wrapped = _wrapped(address)
    if wrapped is not None:
        return is_public(wrapped)
    return address in _GLOBAL_UNICAST and address.is_global


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
