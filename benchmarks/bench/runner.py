"""Reads the same pages with all systems, in turn on each page, on one core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bench.child import Answer, Child, ChildFailed
from benchmarks.bench.environments import NotInstalled, interpreter
from benchmarks.bench.pages import Page, PageSet
from benchmarks.bench.systems import System, default_mode
from ocr_worker.cpu import with_huge_pages

#: Called with what is done next, and by how much that brings the whole forward.
Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One page, read once by one system."""

    system: str
    set: str
    file: str
    page: int
    round: int
    answer: Answer


@dataclass(slots=True)
class Race:
    """What came of it."""

    rows: list[Row] = field(default_factory=list)
    #: What each system said of itself.
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: System -> why it took no part, or not to the end.
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where children are started."""

    core: int
    #: Folder of the peers' environments.
    cache: Path
    #: What children write to standard error.
    logs: Path

    def start(self, system: System, core: int | None = None) -> Child:
        """Starts a system, installing it first if need be.

        Raises:
            ChildFailed, NotInstalled: it cannot be.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        return Child(
            interpreter(system.requirements, self.cache),
            system.module,
            {**system.options, "core": self.core if core is None else core},
            log=self.logs / f"{system.name}.log",
            # As our own images and `readfleet up` start workers.
            environment=with_huge_pages(os.environ) if system.ours else os.environ,
        )


def race(systems: Sequence[System], sets: Sequence[PageSet], rounds: int, track: Track, tell: Tell) -> Race:
    """Reads all pages of the sets with all systems.

    PDFs go to one of ours alone, the default mode if it takes part: the others do not take them, or draw them first.
    Before anything counts, each system reads the first page of every set.

    Args:
        systems: who takes part.
        sets: what is read.
        rounds: how often.
        track: where.
        tell: hears what is done next, and how many pages of `laps` are done with that.
    """
    result = Race()
    with ExitStack() as stack:
        children: dict[str, Child] = {}
        for system in systems:
            tell(f"starting {system.name}", 0)
            try:
                child = stack.enter_context(track.start(system))
            except (ChildFailed, NotInstalled) as error:
                result.missing[system.name] = str(error)
                continue
            children[system.name] = child
            result.about[system.name] = {**child.about, "load_s": round(child.load_s, 2)}
        ours = [system.name for system in systems if system.ours]
        of_pdf = [default_mode()] if default_mode() in ours else ours[:1]
        for pages in sets:
            for name in list(children):
                if name in of_pdf or not pages.is_pdf:
                    tell(f"{pages.name}: {name} warms up", 0)
                    _read(children, name, pages.pages[0], result)
        try:
            for lap in _laps(sets, rounds):
                tell(f"{lap.pages.name}, page {lap.index + 1} of {len(lap.pages.pages)}", 0)
                taking = [name for name in children if name in of_pdf or not lap.pages.is_pdf]
                result.rows += _read_in_turn(children, taking, lap, result)
                tell("", 1)
        except KeyboardInterrupt:
            result.missing["the rest"] = "interrupted"
    return result


def laps(sets: Sequence[PageSet], rounds: int) -> int:
    """How many pages are read by each system."""
    return sum(1 for _ in _laps(sets, rounds))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lap:
    round: int
    pages: PageSet
    index: int

    @property
    def page(self) -> Page:
        return self.pages.pages[self.index]


def _laps(sets: Sequence[PageSet], rounds: int) -> Iterator[_Lap]:
    # The sets in turn, too: a run that is ended early has read something of each.
    for round in range(rounds):
        for index in range(max((len(pages.pages) for pages in sets), default=0)):
            for pages in sets:
                if index < len(pages.pages):
                    yield _Lap(round=round, pages=pages, index=index)


def _read_in_turn(children: dict[str, Child], names: list[str], lap: _Lap, result: Race) -> list[Row]:
    # Each is first as often as the others, should a place have an advantage.
    first = (lap.index + lap.round) % max(1, len(names))
    rows = []
    for name in names[first:] + names[:first]:
        if answer := _read(children, name, lap.page, result):
            rows.append(
                Row(
                    system=name,
                    set=lap.pages.name,
                    file=lap.page.path.name,
                    page=lap.page.number,
                    round=lap.round,
                    answer=answer,
                )
            )
    return rows


def _read(children: dict[str, Child], name: str, page: Page, result: Race) -> Answer | None:
    try:
        return children[name].read(page.path, page.number)
    except ChildFailed as error:
        del children[name]
        result.missing[name] = f"{page.path.name}: {error}"
        return None
