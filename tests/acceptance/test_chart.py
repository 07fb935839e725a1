"""The processes of the chart, started with the environment that it gives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from read_operations.heartbeat import BEAT_S
from read_operations.settings import Settings
from tests.chart.helm import Object, containers, environment, named, render
from tests.fleet import Fleet, wait_for
from tests.samples import book


@pytest.fixture(scope="module")
def objects(valkey_url: str) -> list[Object]:
    """An installation that uses the session's Valkey."""
    where = urlsplit(valkey_url)
    return render(
        values={
            "valkey.enabled": False,
            "externalRedis.host": where.hostname,
            "externalRedis.port": where.port,
            "worker.resources": {
                "requests": {"cpu": "1", "memory": "2Gi"},
                "limits": {"cpu": "1", "memory": "2Gi"},
            },
        }
    )


def command(objects: list[Object], name: str) -> Object:
    return next(container for _, container in containers(objects) if container["name"] == name)


@pytest.fixture(scope="module")
def fleet(objects: list[Object], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("chart")
    # The worker's environment has all that the others' have; only folders are those of a container.
    worker, sweeper = (
        {
            name: value.replace("/data", f"{folder}/data").replace("/run/readfleet", str(run_folder(folder, part)))
            for name, value in environment(objects, command(objects, part)).items()
        }
        for part in ("worker", "sweeper")
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in worker.items():
            patch.setenv(name, value)
        settings = Settings()
    with Fleet(settings, folder, extra_environment=worker, own_environments={"sweep": sweeper}) as fleet:
        yield fleet


def run_folder(folder: Path, part: str) -> Path:
    """What a container has at /run/readfleet, a volume of its own."""
    return folder / f"run-{part}"


def passes(objects: list[Object], fleet: Fleet, part: str, probe: str) -> bool:
    """Whether a probe of a part passes now."""
    run = str(run_folder(fleet.folder, part))
    moved = [word.replace("/run/readfleet", run) for word in command(objects, part)[probe]["exec"]["command"]]
    return subprocess.run(moved, capture_output=True, check=False).returncode == 0


def test_helm_test_reads_a_page_through_the_gateway(objects: list[Object], fleet: Fleet, tmp_path: Path) -> None:
    container = named(objects, "Pod")["spec"]["containers"][0]
    result = subprocess.run(
        [part.replace("/tmp/", f"{tmp_path}/") for part in container["command"]],
        env={
            **environment(objects, container),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GATEWAY": fleet.endpoint,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "LANTERN" in result.stdout


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe"])
@pytest.mark.parametrize("part", ["worker", "sweeper"])
def test_what_works_passes_its_probes(objects: list[Object], fleet: Fleet, part: str, probe: str) -> None:
    assert passes(objects, fleet, part, probe)
    assert passes(objects, fleet, "worker", "readinessProbe")


@pytest.mark.parametrize(("part", "process"), [("worker", "worker"), ("sweeper", "sweep")])
def test_what_stands_still_fails_its_probe(objects: list[Object], fleet: Fleet, part: str, process: str) -> None:
    def renewed() -> bool:
        return passes(objects, fleet, part, "livenessProbe")

    heartbeat = run_folder(fleet.folder, part) / "heartbeat"
    stuck = fleet.processes[process]
    # Given a process that stands still, and so much later
    stuck.send_signal(signal.SIGSTOP)
    try:
        os.utime(heartbeat, (0, 0))
        time.sleep(2 * BEAT_S)
        assert not renewed()
    finally:
        stuck.send_signal(signal.SIGCONT)
    # When it goes on, so does its heart
    wait_for(renewed, 20)


def test_a_worker_that_reads_for_long_passes_its_probe(objects: list[Object], fleet: Fleet) -> None:
    id = fleet.submit(book(6))
    wait_for(lambda: fleet.being_read(id) == 1)
    # Given that its only child has been at a page for longer than a heart may be silent
    (child,) = fleet.children()
    os.kill(child, signal.SIGSTOP)
    try:
        heartbeat = run_folder(fleet.folder, "worker") / "heartbeat"
        os.utime(heartbeat, (0, 0))
        wait_for(lambda: passes(objects, fleet, "worker", "livenessProbe"), 20)
    finally:
        os.kill(child, signal.SIGCONT)
    assert fleet.result(id)["status"] == "succeeded"


def test_the_worker_reads_as_many_pages_at_once_as_its_resources_allow(fleet: Fleet) -> None:
    assert len(fleet.children()) == 1
