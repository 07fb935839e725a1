from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmarks.bench.environments import NotInstalled, interpreter


@pytest.fixture
def wheel(tmp_path: Path) -> str:
    """The requirement of a library that is made on the spot."""
    path = tmp_path / "tinypeer-1.0-py3-none-any.whl"
    info = "tinypeer-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tinypeer.py", "ANSWER = 42\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypeer\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return f"tinypeer @ file://{path}"


def test_what_needs_nothing_runs_here(tmp_path: Path) -> None:
    assert interpreter((), tmp_path) == Path(sys.executable)


def test_an_environment_is_made_once(wheel: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    python = interpreter((wheel,), cache)
    program = "import tinypeer; print(tinypeer.ANSWER)"
    assert subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout == "42\n"
    made = (python.parent.parent / ".done").stat().st_mtime_ns
    assert interpreter((wheel,), cache) == python
    assert (python.parent.parent / ".done").stat().st_mtime_ns == made


def test_what_cannot_be_installed_says_so_and_is_tried_again(wheel: str, tmp_path: Path) -> None:
    absent = f"absent @ file://{tmp_path}/absent-1.0-py3-none-any.whl"
    for _ in range(2):
        with pytest.raises(NotInstalled, match=r"ERROR.*absent-1\.0"):
            interpreter((absent,), tmp_path / "cache")
