"""Some of the faults that `make faults` acts out, with few documents: nothing is lost, nothing is read twice."""

from __future__ import annotations

from pathlib import Path

from tests.faults.__main__ import run


def test_faults_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    names = ["child killed", "gateway killed", "Valkey killed twice", "queue lost"]
    trials, unknown = run(tmp_path, names, 32, seed=1)
    assert unknown == []
    assert [(each.name, each.lost, each.doubled) for each in trials] == [(name, [], []) for name in names]
    assert sum(each.operations for each in trials) == sum(each.succeeded for each in trials) == 32
    # What has no answer was sent again: a killed gateway and a storage that is away were met by somebody.
    assert {each.name for each in trials if each.unanswered or each.refusals} >= {"gateway killed"}
