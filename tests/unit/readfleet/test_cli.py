from __future__ import annotations

import importlib.metadata
import re
import resource
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ocr_worker.cpu import CpuUnsupported
from ocr_worker.models import FetchFailed, ModelCorrupt, ModelMissing, ModelUnknown
from read_operations.errors import ReadfleetError, ServiceBusy, StorageMisconfigured
from read_operations.version import __version__
from readfleet.cli import app
from readfleet.configuration import Configuration

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
#: What only the gateway or a worker needs, and what takes long to import.
HEAVY = ("celery", "kombu", "redis", "pydantic", "httpx", "starlette", "uvicorn", "PIL", "numpy", "cv2", "openvino")


def libraries(extra: str) -> set[str]:
    """The names of what an extra brings, but for what it brings by another extra."""
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    return {re.split(r"[\[<>=]", each)[0] for each in extras[extra]} - {"readfleet"}


def hide(library: str, patch: pytest.MonkeyPatch) -> None:
    """As if it were not installed."""
    found = importlib.metadata.distribution

    def distribution(name: str) -> importlib.metadata.Distribution:
        if name == library:
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    patch.setattr(importlib.metadata, "distribution", distribution)


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    for command in ("up", "container", "gateway", "worker", "sweep", "check", "bench", "status", "models", "read"):
        assert f" {command} " in result.stdout


def test_the_version_is_shown() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"readfleet {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    code = f"import sys, readfleet.cli; print([name for name in {HEAVY} if name in sys.modules])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_help_is_quick() -> None:
    def children_s() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    # Seconds of work rather than of the clock, as other tests may be running beside this one.
    before = children_s()
    subprocess.run([sys.executable, "-m", "readfleet", "--help"], capture_output=True, check=True)
    assert children_s() - before < 0.5


def test_reading_imports_nothing_that_only_the_service_needs() -> None:
    code = (
        "import sys, readfleet.reading; "
        "print([n for n in ('celery', 'redis', 'starlette', 'uvicorn', 'numpy', 'cv2') if n in sys.modules])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    ("command", "extra", "brings"),
    [
        ("gateway StorageTimeToLiveInMinutes=no", "gateway", ["gateway"]),
        ("worker StorageTimeToLiveInMinutes=no", "worker", ["worker"]),
        ("check", "worker", ["worker"]),
        ("read x.pdf --format pdf", "worker", ["worker"]),
        ("up StorageTimeToLiveInMinutes=no", "local", ["gateway", "worker", "azure", "local"]),
        ("container StorageTimeToLiveInMinutes=no", "local", ["gateway", "worker", "azure", "local"]),
    ],
)
def test_a_missing_library_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, command: str, extra: str, brings: list[str]
) -> None:
    # It is said before a setting that is wrong, which ends what starts nevertheless.
    for library in set[str]().union(*(libraries(each) for each in brings)):
        with monkeypatch.context() as patch:
            hide(library, patch)
            result = CliRunner().invoke(app, command.split())

        assert result.exit_code == 1
        assert result.stderr == (
            f"This command needs {library}, which is not installed. "
            f"In the sources, run: pip install '.[{extra}]' --constraint constraints.txt\n"
        )


@pytest.mark.parametrize("command", ["worker", "check", "up", "container"])
def test_an_engine_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    for run in ("ocr_worker.worker.run", "readfleet.check.run", "readfleet.up.run", "readfleet.container.check_free"):
        monkeypatch.setattr(run, lambda *_, **__: pytest.fail("it starts"))
    for library in libraries("paddle"):
        with monkeypatch.context() as patch:
            hide(library, patch)
            result = CliRunner().invoke(app, [command], env={"READFLEET_ENGINE": "paddle"})

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == (
            f"READFLEET_ENGINE=paddle needs {library}, which is not installed. "
            "In the sources, run: pip install '.[paddle]' --constraint constraints.txt\n"
        )


def test_settings_that_are_wrong_are_a_sentence_each() -> None:
    result = CliRunner().invoke(app, ["sweep"], env={"READFLEET_MAX_PAGES": "many", "READFLEET_ENGINE": "steam"})

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "READFLEET_MAX_PAGES: input should be a valid integer, unable to parse string as an integer.",
        "READFLEET_ENGINE: input should be 'openvino', 'onnxruntime' or 'paddle'.",
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ServiceBusy, 1),
        (ModelUnknown, 1),
        (FetchFailed, 1),
        (ModelMissing, 78),
        (ModelCorrupt, 78),
        (CpuUnsupported, 78),
        (StorageMisconfigured, 78),
    ],
)
def test_errors_end_as_one_sentence(monkeypatch: pytest.MonkeyPatch, error: type[ReadfleetError], code: int) -> None:
    def run(*_: object) -> int:
        raise error

    monkeypatch.setattr("ocr_worker.sweeper.run", run)

    result = CliRunner().invoke(app, ["sweep"])

    assert (result.exit_code, result.stderr) == (code, f"{error().message}\n")


def test_an_exit_code_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr_worker.worker.run", lambda settings: 78 if settings.concurrency == 3 else 0)

    assert CliRunner().invoke(app, ["worker", "--concurrency", "3"]).exit_code == 78


@pytest.mark.parametrize("command", ["up", "container", "gateway", "worker", "sweep"])
def test_a_setting_of_the_container_that_is_wrong_ends_the_start(command: str) -> None:
    result = CliRunner().invoke(app, [command, "Eula=accept", "StorageTimeToLiveInMinutes=hunter2"])

    assert result.exit_code == 2
    assert result.stderr == "StorageTimeToLiveInMinutes takes a whole number of minutes from 1.\n"


def test_what_is_ignored_is_logged_once() -> None:
    code = (
        "import sys, ocr_worker.sweeper, readfleet.cli; "
        "ocr_worker.sweeper.run = lambda settings: print(settings.result_ttl_minutes) or 0; "
        "readfleet.cli.app(sys.argv[1:])"
    )
    arguments = ["sweep", "--Eula", "accept", "ApiKey=hunter2", "Storage:TimeToLiveInDays=1", "Foo=hunter2"]

    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "1440\n")
    first, second = done.stderr.splitlines()
    assert "[info     ] Eula and ApiKey are not needed here and ignored" in first
    assert "[warning  ] Foo is not known and is ignored." in second


def test_flags_say_where_to_listen_before_settings_of_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, int]] = []

    def run(_: object, host: str, port: int) -> int:
        heard.append((host, port))
        return 0

    monkeypatch.setattr("api_gateway.server.run", run)
    monkeypatch.setattr("readfleet.cli.check_free", lambda *_: None)
    monkeypatch.setattr(Configuration, "announce", lambda *_: None)

    for arguments in ([], ["urls=http://+:7000"], ["--port", "7001", "urls=http://+:7000"]):
        assert CliRunner().invoke(app, ["gateway", *arguments]).exit_code == 0

    assert heard == [("127.0.0.1", 5000), ("0.0.0.0", 7000), ("0.0.0.0", 7001)]


@pytest.mark.parametrize(
    ("command", "arguments", "remedy"),
    [("gateway", ["--host", "127.0.0.1"], "--port"), ("container", [], "urls=http://+:5001"), ("up", [], "--port")],
)
def test_a_port_that_is_taken_is_a_sentence_with_the_remedy(command: str, arguments: list[str], remedy: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, [command, *arguments, f"urls=http://127.0.0.1:{port}"])

    assert result.exit_code == 1
    assert result.stderr == (
        f"Port {port} on 127.0.0.1 cannot be used: address already in use. "
        f"Choose another with {remedy}, or stop what uses it.\n"
    )
