"""A real Blob or Queue service for tests, on this machine, with an account and a key of its own."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Self

import httpx

from tests.fleet import free_port

PROGRAMS = Path(sys.prefix) / "tools" / "node_modules" / ".bin"
ACCOUNT = "readfleet"
START_S = 60


class Azurite:
    """Keeps everything in memory, or in `folder`, which it finds again when it is started once more."""

    def __init__(
        self, log: Path, folder: Path | None = None, *, options: tuple[str, ...] = (), service: str = "blob"
    ) -> None:
        self._service = service
        self.port = free_port()
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        self._where = ("--location", str(folder)) if folder else ("--inMemoryPersistence",)
        self._options = options
        self._log_path = log
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of the account."""
        scheme = "https" if "--cert" in self._options else "http"
        return f"{scheme}://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={self.key};"
            f"{self._service.capitalize()}Endpoint=http://127.0.0.1:{self.port}/{ACCOUNT};"
        )

    def start(self) -> None:
        program = PROGRAMS / f"azurite-{self._service}"
        assert program.exists(), f"{program} is missing: run make test"
        self._log = self._log_path.open("ab")
        listen = (f"--{self._service}Host", "127.0.0.1", f"--{self._service}Port", str(self.port))
        self._process = subprocess.Popen(
            [str(program), "--silent", "--disableTelemetry", *listen, *self._where, *self._options],
            env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"},
            stdout=self._log,
            stderr=self._log,
        )
        end = time.monotonic() + START_S
        while not self._answers():
            assert self._process.poll() is None, self._log_path.read_text()
            assert time.monotonic() < end, self._log_path.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()  # killed, it would forget what came in the last seconds
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._log:
            self._log.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            httpx.get(self.url, verify=False, trust_env=False)
        except httpx.TransportError:
            return False
        return True
