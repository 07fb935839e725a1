"""A page whose reader is killed as often as it may be is given up, listed, and read when it is retried."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from read_operations.settings import Mode, Settings
from tests.fleet import Fleet, environment, wait_for
from tests.samples import book, first_lines


def dead_letters(settings: Settings, *words: str) -> str:
    command = [sys.executable, "-m", "readfleet", "dead-letters", *words]
    variables = {**os.environ, **environment(settings)}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout


def test_what_was_given_up_is_read_when_it_is_retried(valkey_url: str, tmp_path: Path) -> None:
    settings = Settings(
        redis_url=valkey_url,
        key_prefix="dead-letters",
        documents_dir=tmp_path / "documents",
        concurrency=1,
        mode=Mode.FAST,
        page_attempts=1,
        sweep_interval_s=1,
        lost_after_s=3,
    )
    with Fleet(settings, tmp_path) as fleet:
        # Given a book whose first page costs its reader its life
        id = fleet.submit(book(3))
        wait_for(lambda: fleet.store.get(id).total and fleet.being_read(id) == 1)
        os.kill(fleet.children()[0], signal.SIGKILL)
        # Then the others are read, and the list names the page
        result: Any = fleet.result(id)
        assert result["status"] == "succeeded"
        assert fleet.store.get(id).failed == 1
        row, reason = dead_letters(settings, "list").splitlines()
        assert re.search(rf"  {id}  page [1-3], tries: 1$", row)
        assert "stopped 1 times" in reason
        # When it is retried, its place in the result is filled
        assert "1 page will be read" in dead_letters(settings, "retry", id)
        result = fleet.result(id)
        assert first_lines(result) == [(n, f"Page {n} of the book") for n in range(1, 4)]
        operation = fleet.store.get(id)
        assert (operation.total, operation.done, operation.failed) == (3, 3, 0)
        assert fleet.store.usage() == 3
        assert dead_letters(settings, "list") == "There are no dead letters.\n"
