"""Where Redis or Valkey is, as the clients of records and queue want to be told.

Behind Sentinel the address is that of the sentinels, who know which server is the primary at the moment:
`redis+sentinel://host:26379,another:26379/0?service=mymaster`, or `rediss+sentinel://` where all of them speak TLS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

if TYPE_CHECKING:
    from read_operations.settings import Settings

_SENTINEL: Final = "+sentinel"
_SENTINEL_PORT: Final = 26379
#: A sentinel that does not answer is no loss: the next is asked.
_HASTE: Final = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """Who is asked for the primary, and how it is then to be talked to."""

    addresses: tuple[tuple[str, int], ...]
    #: The name that the sentinels know the primary by.
    service: str
    #: What redis-py wants to be told of a server: user, password, database, TLS.
    server: dict[str, Any]
    #: The same of the sentinels.
    sentinel: dict[str, Any]

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Those of the settings; None where the address is that of a server."""
        parts = urlsplit(store_url(settings))
        if not parts.scheme.endswith(_SENTINEL):
            return None
        one = _one_server(parts)
        server: dict[str, Any] = {**parse_url(one)}  # type: ignore[no-untyped-call]  # redis-py leaves some untyped
        for name in ("host", "port", "connection_class"):
            server.pop(name, None)
        if one.startswith("rediss:"):
            server["ssl"] = True
        password = settings.redis_sentinel_password
        return cls(
            addresses=_addresses(parts),
            service=dict(parse_qsl(parts.query))["service"],
            server=server,
            sentinel={
                **_HASTE,
                **{name: value for name, value in server.items() if name.startswith("ssl")},
                **({"password": password.get_secret_value()} if password else {}),
            },
        )


def _addresses(parts: SplitResult) -> tuple[tuple[str, int], ...]:
    hosts = [urlsplit(f"//{host}") for host in parts.netloc.rpartition("@")[2].split(",")]
    return tuple((host.hostname or "", host.port or _SENTINEL_PORT) for host in hosts)


def _one_server(parts: SplitResult) -> str:
    """The URL of a server that stands for all of them, for what is said besides their addresses."""
    login = "".join(parts.netloc.rpartition("@")[:2])
    query = {name: value for name, value in parse_qsl(parts.query) if name != "service"}
    return f"{parts.scheme.removesuffix(_SENTINEL)}://{login}localhost{parts.path}?{urlencode(query)}"


def checked_url(url: str) -> str:
    """The URL, if the clients of records and queue both understand it. Nothing is sent.

    Raises:
        ValueError: they do not. It repeats nothing of the URL: any part of it may be one of a password.
    """
    form = "redis://HOST:6379/0 with no options but those for TLS"
    try:
        parts = urlsplit(url)
        if parts.scheme.endswith(_SENTINEL):
            form = "redis+sentinel://HOST:26379,HOST:26379/0?service=NAME"
            if "service" not in dict(parse_qsl(parts.query)) or not all(host for host, _ in _addresses(parts)):
                raise ValueError
            _try(_one_server(parts))
        else:
            _try(url)
    except (ValueError, TypeError, RedisError):
        raise ValueError(
            f"write {form}, and a password with special characters into READFLEET_REDIS_PASSWORD"
        ) from None
    return url


def _try(url: str) -> None:
    """Has redis-py make a connection, without opening it, where there is nothing that it or kombu would not take."""
    parts = urlsplit(url)
    by_socket = parts.scheme == "unix"
    place, database = (parts.path, "") if by_socket else (parts.hostname, parts.path.strip("/"))
    options = all(name.startswith("db" if by_socket else "ssl_") for name, _ in parse_qsl(parts.query))
    if not place or parts.fragment or not options or not (database.isdecimal() or not database):
        raise ValueError
    ConnectionPool.from_url(url).make_connection()


def store_url(settings: Settings) -> str:
    """The URL of the server, with the password that was set beside it."""
    password = settings.redis_password.get_secret_value() if settings.redis_password else ""
    if not password:
        return settings.redis_url
    parts = urlsplit(settings.redis_url)
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.removesuffix(':')}:{quote(password, safe='')}@{host}").geturl()


def store_place(settings: Settings) -> str:
    """Where the server, or its sentinels, are to be found: for people, without the password."""
    parts = urlsplit(settings.redis_url)
    return parts.netloc.rpartition("@")[2] or parts.path


def broker_url(settings: Settings) -> str:
    """The same server, as kombu spells it: sockets have a scheme of their own there, and sentinels a URL each."""
    url = store_url(settings)
    if sentinels := Sentinels.of(settings):
        parts = urlsplit(url)
        login = "".join(parts.netloc.rpartition("@")[:2])
        hosts = ((f"[{host}]" if ":" in host else host, port) for host, port in sentinels.addresses)
        return ";".join(f"sentinel://{login}{host}:{port}{parts.path}" for host, port in hosts)
    parts = urlsplit(url)
    if parts.scheme == "rediss" and "ssl_cert_reqs" not in parts.query:
        # The store's client verifies the certificate by itself; kombu has to be told.
        return parts._replace(query="&".join(filter(None, [parts.query, "ssl_cert_reqs=required"]))).geturl()
    if parts.scheme != "unix":
        return url
    password = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return f"redis+socket://{password}{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"
