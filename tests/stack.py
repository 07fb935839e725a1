"""A whole service for tests, as a user starts it: `readfleet up`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

import httpx

from tests.fleet import free_port, wait_for

READY_S = 180
STOP_S = 60


class RunningStack:
    """`readfleet up` on a free port. Use it as a context manager, or start and stop it."""

    def __init__(self, data: Path, *, workers: int = 1, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._workers = workers
        self._environment = {**os.environ, **(environment or {})}
        # Its run folder is made in here, so that what it leaves behind is seen. A short name: there will be a socket.
        self.temporary = Path(tempfile.gettempdir()) / f"stack-{os.getpid()}-{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.running:
            self.stop()
        shutil.rmtree(self.temporary, ignore_errors=True)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def run_folders(self) -> list[Path]:
        return list(self.temporary.iterdir())

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._output_file.read_text() if self._output_file.exists() else ""

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "readfleet", "up", "--port", str(self.port), "--data", str(self.data), *arguments]

    def start(self, *arguments: str) -> None:
        """Starts it and waits until it is ready."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)
        with self._output_file.open("w") as output:
            self._process = subprocess.Popen(
                self.command("--workers", str(self._workers), *arguments),
                env={**self._environment, "TMPDIR": str(self.temporary)},
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_for(self._is_up, READY_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stops it as its user would; the exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(STOP_S)

    def kill(self) -> None:
        """Kills it as the kernel would, without a goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def processes(self, what: str = "") -> list[int]:
        """Every process that was started for this stack's data folder, and whose command says `what`."""
        mark = os.fsencode(f"READFLEET_DOCUMENTS_DIR={self.data}/documents")
        # Valkey writes its title over its environment: unixsocket:<path>.
        return [
            pid
            for pid in _pids()
            if what in _command(pid)
            and (mark in _proc(pid, "environ").split(b"\0") or f"unixsocket:{self.temporary}/" in _command(pid))
        ]

    def leader(self, what: str) -> int:
        """The process of one part of the service: valkey-server, gateway, worker or sweep."""
        return wait_for(lambda: next((pid for pid in self.processes(what) if os.getpgid(pid) == pid), None), 60)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.endpoint}/ready").status_code == 200
        except httpx.TransportError:
            return False

    def read(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs `readfleet read` against it."""
        return subprocess.run(
            [sys.executable, "-m", "readfleet", "read", "--endpoint", self.endpoint, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    @property
    def _output_file(self) -> Path:
        return self.data.parent / f"{self.data.name}.output"

    def _is_up(self) -> bool:
        assert self.running, self.output
        return "Ctrl-C stops it." in self.output


class RunningContainer(RunningStack):
    """`readfleet container` with these settings, as the entry point of an image runs it."""

    def __init__(self, data: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        few = {"READFLEET_CONCURRENCY": "1", "READFLEET_MODE": "fast"}
        super().__init__(data, environment={**few, **(environment or {})})
        # Of all the addresses of the machine those of a container are its own, here one port is.
        self._environment.setdefault("ASPNETCORE_URLS", f"http://+:{self.port}")
        self._arguments = arguments

    def command(self, *_: str) -> list[str]:
        return [sys.executable, "-m", "readfleet", "container", *self._arguments]

    def _is_up(self) -> bool:
        assert self.running, self.output
        return "Readfleet reads documents at" in self.output


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _proc(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it is gone
        return b""


def _command(pid: int) -> str:
    return os.fsdecode(_proc(pid, "cmdline").replace(b"\0", b" "))
