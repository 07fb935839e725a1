"""The supervisor, with small real programs for children."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from readfleet import child_log
from readfleet import supervisor as supervisor_module
from readfleet.errors import ProgramFailed
from readfleet.process import Program
from readfleet.supervisor import Supervisor
from tests.fleet import wait_for

Scenario = Callable[[Supervisor], Awaitable[None]]

#: Says that it runs, and ends properly when it is asked to.
GOOD = """
import signal, sys, time, pathlib
def end(*_):
    with open("ends", "a") as ends: print(sys.argv[1], file=ends)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path(sys.argv[1] + ".pid").write_text(str(__import__("os").getpid()))
while True: time.sleep(0.01)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + GOOD.replace(
    "signal.signal(", "(lambda *_: 0)("
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def program(name: str, code: str = GOOD, *, stop_timeout_s: float = 5) -> Program:
    return Program(
        name=name,
        title=f"The {name}",
        command=(sys.executable, "-I", "-S", "-c", code, name),
        environment=os.environ,
        stop_timeout_s=stop_timeout_s,
    )


def supervise(scenario: Scenario, *, first_pause_s: float = 0.01) -> list[str]:
    """Runs the scenario, stops what it started; what the supervisor said."""
    said: list[str] = []

    async def go() -> None:
        supervisor = Supervisor(logs=Path(), say=said.append, first_pause_s=first_pause_s)
        try:
            await asyncio.wait_for(scenario(supervisor), 30)
        finally:
            await supervisor.stop()

    asyncio.run(go())
    return said


def pid(name: str) -> int:
    text = Path(f"{name}.pid").read_text() if Path(f"{name}.pid").exists() else ""
    return int(text or 0)


async def running(name: str, *, instead_of: int = 0) -> int:
    while pid(name) in (0, instead_of):
        await asyncio.sleep(0.01)
    return pid(name)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_program_that_dies_starts_again() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("worker"))
        first = await running("worker")
        os.kill(first, signal.SIGKILL)
        await running("worker", instead_of=first)

    said = supervise(scenario)

    assert said == ["The worker died (killed by SIGKILL) and starts again in 0.01 s"]
    assert said[0] in Path("worker.log").read_text()
    assert not alive(pid("worker"))


def test_the_last_started_is_stopped_first() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        for name in ("store", "worker", "gateway"):
            await supervisor.start(program(name))
            await running(name)

    supervise(scenario)

    assert Path("ends").read_text().split() == ["gateway", "worker", "store"]


def test_a_program_that_does_not_end_is_killed_with_its_children() -> None:
    child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-I', '-S', '-c', sys.argv[2], 'child'])\n"

    async def scenario(supervisor: Supervisor) -> None:
        deaf = program("deaf", child + DEAF, stop_timeout_s=0.2)
        command = (*deaf.command, GOOD)
        await supervisor.start(
            Program(name="deaf", title="Deaf", command=command, environment=os.environ, stop_timeout_s=0.2)
        )
        await running("deaf")
        await running("child")

    supervise(scenario)

    assert not alive(pid("deaf"))
    wait_for(lambda: not alive(pid("child")), 5)


def test_pauses_double() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        supervisor.all_healthy()
        await supervisor.start(program("worker", "raise SystemExit(3)"))
        await supervisor.broken()

    said = supervise(scenario)

    assert [line.split(" in ")[1] for line in said] == ["0.01 s", "0.02 s", "0.04 s", "0.08 s"]


def test_a_program_that_never_works_is_given_up() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("worker", "print('No disk.'); raise SystemExit(3)"))
        reason = await supervisor.broken()
        assert reason.exit_code == 1
        raise reason

    with pytest.raises(
        ProgramFailed, match=r"The worker died 5 times in a row, the last time with exit code 3"
    ) as caught:
        supervise(scenario)

    assert "No disk." in caught.value.message
    assert "worker.log" in caught.value.message


def test_a_program_that_worked_once_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("worker"))
        dead = await running("worker")
        supervisor.all_healthy()
        for _ in range(6):
            os.kill(dead, signal.SIGKILL)
            dead = await running("worker", instead_of=dead)

    assert len(supervise(scenario, first_pause_s=0.001)) == 6


def test_health_resets_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "_HEALTHY_S", 0.0)

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("worker"))
        dead = await running("worker")
        for _ in range(3):
            os.kill(dead, signal.SIGKILL)
            dead = await running("worker", instead_of=dead)

    assert {line.split(" in ")[1] for line in supervise(scenario)} == {"0.01 s"}


def test_a_machine_that_cannot_do_the_work_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_log, "_ECHO_DELAY_S", 1.0)
    line = "2026-01-01T00:00:00Z [error    ] This CPU has no AVX2. process=worker"

    reasons: list[ProgramFailed] = []

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("worker", f"print({line!r}); raise SystemExit(78)"))
        reasons.append(await supervisor.broken())
        await asyncio.sleep(1.2)  # an echo would have come

    said = supervise(scenario)

    assert said == []  # whoever stopped for the reason tells it
    assert [(reason.message, reason.exit_code) for reason in reasons] == [("This CPU has no AVX2.", 78)]


def test_a_program_that_cannot_be_run_says_so() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(Program(name="x", title="The x", command=("/nowhere/x",), environment=os.environ))
        raise await supervisor.broken()

    with pytest.raises(ProgramFailed, match="/nowhere/x cannot be run: No such file or directory"):
        supervise(scenario)


def test_killing_the_supervisor_leaves_no_program(tmp_path: Path) -> None:
    # Given a supervisor in a process of its own
    code = f"""
import asyncio, os, pathlib, sys
from readfleet.process import Program
from readfleet.supervisor import Supervisor

async def main():
    supervisor = Supervisor(logs=pathlib.Path("."), say=print)
    for name in ("store", "worker"):
        command = (sys.executable, "-I", "-S", "-c", {GOOD!r}, name)
        await supervisor.start(Program(name=name, title=name, command=command, environment=os.environ))
    await asyncio.sleep(60)

asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    wait_for(lambda: pid("store") and pid("worker"), 20)

    # When
    process.kill()
    process.wait()

    # Then
    wait_for(lambda: not alive(pid("store")) and not alive(pid("worker")), 5)


def test_a_kill_leaves_nothing_to_wait_for() -> None:
    started = time.monotonic()

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(program("deaf", DEAF, stop_timeout_s=60))
        await running("deaf")
        asyncio.get_running_loop().call_later(0.1, supervisor.kill)
        await supervisor.stop()

    supervise(scenario)

    assert time.monotonic() - started < 20
    assert not alive(pid("deaf"))
