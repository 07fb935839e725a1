"""From the rows of a race to one line for each system and set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.bench.child import Answer
from benchmarks.bench.pages import PageSet
from benchmarks.bench.runner import Row
from benchmarks.bench.scoring import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a system read a set. Of several rounds the median of each page counts."""

    system: str
    set: str
    pages: int
    #: Pages that it gave no text for.
    failed: int
    wall_s: float
    cpu_s: float
    score: Score
    #: The most memory its process had held by then.
    rss_bytes: int
    #: Of ours: billions of floating-point operations, and the processor's seconds they took; else 0.
    gflop: float = 0.0
    network_s: float = 0.0

    @property
    def wall_rate(self) -> float:
        """Pages a second by the clock."""
        return self.pages / self.wall_s

    @property
    def cpu_rate(self) -> float:
        """Pages a second of the processor."""
        return self.pages / self.cpu_s


def summarise(rows: Sequence[Row], sets: Sequence[PageSet]) -> list[Summary]:
    """One for each system and set that has rows, sets first."""
    answers: dict[tuple[str, str], dict[tuple[str, int], list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        answers[row.set, row.system][row.file, row.page].append(row.answer)
    systems = list(dict.fromkeys(row.system for row in rows))
    return [
        _summary(system, pages, found)
        for pages in sets
        for system in systems
        if (found := answers.get((pages.name, system)))
    ]


def alone(rows: Sequence[Row]) -> list[Row]:
    """The rows of PDF pages that were answered from their text layer, and had nothing else to read."""
    return [row for row in rows if row.answer.details.get("layer_alone")]


def _summary(system: str, pages: PageSet, answers: dict[tuple[str, int], list[Answer]]) -> Summary:
    score = Score()
    truths = {(page.path.name, page.number): page.text for page in pages.pages}
    for page, several in answers.items():
        # What is read does not change from round to round.
        score.add(truths[page], several[0].text, fold_case=pages.fold_case)
    everything = [answer for several in answers.values() for answer in several]
    return Summary(
        system=system,
        set=pages.name,
        pages=len(answers),
        failed=sum(several[0].error is not None for several in answers.values()),
        wall_s=sum(median(answer.wall_s for answer in several) for several in answers.values()),
        cpu_s=sum(median(answer.cpu_s for answer in several) for several in answers.values()),
        score=score,
        rss_bytes=max(answer.rss_bytes for answer in everything),
        gflop=sum(several[0].details.get("flop", 0) for several in answers.values()) / 1e9,
        network_s=sum(
            median(answer.details.get("network_s", 0.0) for answer in several) for several in answers.values()
        ),
    )
