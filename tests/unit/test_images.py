"""The Dockerfiles say what the code, the chart and the build script say. That they build is seen by building them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import typer.main
import yaml
from starlette.testclient import TestClient

from ocr_worker.cpu import with_huge_pages
from read_operations.heartbeat import SILENT_S
from read_operations.settings import Settings
from read_operations.version import __version__
from readfleet.address import DEFAULT_PORT
from readfleet.cli import app as commands
from tests.unit.api_gateway.support import Gateway

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "readfleet"
SCRIPT = ROOT / "scripts" / "build_images.sh"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FILES = (ROOT / "Dockerfile.gateway", ROOT / "Dockerfile.worker")

every_file = pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)


@dataclass(frozen=True, kw_only=True)
class Step:
    """An instruction of a Dockerfile, on one line."""

    stage: str
    word: str
    rest: str


def steps(file: Path) -> Iterator[Step]:
    stage = ""
    text = re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = rest.partition(" AS ")[2] or "gateway"
        yield Step(stage=stage, word=word, rest=rest.strip())


def of_image(name: str, word: str) -> str:
    """The instruction that counts for an image, which may be that of the stage it stands on."""
    file = FILES[name != "gateway"]
    found = [step.rest for step in steps(file) if step.word == word and step.stage in ("runtime", name)]
    return found[-1]


def command(name: str) -> list[str]:
    """What an image runs when it is told nothing."""
    entry: list[str] = json.loads(of_image(name, "ENTRYPOINT"))
    return entry if name == "read" else [*entry, *json.loads(of_image(name, "CMD"))]


def health(name: str) -> list[str]:
    """The command of an image's health check."""
    found: list[str] = json.loads(of_image(name, "HEALTHCHECK").partition("CMD ")[2])
    return found


def requirements(stage: str) -> set[str]:
    """The requirements that a stage installs, as its own command lists them."""
    found_in = "service" if stage == "service" else "dependencies"
    runs = [step.rest for step in steps(FILES[stage != "gateway"]) if step.word == "RUN" and step.stage == found_in]
    (run,) = (each for each in runs if "tomllib" in each)
    _, _, code, *_ = shlex.split(run)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


def names(wanted: set[str]) -> set[str]:
    return {re.split(r"[\[<>=]", each)[0] for each in wanted}


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, *FILES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@every_file
def test_nothing_is_used_that_only_some_builders_know(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"<<|--link|^RUN .*--network|^# *syntax", text, re.MULTILINE)
    # Among others not tmpfs: on /tmp it leaves the image with a folder that has another owner, if buildah built it.
    assert set(re.findall(r"--mount=type=(\w+)", text)) <= {"cache", "secret"}


@every_file
def test_no_address_is_baked_in(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"https?://", text) == []
    assert set(re.findall(r"\b[\w-]+\.(?:io|com|org|net|dev)\b", text)) == {"docker.io"}


def test_the_base_is_the_same_and_has_the_python_that_is_tested() -> None:
    bases = {
        step.rest for file in FILES for step in steps(file) if step.word == "ARG" and step.rest.startswith("BASE=")
    }
    python = PROJECT["tool"]["mypy"]["python_version"]
    assert bases == {f"BASE=docker.io/library/python:{python}-slim-bookworm"}
    stages = {"dependencies", "runtime"}
    froms = {step.rest.partition(" AS ")[0] for file in FILES for step in steps(file) if step.word == "FROM"}
    assert froms == {"${BASE}", *stages}


def test_the_context_is_what_the_package_is_built_from() -> None:
    ignored, *rest = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#")]
    assert ignored == "*"
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    sent = {"pyproject.toml", "constraints.txt", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert {line.removeprefix("!") for line in rest if line.startswith("!")} == sent | set(packages)
    assert [line for line in rest if not line.startswith("!")] == ["**/__pycache__"]


@every_file
def test_what_is_copied_is_there(file: Path) -> None:
    stages = {step.stage for step in steps(file)}
    for step in steps(file):
        if step.word != "COPY":
            continue
        first, *others = step.rest.split()
        if first.startswith("--from="):
            assert first.removeprefix("--from=") in stages
        else:
            assert all((ROOT / source).exists() for source in (first, *others)[:-1])


def test_the_gateway_has_no_library_that_reads() -> None:
    gateway, worker, service = (requirements(stage) for stage in ("gateway", "worker", "service"))
    extras = PROJECT["project"]["optional-dependencies"]
    shared = {*PROJECT["project"]["dependencies"], *extras["azure"]}
    assert gateway == shared | set(extras["gateway"])
    assert worker == shared | set(extras["worker"])
    assert worker | service == shared.union(extras["gateway"], extras["worker"], extras["local"][1:])
    assert names(gateway).isdisjoint(names(set(extras["worker"])))
    assert names(worker | service).isdisjoint(names(set(extras["paddle"])))


def test_every_requirement_is_pinned() -> None:
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    wanted = set[str]().union(*(names(requirements(stage)) for stage in ("gateway", "worker", "service")))
    assert wanted - pinned == set()
    assert "opencv-contrib-python" in pinned, "Dockerfile.worker takes the version of its twin without windows from it"


@pytest.mark.parametrize("name", ["gateway", "worker", "read"])
def test_an_image_starts_a_command_that_exists(name: str) -> None:
    called = command(name)
    init = ["tini", "--"] if name != "gateway" else []  # the gateway starts no process
    assert called[: len(init) + 1] == [*init, "readfleet"]
    sub, *arguments = called[len(init) + 1 :]
    assert sub == {"read": "container"}.get(name, name)
    group = typer.main.get_command(commands)
    context = group.commands[sub].make_context(sub, arguments)  # type: ignore[attr-defined]
    if name == "gateway":
        assert context.params["host"] == "0.0.0.0"
        assert str(context.params["port"]) == of_image(name, "EXPOSE")


def test_commands_of_the_build_exist() -> None:
    group = typer.main.get_command(commands)
    runs = [step.rest for file in FILES for step in steps(file) if step.word == "RUN"]
    called = {name for run in runs for name in re.findall(r"\breadfleet (\w+)", run)}
    assert called == {"models", "check"}
    assert called <= group.commands.keys()  # type: ignore[attr-defined]


@every_file
def test_variables_are_settings(file: Path) -> None:
    named = set(re.findall(r"\bREADFLEET_(\w+)", file.read_text()))
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_images_run_as_the_user_of_the_chart() -> None:
    context = yaml.safe_load((CHART / "values.yaml").read_text())["podSecurityContext"]
    for name in ("gateway", "worker", "read"):
        assert of_image(name, "USER") == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_versions_are_the_same() -> None:
    versions = [step.rest for file in FILES for step in steps(file) if step.rest.startswith("VERSION=")]
    assert versions == [f"VERSION={__version__}"] * 2


class Answer(BaseHTTPRequestHandler):
    """Answers the path of a health check, if it is the right one, with the status of the server."""

    def do_GET(self) -> None:
        self.send_response(self.server.healthy.get(self.path, 404))  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("name", "path"), [("gateway", "/ContainerLiveness"), ("read", "/ready")])
@pytest.mark.parametrize("status", [200, 503])
def test_http_health_checks_ask_what_there_is(name: str, path: str, status: int) -> None:
    assert TestClient(Gateway().app).get(path).status_code == 200
    assert of_image(name, "EXPOSE") == str(DEFAULT_PORT)
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        server.healthy = {path: status}  # type: ignore[attr-defined]
        threading.Thread(target=server.handle_request).start()
        _, *arguments = health(name)
        arguments = [each.replace(str(DEFAULT_PORT), str(server.server_port)) for each in arguments]
        # A proxy of the environment is not asked for the container's own address.
        environment = {**os.environ, "http_proxy": "http://127.0.0.1:9"}
        code = subprocess.run([sys.executable, *arguments], env=environment, check=False).returncode
    assert code == (status != 200)


def test_worker_sweeper_and_drop_are_healthy_while_their_heart_beats(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    environment = {**os.environ, "READFLEET_HEARTBEAT_FILE": str(heartbeat)}

    def healthy() -> bool:
        return subprocess.run(health("worker"), env=environment, capture_output=True, check=False).returncode == 0

    assert not healthy()
    heartbeat.touch()
    assert healthy()
    long_ago = time.time() - SILENT_S - 1
    os.utime(heartbeat, (long_ago, long_ago))
    assert not healthy()


def build(tmp_path: Path, *arguments: str, **tools: str) -> subprocess.CompletedProcess[str]:
    """Runs the script with builders that only say how they were called, or fail."""
    for tool, body in tools.items():
        (tmp_path / tool).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / tool).chmod(0o755)
    for tool in ("sh", "sed", "dirname", "git"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    environment = {name: value for name, value in os.environ.items() if name != "IMAGE_TOOL"}
    return subprocess.run(
        ["/bin/sh", SCRIPT, *arguments],
        env={**environment, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_builds_all_images_with_the_first_builder_that_works(tmp_path: Path) -> None:
    said = 'test "$1" = info || echo "$0 $@"'
    done = build(tmp_path, "--secret", "id=pip,src=pip.conf", docker="exit 1", podman=said, buildah=said)

    calls = done.stdout.splitlines()
    assert [call.split("/")[-1].split()[:4] for call in calls] == [["podman", "build", "--format", "docker"]] * 3
    assert all(call.endswith(" --secret id=pip,src=pip.conf .") for call in calls)
    assert all(f"--build-arg VERSION={__version__} " in call for call in calls)
    images = yaml.safe_load((CHART / "values.yaml").read_text())["images"]
    wanted = [images["gateway"]["repository"], images["worker"]["repository"], "readfleet"]
    assert [re.findall(r"--tag (\S+)", call) for call in calls] == [[f"{name}:{__version__}"] for name in wanted]
    used = [re.findall(r"--(?:file|target) (\S+)", call) for call in calls]
    assert used == [["Dockerfile.gateway"], ["Dockerfile.worker", "worker"], ["Dockerfile.worker", "read"]]
    example = (ROOT / "examples" / "kubernetes" / "read-container.yaml").read_text()
    assert f"image: registry.example.com/readfleet:{__version__} " in example


def test_docker_builds_with_what_knows_mounts(tmp_path: Path) -> None:
    done = build(tmp_path, docker='test "$1" = info || echo "$DOCKER_BUILDKIT $1 $2"')

    assert done.stdout.splitlines() == ["1 build --build-arg"] * 3


def test_the_script_says_what_it_needs(tmp_path: Path) -> None:
    done = build(tmp_path, docker="exit 1")

    assert done.returncode == 1
    assert done.stderr == "Images are built with docker, podman or buildah, and none of them works here.\n"


def test_workers_have_huge_pages_in_their_image() -> None:
    (names,) = [step.rest.split() for step in steps(FILES[1]) if (step.stage, step.word) == ("worker", "ENV")]

    assert with_huge_pages({}).items() <= dict(name.split("=", 1) for name in names).items()
