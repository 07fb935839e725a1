"""The life of a release: installed, tested, upgraded, rolled back, uninstalled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chart.helm import CHART, EXAMPLES, HELMS, RELEASE, Object, helm
from tests.chart.kubernetes import ApiServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with ApiServer(tmp_path) as server:
        yield server


class Installation:
    def __init__(self, server: ApiServer, program: str) -> None:
        self._server = server
        self._program = program
        # Helm 3 waits for replica sets, which only controllers make.
        self.wait = ("--wait", "--timeout=60s") if program == "helm-4" else ()
        # And it looks for the log when the pod is gone.
        self.logs = ("--logs",) if program == "helm-4" else ()

    def run(self, command: str, *arguments: str) -> str:
        done = helm(command, RELEASE, *arguments, program=self._program, kubeconfig=self._server.kubeconfig)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, kind: str, name: str) -> Object:
        return next(each for key, each in self._server.cluster.objects.items() if key[1:] == (kind, name))

    def kinds(self) -> set[str]:
        """Kinds of everything but Helm's own records."""
        objects = self._server.cluster.objects.values()
        return {each["kind"] for each in objects if each.get("type") != "helm.sh/release.v1"}


@pytest.fixture(params=HELMS)
def installation(server: ApiServer, request: pytest.FixtureRequest) -> Installation:
    return Installation(server, request.param)


def test_a_release_lives_from_installation_to_uninstallation(installation: Installation) -> None:
    installation.run("install", str(CHART), *installation.wait)
    password = installation.get("secrets", "rel-readfleet-valkey")["data"]["password"]
    assert "Phase:          Succeeded" in installation.run("test", *installation.logs)
    # An upgrade that changes something keeps the password
    installation.run("upgrade", str(CHART), "--set=worker.replicas=3", *installation.wait)
    assert installation.get("deployments", "rel-readfleet-worker-standard")["spec"]["replicas"] == 3
    assert installation.get("secrets", "rel-readfleet-valkey")["data"]["password"] == password
    installation.run("rollback", "1", *installation.wait)
    assert installation.get("deployments", "rel-readfleet-worker-standard")["spec"]["replicas"] == 1
    assert installation.get("secrets", "rel-readfleet-valkey")["data"]["password"] == password
    history = json.loads(installation.run("history", "--output=json"))
    assert [each["status"] for each in history] == ["superseded", "superseded", "deployed"]
    # What was read stays, unless somebody removes it
    installation.run("uninstall", *installation.wait)
    assert installation.kinds() == {"PersistentVolumeClaim"}


@pytest.mark.parametrize(
    ("example", "program"),
    # Both render the same, so the older one shows with some that it applies every kind.
    [(each, HELMS[0]) for each in EXAMPLES]
    + [(each, HELMS[1]) for each in EXAMPLES if each.stem[:4] in ("full", "drop")],
    ids=lambda value: value.stem.removesuffix("-values") if isinstance(value, Path) else value,
)
def test_every_example_can_be_installed_and_upgraded(example: Path, program: str, server: ApiServer) -> None:
    installation = Installation(server, program)
    # The Gateway API is not among what the server knows.
    values = [f"--values={example}", "--set=gateway.httpRoute.enabled=false"]
    installation.run("install", str(CHART), *values)
    installation.run("upgrade", str(CHART), *values, "--set=settings.max_pages=100")


def test_keda_takes_over_a_pool_that_runs(installation: Installation) -> None:
    installation.run("install", str(CHART), "--set=worker.replicas=4")
    installation.run("upgrade", str(CHART), "--set=worker.keda.enabled=true")
    assert "replicas" not in installation.get("deployments", "rel-readfleet-worker-standard")["spec"]
    assert installation.get("scaledobjects", "rel-readfleet-worker-standard")["spec"]["maxReplicaCount"] == 10


def test_a_field_that_kubernetes_does_not_know_is_refused(server: ApiServer) -> None:
    values = '--set-json=extraManifests=[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"dataa":{}}]'
    refused = helm("install", RELEASE, str(CHART), values, kubeconfig=server.kubeconfig)
    assert refused.returncode == 1
    assert "dataa" in refused.stderr
