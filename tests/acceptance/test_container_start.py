"""The service starts as the Read container does: by the same arguments, the same environment, the same manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from readfleet import samples
from tests.azurite import Azurite
from tests.fleet import wait_for
from tests.stack import RunningContainer

pytestmark = pytest.mark.timeout(600)

MANIFEST = Path(__file__).parents[2] / "examples" / "kubernetes" / "read-container.yaml"
SECRET = "hunter2-0123456789"
NOTICE = samples.paths()[1]
#: Names that are ignored, as they are given and as they are logged.
IGNORED = {
    "Eula": "Eula",
    "Billing": "Billing",
    "ApiKey": "ApiKey",
    "Mounts:Output": "Mounts:Output",
    "Logging:Disk:Format": "Logging:…",
    "Fluentd:Host": "Fluentd:…",
    "Queue:RabbitMQ:HostName": "Queue:RabbitMQ:…",
    "Queue:RabbitMQ:Password": "Queue:RabbitMQ:…",
    "Storage:DocumentStore:MongoDB": "Storage:DocumentStore:MongoDB…",
    "ApplicationInsights:InstrumentationKey": "ApplicationInsights:…",
    "EnableSyncNTPServer": "EnableSyncNTPServer",
    "HealthCheck:MemoryUpperboundInMB": "HealthCheck:MemoryUpperboundInMB",
}
HONOURED = {
    "StorageTimeToLiveInMinutes": "60",
    "Task:MaxRunningTimeSpanInMinutes": "5",
    "Queue:Azure:ConnectionString": "UseDevelopmentStorage=true",
}


def submit(endpoint: str) -> str:
    """Gives the path of the result."""
    answer = httpx.post(f"{endpoint}/vision/v3.2/read/analyze", content=NOTICE.read_bytes())
    assert answer.status_code == 202, answer.text
    return httpx.URL(answer.headers["Operation-Location"]).path


def result(endpoint: str, path: str) -> dict[str, Any]:
    def final() -> dict[str, Any] | None:
        answer = httpx.get(f"{endpoint}{path}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body if body["status"] in ("succeeded", "failed") else None

    return wait_for(final, 120)


def assert_is_the_notice(body: dict[str, Any]) -> None:
    lines = [line["text"] for page in body["analyzeResult"]["readResults"] for line in page["lines"]]
    assert sorted(" ".join(lines).split()) == sorted(samples.text(NOTICE).split())


def lines_about(name: str, output: str) -> list[str]:
    named = re.compile(rf"(?<![\w:]){re.escape(name)}(?![\w:…])")
    return [line for line in output.splitlines() if named.search(line) and "not needed here" in line]


@pytest.mark.parametrize("how", ["arguments", "environment in capitals", "environment in small letters"])
def test_it_starts_by_the_settings_of_the_container(tmp_path: Path, how: str) -> None:
    # Given everything that the documentation of the container knows
    data = tmp_path / "share"
    given = {**dict.fromkeys(IGNORED, SECRET), **HONOURED, "Mounts:Shared": str(data)}
    arguments = [f"{name}={value}" for name, value in given.items()]
    change = str.upper if "capitals" in how else str.lower
    variables = {change(name.replace(":", "__")): value for name, value in given.items()}

    container = (
        RunningContainer(data, *arguments, "Foo=bar")
        if how == "arguments"
        else RunningContainer(data, environment=variables)
    )
    with container:
        # Then it reads
        place = submit(container.endpoint)
        assert_is_the_notice(result(container.endpoint, place))
        # Then what is honoured has reached the parts of it, and what is secret has not
        environment = Path(f"/proc/{container.leader('gateway')}/environ").read_text().split("\0")
        assert "READFLEET_RESULT_TTL_MINUTES=60" in environment
        assert "READFLEET_OPERATION_DEADLINE_MINUTES=5.0" in environment
        assert SECRET not in "".join(environment)
        # It may have gone since.
        assert [path.name for path in (data / "documents").iterdir()] in ([], [place.rpartition("/")[2]])
        assert container.stop() == 0
        output = container.output
    # Then each name that is ignored is in one line, with its reason
    assert {name: len(lines_about(name, output)) for name in IGNORED.values()} == dict.fromkeys(IGNORED.values(), 1)
    assert output.count("Foo is not known and is ignored.") == (how == "arguments")
    assert SECRET not in output
    # Then there are the lines that scripts wait for
    assert f"Now listening on: http://0.0.0.0:{container.port}" in output
    assert "Application started. Press Ctrl+C to shut down." in output


def test_results_go_once_they_were_fetched(tmp_path: Path) -> None:
    data = tmp_path / "share"
    with RunningContainer(data, "ReadEngineConfig:ResultExpirationPeriod=0", f"Mounts:Shared={data}") as container:
        place = submit(container.endpoint)
        assert_is_the_notice(result(container.endpoint, place))
        wait_for(lambda: httpx.get(f"{container.endpoint}{place}").status_code == 404)
        assert list((data / "documents").iterdir()) == []


def environment(text: str, secrets: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The container of a manifest, and its environment."""
    deployment, _ = yaml.safe_load_all(text)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert "command" not in container  # it would be the original's
    values = {
        each["name"]: each["value"] if "value" in each else secrets[each["valueFrom"]["secretKeyRef"]["key"]]
        for each in container["env"]
    }
    return container, values


@pytest.fixture
def secrets(azurite: Azurite) -> dict[str, str]:
    return {"storage": azurite.connection_string}


def test_the_manifest_starts_it(tmp_path: Path, secrets: dict[str, str], azurite: Azurite) -> None:
    specification, variables = environment(MANIFEST.read_text(), secrets)
    mine = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "READFLEET_DOCUMENTS_CONTAINER": "manifest"}
    container = RunningContainer(
        tmp_path / "readfleet", *specification.get("args", ()), environment={**variables, **_models(), **mine}
    )
    with container:
        # When the kubelet looks at it
        probe = specification["livenessProbe"]["httpGet"]
        assert probe["port"] == 5000
        assert httpx.get(f"{container.endpoint}{probe['path']}").status_code == 200
        # Then it lives, and reads
        assert_is_the_notice(result(container.endpoint, submit(container.endpoint)))
        assert list((tmp_path / "readfleet" / "documents").iterdir()) == []  # it is in the account
        assert container.stop() == 0
    # Then who has three of them is told what they share no longer
    assert len(lines_about("Queue:Azure:ConnectionString", container.output)) == 1
    assert "This container shares no work and no results with others." in container.output
    assert variables["apikey"] not in container.output
    assert azurite.key not in container.output


def test_the_commented_lines_make_a_fleet(tmp_path: Path, secrets: dict[str, str], valkey_url: str) -> None:
    # Given two containers of the manifest with the lines that name a Redis
    text = re.sub(r"^( +)# ( *(?:- name: Cache|value: redis))", r"\1\2", MANIFEST.read_text(), flags=re.MULTILINE)
    specification, variables = environment(text, secrets)
    assert variables["Cache__Redis__Configuration"] == "redis:6379"
    address = httpx.URL(valkey_url)
    variables["Cache__Redis__Configuration"] = f"{address.host}:{address.port},abortConnect=False"
    mine = {"READFLEET_DOCUMENTS_CONTAINER": "replicas", "READFLEET_KEY_PREFIX": "replicas", **_models()}

    def replicas() -> Iterator[RunningContainer]:
        for name in ("first", "second"):
            home = {"HOME": str(tmp_path / name), "XDG_DATA_HOME": str(tmp_path / name)}
            yield RunningContainer(
                tmp_path / name / "readfleet", *specification.get("args", ()), environment={**variables, **mine, **home}
            )

    first, second = replicas()
    with first, second:
        # Then a document that one takes is answered by the other, whoever reads it
        for _ in range(4):
            assert_is_the_notice(result(second.endpoint, submit(first.endpoint)))
        assert first.processes("valkey-server") == []
        # Then nothing is lost with one of them
        place = submit(first.endpoint)
        assert first.stop() == 0
        assert_is_the_notice(result(second.endpoint, place))


def _models() -> dict[str, str]:
    """Where the models are, as another HOME moves them."""
    from read_operations.settings import Settings

    return {"READFLEET_MODELS_DIR": str(Settings().models_dir)}
