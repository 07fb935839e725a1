from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.bench import runner
from benchmarks.bench.child import Answer, Child
from benchmarks.bench.environments import NotInstalled, interpreter
from benchmarks.bench.pages import Page, PageSet
from benchmarks.bench.runner import Race, Track, laps, race
from benchmarks.bench.scaling import Scaling, two_workers
from benchmarks.bench.systems import System

TINY = "tests.unit.benchmarks.bench.tiny_child"


def tiny(name: str, *, ours: bool = False, requirements: tuple[str, ...] = (), **options: object) -> System:
    return System(name=name, module=TINY, options=dict(options), requirements=requirements, ours=ours)


@pytest.fixture
def track(tmp_path: Path) -> Track:
    return Track(core=max(os.sched_getaffinity(0)), cache=tmp_path / "cache", logs=tmp_path / "logs")


def page_set(folder: Path, name: str, *texts: str, suffix: str = "png") -> PageSet:
    pages = []
    for i, text in enumerate(texts):
        (path := folder / f"{name}-{i}.{suffix}").write_text(text)
        pages.append(Page(path=path, text=text))
    return PageSet(name=name, pages=tuple(pages))


def readings(result: Race) -> list[tuple[str, str, int]]:
    return [(row.system, row.file, row.round) for row in result.rows]


def test_all_read_all_pages_in_turn(tmp_path: Path, track: Track) -> None:
    texts = page_set(tmp_path, "set", "one", "two")
    told: list[tuple[str, int]] = []
    result = race([tiny("a"), tiny("b", upper=True)], [texts], 2, track, lambda what, done: told.append((what, done)))
    assert readings(result) == [
        ("a", "set-0.png", 0),
        ("b", "set-0.png", 0),
        ("b", "set-1.png", 0),
        ("a", "set-1.png", 0),
        ("b", "set-0.png", 1),
        ("a", "set-0.png", 1),
        ("a", "set-1.png", 1),
        ("b", "set-1.png", 1),
    ]
    assert {row.system: row.answer.text for row in result.rows if row.file == "set-1.png"} == {"a": "two1", "b": "TWO1"}
    assert result.about["b"]["upper"] is True
    assert sum(done for _, done in told) == laps([texts], 2) == 4
    assert result.missing == {}


def test_sets_take_turns(tmp_path: Path, track: Track) -> None:
    sets = [page_set(tmp_path, "long", "one", "two", "three"), page_set(tmp_path, "short", "one")]
    result = race([tiny("a")], sets, 1, track, lambda what, done: None)
    assert [file for _, file, _ in readings(result)] == ["long-0.png", "short-0.png", "long-1.png", "long-2.png"]


def test_a_run_that_is_ended_early_keeps_what_was_read(tmp_path: Path, track: Track) -> None:
    def stop(what: str, done: int) -> None:
        if what == "set, page 2 of 2":
            raise KeyboardInterrupt

    result = race([tiny("a")], [page_set(tmp_path, "set", "one", "two")], 1, track, stop)
    assert readings(result) == [("a", "set-0.png", 0)]
    assert result.missing == {"the rest": "interrupted"}


def test_pdfs_are_for_ours(tmp_path: Path, track: Track) -> None:
    texts = page_set(tmp_path, "pdfs", "one", suffix="pdf")
    result = race([tiny("peer"), tiny("fast", ours=True)], [texts], 1, track, lambda what, done: None)
    assert readings(result) == [("fast", "pdfs-0.pdf", 0)]


def test_who_cannot_take_part_is_named_with_the_reason(
    tmp_path: Path, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(requirements: Sequence[str], cache: Path) -> Path:
        if requirements:
            raise NotInstalled(f"no {requirements[0]} in {cache.name}")
        return interpreter(requirements, cache)

    # Given: one that does not load, one that cannot be installed, one that dies of the second page
    monkeypatch.setattr(runner, "interpreter", refuse)
    systems = [
        tiny("broken", refuse="no weights"),
        tiny("absent", requirements=("absent==1",)),
        tiny("well"),
    ]
    texts = page_set(tmp_path, "set", "one", "die")
    result = race(systems, [texts], 1, track, lambda what, done: None)
    assert readings(result) == [("well", "set-0.png", 0)]
    assert result.missing["broken"] == "RuntimeError: no weights"
    assert result.missing["absent"] == "no absent==1 in cache"
    assert result.missing["well"].startswith("set-1.png: it ended with 9")


class Steady(Child):
    """Takes a quarter of a second of the processor for a page on core 0, and three quarters on core 1."""

    def __init__(self, core: int) -> None:
        self._cpu_s = 0.25 + 0.5 * core

    def read(self, path: Path, page: int = 1) -> Answer:
        return Answer(text="", wall_s=self._cpu_s, cpu_s=self._cpu_s, rss_bytes=0)

    def close(self) -> None:
        pass


def test_two_workers_against_one(tmp_path: Path, track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Track, "start", lambda self, system, core: Steady(core))
    texts = page_set(tmp_path, "set", "one", "two")
    result = two_workers(tiny("a"), texts.pages, (0, 1), 3, track, lambda what, done: None)
    # Each is alone for half of the rounds
    assert (result.alone_pages, result.alone_cpu_s) == (12, 6 * 0.25 + 6 * 0.75)
    assert (result.together_pages, result.together_cpu_s) == (24, 12 * 0.25 + 12 * 0.75)
    assert result.cpu_ratio == 2
    assert result.alone_wall_s > 0
    assert result.together_wall_s > 0


def test_ratios_are_of_pages_a_second() -> None:
    # Given: two need half as long again for a page, on cores that something else kept busy for a third of the time
    result = Scaling(
        system="a",
        alone_pages=4,
        alone_wall_s=2.0,
        alone_cpu_s=2.0,
        together_pages=8,
        together_wall_s=4.5,
        together_cpu_s=6.0,
    )
    assert result.cpu_ratio == pytest.approx(4 / 3)
    assert result.wall_ratio == pytest.approx(8 / 9)
