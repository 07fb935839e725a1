"""Files that mean harm, on a real fleet: each ends in order, soon, within its memory, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.hostile import SHORT_LIMITS, HostileFleet, run
from tests.faults.hostile_files import End, case, cases

#: A GB more than what a child has before it is given anything.
MEMORY = 3 * 2**29


@pytest.fixture(scope="module")
def fleet(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileFleet]:
    limits = {**SHORT_LIMITS, "page_soft_limit_s": 30, "page_hard_limit_s": 40, "child_memory_bytes": MEMORY}
    with HostileFleet(tmp_path_factory.mktemp("hostile"), valkey_url, **limits) as fleet:
        yield fleet


def test_every_file_ends_as_it_should(fleet: HostileFleet) -> None:
    outcomes = run(fleet, cases(quick=True))
    assert {each.case.name: each.wrongs for each in outcomes if each.wrongs} == {}
    assert [each.case.name for each in outcomes if each.deaths] == []
    assert fleet.is_healthy()
    assert "Traceback" not in fleet.log("gateway")


def test_what_takes_all_memory_costs_a_child_and_says_so(fleet: HostileFleet) -> None:
    # Given a page that shows a form that shows a form ten times, and so on: 10^12 in the end
    outcome = fleet.send(case("PDF: forms in forms"))
    # Then its reader has died of it, the page is given up for that reason, and others are read
    assert (outcome.ends, outcome.code, outcome.wrongs) == (End.ERROR, "FailedToProcess", [])
    assert outcome.deaths == 1
    assert fleet.is_healthy()
