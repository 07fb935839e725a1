"""A worker that is asked to stop while it reads: it finishes its page, or gives it back, but never loses it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from read_operations.records import Status
from read_operations.settings import Lane, Mode, Settings
from tests.builders import encoded, text_page
from tests.fleet import Fleet, wait_for

PAGE = encoded(text_page().image, "PNG")
#: Longer than a worker takes to end, and shorter than its pages take here.
SOON_S = 15


class SlowFleet(Fleet):
    """A fleet whose first worker takes its time before it reads."""

    def __init__(self, settings: Settings, folder: Path, *, page_s: float) -> None:
        super().__init__(settings, folder, extra_environment={"SLOW_WORKER_S": str(page_s)})

    def start_process(self, command: str, *arguments: str, name: str | None = None, module: str | None = None) -> None:
        slow = "tests.faults.slow_worker" if command == "worker" and name is None else None
        super().start_process(command, *arguments, name=name, module=slow)


@pytest.fixture
def fleet(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SlowFleet]:
    own = Settings(
        **{
            **settings.model_dump(exclude_unset=True),
            "concurrency": 1,
            "mode": Mode.FAST,
            "sweep_interval_s": 1,
            **getattr(request, "param", {}).get("settings", {}),
        }
    )
    with SlowFleet(own, tmp_path, page_s=getattr(request, "param", {}).get("page_s", 60)) as fleet:
        yield fleet


def ended(process: subprocess.Popen[str], seconds: float = SOON_S) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def waiting(fleet: SlowFleet) -> int:
    """Messages that any worker may take."""
    return sum(int(fleet.redis.llen(f"{fleet.settings.key_prefix}:{lane.value}")) for lane in Lane)


def is_handed_over(fleet: SlowFleet, id: str) -> float:
    """Starts another worker, and gives the seconds after which it had read the page."""
    fleet.start_process("worker", name="another")
    fleet.wait_until_ready()
    began = time.monotonic()
    result: Any = fleet.result(id)
    assert result["status"] == "succeeded"
    return time.monotonic() - began


@pytest.mark.parametrize("fleet", [{"page_s": 2}], indirect=True)
def test_asked_once_it_finishes_its_page_and_takes_no_other(fleet: SlowFleet) -> None:
    # Given two pages for one reader
    first, second = fleet.submit(PAGE), fleet.submit(PAGE)
    wait_for(lambda: fleet.being_read(first) == 1)
    # When its worker is asked to stop
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    # Then it ends well with the first page read, and the second is still to be done
    assert ended(fleet.processes["worker"], 30)
    assert fleet.processes.pop("worker").returncode == 0
    result: Any = fleet.result(first)
    assert result["status"] == "succeeded"
    assert fleet.store.get(second).status is Status.NOT_STARTED
    assert waiting(fleet) == 1


def test_asked_twice_it_gives_its_page_back(fleet: SlowFleet) -> None:
    # Given a page that takes a minute or two
    id = fleet.submit(PAGE)
    wait_for(lambda: fleet.being_read(id) == 1)
    # When the worker is asked to stop, and asked again
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    assert not ended(fleet.processes["worker"], 2)
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    # Then it ends soon, and another has the page at once: long before anybody would miss it
    assert ended(fleet.processes["worker"])
    del fleet.processes["worker"]
    assert is_handed_over(fleet, id) < SOON_S


@pytest.mark.parametrize("fleet", [{"page_s": 600, "settings": {"concurrency": 2}}], indirect=True)
def test_a_page_outlives_lost_connections_and_can_still_be_given_back(fleet: SlowFleet) -> None:
    # Given a page that is being read, beside a child that waits for the next
    id = fleet.submit(PAGE)
    wait_for(lambda: fleet.being_read(id) == 1)
    # When the connections to Redis are cut, more often than a page is tried
    for cut in range(1, fleet.settings.page_attempts + 1):
        fleet.redis.client_kill_filter(_type="normal", skipme=True)
        wait_for(lambda cut=cut: fleet.log("worker").count("Connection to broker lost") == cut)  # type: ignore[misc]
        # Then it is still the first try, and nobody else is given the page
        time.sleep(1)
        assert waiting(fleet) == 0
        assert fleet.redis.hvals(f"{fleet.settings.key_prefix}:{{{id}}}:attempts") == [b"1"]
    # And a worker that is asked to stop twice gives it back at once
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    assert not ended(fleet.processes["worker"], 2)
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    assert ended(fleet.processes.pop("worker"))
    assert waiting(fleet) == 1


@pytest.mark.parametrize("fleet", [{"settings": {"page_soft_limit_s": 3, "page_hard_limit_s": 4}}], indirect=True)
def test_a_page_without_an_end_does_not_keep_it(fleet: SlowFleet) -> None:
    id = fleet.submit(PAGE)
    wait_for(lambda: fleet.being_read(id) == 1)
    fleet.processes["worker"].send_signal(signal.SIGTERM)
    assert ended(fleet.processes["worker"])
    del fleet.processes["worker"]
    assert not fleet.store.get(id).status.final
    wait_for(lambda: waiting(fleet) == 1, SOON_S)
