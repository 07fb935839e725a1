"""One operation's pages are read at the same time, and survive the death of a reader."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.fleet import Fleet, wait_for
from tests.samples import book, first_lines


def cpu_s(pid: int) -> float:
    """Seconds of a CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_scanned_book_uses_every_child(fleet: Fleet) -> None:
    # Given two children and how much they have worked
    children = fleet.children()
    assert len(children) == 2
    before = {pid: cpu_s(pid) for pid in children}
    # When a book of twenty pages comes
    id = fleet.submit(book(20))
    at_once = 0

    def finished() -> bool:
        nonlocal at_once
        at_once = max(at_once, fleet.being_read(id))
        return fleet.store.get(id).status.final

    wait_for(finished, 120)
    # Then two of its pages were being read at once, and both children did their share
    assert at_once == 2
    worked = [cpu_s(pid) - before[pid] for pid in children]
    assert min(worked) > 0.5 * max(worked)
    result = fleet.result(id)
    assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 21)]


def test_a_killed_child_costs_no_page_and_doubles_none(fleet: Fleet) -> None:
    # Given an operation whose pages are being read
    id = fleet.submit(book(6))
    children = fleet.children()
    wait_for(lambda: fleet.being_read(id) == 2)
    # When one of the readers is killed on the spot
    os.kill(children[0], signal.SIGKILL)
    # Then every page is there once
    result: Any = fleet.result(id, 120)
    assert result["status"] == "succeeded"
    assert "errors" not in result["analyzeResult"]
    assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 7)]
    operation = fleet.store.get(id)
    assert (operation.total, operation.done, operation.failed) == (6, 6, 0)
    # And the fleet is whole again
    wait_for(lambda: len(fleet.children()) == 2 and children[0] not in fleet.children())
    wait_for(lambda: fleet.queued_messages() == 0, 10)
