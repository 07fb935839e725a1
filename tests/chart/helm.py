"""Runs Helm on our chart."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
CHART: Final = ROOT / "deploy" / "helm" / "readfleet"
#: Values of whole installations; each stands for a way to run the chart.
EXAMPLES: Final = sorted((CHART / "ci").glob("*-values.yaml"))
HELMS: Final = ("helm-4", "helm-3")
RELEASE: Final = "rel"
NAMESPACE: Final = "documents"

#: A Kubernetes object, or part of one.
Object = dict[str, Any]

#: Made-up values of secrets that have to look like something.
_SECRETS: Final = {
    "READFLEET_REDIS_URL": "rediss://:made-up@redis.example.com:10000/0",
    "READFLEET_WEBHOOK_SECRET": f"whsec_{base64.b64encode(bytes(32)).decode()}",
}
_PROGRAMS: Final = Path(sys.executable).parent


def helm(*arguments: str, program: str = "helm-4", kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs Helm in an environment that has nothing of the developer's."""
    path = _PROGRAMS / program
    assert path.exists(), f"{path} is missing: python -m scripts.install_helm {_PROGRAMS}"
    return subprocess.run(
        [path, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "HELM_CACHE_HOME": "/nonexistent",
            "HELM_NAMESPACE": NAMESPACE,
            "HELM_QPS": "1000",
            "HELM_BURST_LIMIT": "1000",
            "KUBECONFIG": str(kubeconfig or "/nonexistent"),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@cache
def _template(program: str, files: tuple[str, ...], overrides: str, test: bool) -> str:
    arguments = ["template", RELEASE, str(CHART), *(f"--values={file}" for file in files)]
    # JSON text survives as it is; --set would read commas and dots in it.
    arguments += [f"--set-json={key}={json.dumps(value)}" for key, value in json.loads(overrides).items()]
    rendered = helm(*arguments, *([] if test else ["--skip-tests"]), program=program)
    if rendered.returncode:
        raise ChartRefused(rendered.stderr)
    return rendered.stdout


class ChartRefused(Exception):
    """Helm did not render the chart, and why."""


def render(*files: Path, values: Mapping[str, Any] | None = None, program: str = "helm-4") -> list[Object]:
    """The objects of an installation, the pod of `helm test` among them.

    Args:
        files: files of values.
        values: path in the values, such as `worker.replicas` -> what it is set to.
        program: which Helm.

    Raises:
        ChartRefused: the values are not accepted.
    """
    text = _template(program, tuple(map(str, files)), json.dumps(values or {}), True)
    return [each for each in yaml.safe_load_all(text) if each]


def named(objects: list[Object], kind: str, name: str = "") -> Object:
    """The object of a kind; by the end of its name where there are several."""
    found = [each for each in objects if each["kind"] == kind and each["metadata"]["name"].endswith(name)]
    assert len(found) == 1, f"{len(found)} objects {kind} {name}"
    return found[0]


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """All objects of the kinds."""
    return [each for each in objects if each["kind"] in kinds]


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Name and pod (metadata and spec) of everything that runs."""
    for each in objects:
        if each["kind"] == "Pod":
            yield each["metadata"]["name"], each
        elif each["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield each["metadata"]["name"], each["spec"]["template"]


def containers(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Name of the owner, and container, of every container."""
    for name, pod in pods(objects):
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
            yield name, container


def environment(objects: list[Object], container: Object) -> dict[str, str]:
    """What the container's process would see, with a made-up value for each secret."""
    maps = {each["metadata"]["name"]: each.get("data", {}) for each in of_kind(objects, "ConfigMap")}
    seen: dict[str, str] = {}
    for source in container.get("envFrom", []):
        seen |= maps.get(source.get("configMapRef", {}).get("name"), {})
    for variable in container.get("env", []):
        value = variable.get("value", _SECRETS.get(variable["name"], "made-up"))
        for name, known in seen.items():
            value = value.replace(f"$({name})", known)
        seen[variable["name"]] = value
    return seen
