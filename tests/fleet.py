"""A real fleet for tests: gateway, worker and sweeper as processes of their own, on the session's Valkey."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, Self, TypeVar

import httpx
import redis
from azure.storage.blob import ContainerClient
from pydantic import SecretStr

from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Lane, Settings

READY_S = 120


def _ports() -> Iterator[int]:
    """Below those that the kernel gives away, and others in each of the processes that share the tests between them."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = range(20_000 + process, 30_000, processes)
    return itertools.cycle(random.sample(own, len(own)))


_PORTS: Final = _ports()


def free_port() -> int:
    """A port that stays free until it is used, and while a server that used it is away: nobody else is given it."""
    return next(port for port in _PORTS if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def environment(settings: Settings) -> dict[str, str]:
    """The settings that are not at their default, as the environment of a process."""
    changed = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    secrets = {name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}
    return {f"READFLEET_{name.upper()}": str(value) for name, value in {**changed, **secrets}.items()}


T = TypeVar("T")


def wait_for(what: Callable[[], T | bool | None], seconds: float = 60) -> T:
    """Polls until the answer is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer  # type: ignore[return-value]
        time.sleep(0.02)
    raise TimeoutError(f"waited {seconds} s")


class Fleet:
    """The three processes of a small installation."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        extra_environment: dict[str, str] | None = None,
        own_environments: dict[str, dict[str, str]] | None = None,
    ) -> None:
        """
        Args:
            settings: of all processes.
            folder: for their logs.
            extra_environment: of all processes, beyond their settings.
            own_environments: of single processes, by name.
        """
        self.settings = settings
        self.folder = folder
        self.endpoint = f"http://127.0.0.1:{free_port()}"
        self.redis: redis.Redis = connect(settings)
        self.store = RedisOperationStore(self.redis, settings)
        self._environment = {**os.environ, **environment(settings), **(extra_environment or {})}
        self._own_environments = own_environments or {}
        self._logs: list[IO[str]] = []
        self.processes: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        try:
            self.start_process("gateway", "--port", self.endpoint.rpartition(":")[2])
            self.start_process("worker")
            self.start_process("sweep")
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_process(self, command: str, *arguments: str, name: str | None = None, module: str | None = None) -> None:
        """Starts a process, or the one of this name anew; without a name it goes by its command.

        A module is run in place of the command of `readfleet`.
        """
        name = name or command
        log = (self.folder / f"{name}.log").open("a")
        self._logs.append(log)
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", *([module] if module else ["readfleet", command]), *arguments],
            env={**self._environment, **self._own_environments.get(name, {})},
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            for name, process in self.processes.items():
                assert process.poll() is None, f"the {name} ended:\n{self.log(name)}"
            try:
                return httpx.get(f"{self.endpoint}/ready").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(ready, READY_S)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for log in self._logs:
            log.close()
        self.redis.close()

    def log(self, process: str) -> str:
        return (self.folder / f"{process}.log").read_text()

    def children(self, worker: str = "worker") -> list[int]:
        """The pids of the worker's children that can read."""
        parent = self.processes[worker].pid
        listing = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return [int(pid) for pid in listing.split()]

    def submit(self, data: bytes, **query: str) -> str:
        """Gives the new operation's id."""
        answer = httpx.post(f"{self.endpoint}/vision/v3.2/read/analyze", params=query, content=data)
        assert answer.status_code == 202, answer.text
        return answer.headers["Operation-Location"].rpartition("/")[2]

    def result(self, id: str, seconds: float = 60) -> dict[str, object]:
        """The operation's final answer."""

        def final() -> dict[str, object] | None:
            answer = httpx.get(f"{self.endpoint}/vision/v3.2/read/analyzeResults/{id}")
            assert answer.status_code == 200, answer.text
            body: dict[str, object] = answer.json()
            return body if body["status"] in ("succeeded", "failed") else None

        return wait_for(final, seconds)

    def documents(self) -> set[str]:
        """The names of what is in the document store."""
        string = self.settings.azure_storage_connection_string
        if string is None:
            return {path.name for path in self.settings.documents_dir.glob("*")}
        with ContainerClient.from_connection_string(
            string.get_secret_value(), self.settings.documents_container, api_version="2021-12-02"
        ) as container:
            return {blob.name for blob in container.list_blobs(include=["uncommittedblobs"])}

    def being_read(self, id: str) -> int:
        """How many of the operation's pages somebody works on."""
        return sum(job.started for each in self.store.unfinished() if each.operation.id == id for job in each.jobs)

    def queued_messages(self) -> int:
        """Messages waiting or given out, whatever they are about."""
        prefix = self.settings.key_prefix
        waiting = sum(int(self.redis.llen(f"{prefix}:{lane.value}")) for lane in Lane)
        return waiting + int(self.redis.hlen(f"{prefix}:unacked"))
