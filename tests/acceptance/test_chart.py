"""The processes of the chart, started with the environment that it gives them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from read_operations.settings import Settings
from tests.chart.helm import Object, containers, environment, named, render
from tests.fleet import Fleet


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
    # The worker's environment has all that the others' have; only its folders are those of a container.
    variables = {
        name: value.replace("/data", f"{folder}/data").replace("/run/readfleet", f"{folder}/run")
        for name, value in environment(objects, command(objects, "worker")).items()
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = Settings()
    with Fleet(settings, folder, extra_environment=variables) as fleet:
        yield fleet


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


def test_a_worker_that_reads_passes_its_probes(objects: list[Object], fleet: Fleet) -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        parts = command(objects, "worker")[probe]["exec"]["command"]
        moved = [part.replace("/run/readfleet", f"{fleet.folder}/run") for part in parts]
        assert subprocess.run(moved, capture_output=True, check=False).returncode == 0, probe


def test_the_worker_reads_as_many_pages_at_once_as_its_resources_allow(fleet: Fleet) -> None:
    assert len(fleet.children()) == 1
