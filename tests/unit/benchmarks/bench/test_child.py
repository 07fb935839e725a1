from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.bench.child import Child, ChildFailed

TINY = "tests.unit.benchmarks.bench.tiny_child"


def child(folder: Path, patience_s: float = 60, **options: object) -> Child:
    return Child(Path(sys.executable), TINY, dict(options), log=folder / "log", patience_s=patience_s)


@pytest.fixture
def page(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (path := tmp_path / f"{text}.png").write_text(text)
        return path

    return write


def test_it_says_what_it_is_and_reads(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path, upper=True) as tiny:
        assert tiny.about == {"upper": True, "threads": "1"}
        answer = tiny.read(page("päge "), 3)
        assert (answer.text, answer.error) == ("PÄGE 3", None)
        assert answer.details == {"flop": 2_000_000_000, "network_s": 0.5}
        assert 2**20 < answer.rss_bytes < 2**30


def test_it_tells_the_time_of_the_page_alone(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path) as tiny:
        lazy, busy = tiny.read(page("one")), tiny.read(page("compute"))
    assert lazy.cpu_s < 0.2 <= busy.cpu_s <= busy.wall_s * 1.01


def test_it_keeps_to_its_core(tmp_path: Path) -> None:
    core = max(os.sched_getaffinity(0))
    with child(tmp_path, core=core) as tiny:
        assert os.sched_getaffinity(tiny.pid) == {core}


def test_a_page_that_cannot_be_read_is_an_answer(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path) as tiny:
        failed = tiny.read(tmp_path / "missing.png")
        assert failed.text == ""
        assert failed.error is not None
        assert "FileNotFoundError" in failed.error
        assert tiny.read(page("next")).text == "next1"


def test_one_that_cannot_load_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="RuntimeError: no weights here"):
        child(tmp_path, refuse="no weights here")


def test_one_that_dies(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path) as tiny, pytest.raises(ChildFailed, match="ended with 9"):
        tiny.read(page("die"))


def test_one_that_hangs_is_killed(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path, patience_s=5) as tiny, pytest.raises(ChildFailed, match="ended with -9"):
        tiny.read(page("hang"))


def test_what_libraries_print_is_in_the_log(tmp_path: Path, page: Callable[[str], Path]) -> None:
    with child(tmp_path) as tiny:
        tiny.read(page("one"))
    assert (tmp_path / "log").read_text() == "libraries like to talk\nat any time\n"
