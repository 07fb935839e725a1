"""Nothing calls out: a worker starts and reads with every connection but loopback refused and counted.

The guard is an audit hook, which sees whatever Python code of any library does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from read_operations.settings import Settings
from tests.builders import LINES, encoded, text_page
from tests.fleet import Fleet

GUARD = """
import os, sys

def refuse(event, arguments):
    if event == "socket.connect" or event == "socket.sendto":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "a unix socket"
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if host in ("a unix socket", "localhost", "::1", "None") or host.startswith("127."):
        return
    with open(os.environ["CALLS_OUT"], "a") as log:
        log.write(f"{event} {host}\\n")
    raise ConnectionRefusedError(f"{host} is not this machine")

sys.addaudithook(refuse)
"""


@pytest.fixture
def guarded(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    return {"PYTHONPATH": str(tmp_path / "guard"), "CALLS_OUT": str(tmp_path / "calls")}


def test_the_guard_sees_a_call_out(guarded: dict[str, str]) -> None:
    program = "import urllib.request; urllib.request.urlopen('http://example.invalid')"
    ended = subprocess.run([sys.executable, "-c", program], env={**os.environ, **guarded}, capture_output=True)
    assert ended.returncode != 0
    assert "example.invalid" in Path(guarded["CALLS_OUT"]).read_text()


def test_a_page_is_read_without_a_call_out(settings: Settings, tmp_path: Path, guarded: dict[str, str]) -> None:
    alone = Settings(**{**settings.model_dump(exclude_unset=True), "concurrency": 1})
    with Fleet(alone, tmp_path, extra_environment=guarded) as fleet:
        result: Any = fleet.result(fleet.submit(encoded(text_page().image, "PNG")))
    assert [line["text"] for line in result["analyzeResult"]["readResults"][0]["lines"]] == list(LINES)
    assert not Path(guarded["CALLS_OUT"]).exists(), Path(guarded["CALLS_OUT"]).read_text()
