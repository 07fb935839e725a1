"""The gateway as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fleet import free_port
from tests.unit.api_gateway.support import ANALYZE, connect, wait_until

PROGRAM = """
import sys
from api_gateway.server import run
from read_operations.logs import configure_logging
from read_operations.settings import Settings
settings = Settings()
configure_logging(settings, "gateway")
sys.exit(run(settings, "127.0.0.1", int(sys.argv[1])))
"""


class Process:
    """A gateway whose Redis is not there."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "gateway.log"
        environment = {"READFLEET_REDIS_URL": "redis://127.0.0.1:1/0", "READFLEET_DOCUMENTS_DIR": str(folder)}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(self.port)], env={**os.environ, **environment}, stderr=log
            )
        wait_until(lambda: "Now listening on" in self.log() or self.process.poll() is not None, 15)

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.process.kill()
    process.process.wait()


def test_a_life(gateway: Process, png: bytes) -> None:
    assert f"Now listening on: {gateway.url}" in gateway.log()
    assert "no Redis answers at READFLEET_REDIS_URL yet" in gateway.log()
    answer = httpx.get(f"{gateway.url}/ContainerLiveness")
    assert answer.status_code == 200
    assert "server" not in answer.headers
    assert "date" in answer.headers
    answer = httpx.get(f"{gateway.url}/ready", timeout=10)
    assert answer.status_code == 503
    assert answer.json()["ready"] == "notReady"
    answer = httpx.post(gateway.url + ANALYZE, content=png, timeout=20)
    assert answer.status_code == 503
    assert answer.json()["code"] == "StorageException"
    assert "ConnectionError: " in gateway.log()
    assert "Traceback" not in gateway.log()
    # With a connection that is open, but idle
    with connect(gateway.port):
        assert gateway.stop() == 0
    assert "uvicorn" not in gateway.log().lower()


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = [sys.executable, "-c", PROGRAM, str(taken.getsockname()[1])]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=20)
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
