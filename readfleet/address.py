"""The address a service is to have."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

from readfleet.errors import AddressUnusable

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 5000
#: Hosts that are this machine, to which no proxy of the environment leads back.
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: Where a service started with the defaults is.
DEFAULT_ENDPOINT: Final = f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"


def check_free(host: str, port: int, *, choose: str = "--port") -> None:
    """Makes sure that the address can be listened on, by doing so for a moment.

    Args:
        host: of the address.
        port: likewise.
        choose: how another is chosen.

    Raises:
        AddressUnusable: it cannot, and why.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: connections of an earlier run that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror as error:
        raise AddressUnusable(f"{host} is no address of this machine: {error.strerror}.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressUnusable(
            f"Port {port} on {host} cannot be used: {reason[:1].lower()}{reason[1:]}. "
            f"Choose another with {choose}, or stop what uses it."
        ) from error


def local_url(host: str, port: int) -> str:
    """The URL at which this machine reaches a service that listens on the address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://[{address}]:{port}" if address.version == 6 else f"http://{address}:{port}"
