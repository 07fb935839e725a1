"""Lists of networks as a setting."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer
from pydantic_settings import NoDecode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_EVERYTHING: Final = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def _parse(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.strip() == "*":
        return _EVERYTHING
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


def _write(networks: Iterable[Network]) -> str:
    return ",".join(map(str, networks))


#: Addresses and networks joined by commas, such as 10.0.0.0/8,fd00::/8, or * for all there are.
Networks = Annotated[
    tuple[Network, ...], NoDecode, BeforeValidator(_parse), PlainSerializer(_write, return_type=str, when_used="json")
]


def parse_address(text: str) -> Address:
    """The address; an IPv4 address in the clothes of IPv6, as sockets for both have it, is given plain.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def among(address: Address, networks: Iterable[Network]) -> bool:
    """Whether one of the networks has the address."""
    return any(address in network for network in networks)
