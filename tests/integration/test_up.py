from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ocr_worker import models
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from readfleet import samples
from tests.fleet import wait_for
from tests.stack import RunningStack

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", autouse=True)
def weights() -> None:
    models.fetch(Settings().models_dir)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A service that the tests which use it leave running and well."""
    with RunningStack(tmp_path_factory.mktemp("up") / "data", workers=2) as stack:
        yield stack


def words(text: str) -> list[str]:
    return sorted(text.split())


def test_the_bundled_samples_are_read_right(stack: RunningStack) -> None:
    letter, notice = samples.paths()

    done = stack.read(str(letter), str(notice))

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    _, of_letter, of_notice = done.stdout.split("==> ")
    assert words(of_letter.partition("<==\n")[2]) == words(samples.text(letter))
    assert words(of_notice.partition("<==\n")[2]) == words(samples.text(notice))


def test_it_prints_a_command_that_works(stack: RunningStack) -> None:
    (command,) = (line.strip() for line in stack.output.splitlines() if line.strip().startswith("curl"))

    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)

    assert "202 Accepted" in done.stdout
    assert f"{stack.endpoint}/vision/v3.2/read/analyzeResults/" in done.stdout


def test_it_says_nothing_that_scares(stack: RunningStack) -> None:
    assert "Traceback" not in stack.output
    assert "arning" not in stack.output


def test_nobody_else_reaches_its_store(stack: RunningStack) -> None:
    (run_folder,) = stack.run_folders

    assert run_folder.stat().st_mode & 0o777 == 0o700
    assert (stack.data / "valkey").stat().st_mode & 0o777 == 0o700
    title = Path(f"/proc/{stack.leader('valkey-server')}/cmdline").read_text()
    assert f"unixsocket:{run_folder}/" in title  # it would be an address and a port


def test_a_second_one_on_the_same_data_is_refused(stack: RunningStack) -> None:
    other = RunningStack(stack.data)

    done = subprocess.run(other.command(), capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "Another `readfleet up` uses" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert stack.is_ready()


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    other = RunningStack(tmp_path / "data")
    with socket.create_server(("127.0.0.1", other.port)):
        done = subprocess.run(other.command(), capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {other.port} on 127.0.0.1 cannot be used: address already in use.")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("part", ["valkey-server", "gateway", "worker", "sweep"])
def test_a_killed_part_comes_back(stack: RunningStack, part: str) -> None:
    # Given
    dead = stack.leader(part)

    # When
    os.kill(dead, signal.SIGKILL)

    # Then
    wait_for(lambda: stack.leader(part) != dead)
    wait_for(stack.is_ready, 120)
    done = stack.read(str(samples.paths()[1]))
    assert done.returncode == 0, done.stderr
    assert words(done.stdout) == words(samples.text(samples.paths()[1]))
    assert "died (killed by SIGKILL) and starts again" in stack.output


def test_it_stops_without_a_trace_and_keeps_results(tmp_path: Path) -> None:
    with RunningStack(tmp_path / "data") as stack:
        # Given a result
        notice = samples.paths()[1].read_bytes()
        submitted = httpx.post(f"{stack.endpoint}/vision/v3.2/read/analyze", content=notice)
        place = submitted.headers["Operation-Location"]
        wait_for(lambda: httpx.get(place).json()["status"] == "succeeded")
        result = httpx.get(place).json()
        assert stack.processes()

        # When it is stopped
        code = stack.stop()

        # Then
        assert code == 0, stack.output
        assert stack.processes() == []
        assert stack.run_folders == []
        assert "Traceback" not in (stack.data / "logs" / "worker.log").read_text()

        # When it is started again
        stack.start()

        # Then
        assert httpx.get(place).json() == result
        assert stack.stop(signal.SIGINT) == 0
        assert stack.processes() == []


def test_killing_it_leaves_no_process_and_the_next_start_tidies_up(tmp_path: Path) -> None:
    with RunningStack(tmp_path / "data") as stack:
        # When
        stack.kill()

        # Then
        wait_for(lambda: stack.processes() == [], 30)
        assert len(stack.run_folders) == 1

        stack.start()
        assert len(stack.run_folders) == 1


def test_with_a_redis_of_the_users_it_brings_none(tmp_path: Path, settings: Settings) -> None:
    # Given a Redis, under either of its names, and a folder for documents
    address = httpx.URL(settings.redis_url)
    folder = tmp_path / "documents"
    environment = {
        "Cache__Redis__Configuration": f"{address.host}:{address.port},abortConnect=False",
        "READFLEET_KEY_PREFIX": settings.key_prefix,
        "READFLEET_DOCUMENTS_DIR": str(folder),
    }
    with RunningStack(tmp_path / "data", environment=environment) as stack:
        # When a document is taken
        submitted = httpx.post(f"{stack.endpoint}/vision/v3.2/read/analyze", content=samples.paths()[1].read_bytes())
        id = submitted.headers["Operation-Location"].rpartition("/")[2]

        # Then its record and its bytes are there
        assert RedisOperationStore(connect(settings), settings).get(id).id == id
        assert [path.name for path in folder.iterdir()] == [id]
        assert list((tmp_path / "data" / "valkey").iterdir()) == []
        assert stack.stop() == 0


def test_an_unsuitable_cpu_ends_it_with_one_sentence(tmp_path: Path) -> None:
    stack = RunningStack(tmp_path / "data")

    done = subprocess.run(
        stack.command(),
        env={**os.environ, "READFLEET_CPU_FLAGS": "sse4_2"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 78
    assert done.stderr.count("AVX2") == 1
    assert "Traceback" not in done.stderr
    assert stack.processes() == []
