"""One fault while documents come in, and what became of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rich.table import Table

from tests.faults.commit_log import CommitLog
from tests.faults.faults import FAULTS, STORM
from tests.faults.installation import Installation
from tests.faults.workload import Client, Document, differs, document

_SUBMITTERS: Final = 4
_WAITERS: Final = 8
#: Share of the documents that are accepted when the fault strikes.
_STRIKES_AT: Final = 0.3
#: Between two documents of a submitter: they shall come for as long as the faults last, of which the last lasts longer.
_PACE_S: Final = 1.3
_STORM_PACE_S: Final = 3.0
#: Tries that the last fault has to interrupt, by its operations: else it has shown too little.
_INTERRUPTED: Final = 0.2


@dataclass(kw_only=True)
class Trial:
    """What a fault did to the operations that it met."""

    name: str
    operations: int = 0
    pages: int = 0
    succeeded: int = 0
    #: Operations that failed, and pages of others; each says why.
    failed: int = 0
    failed_pages: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: Tries that came to nothing: the fault has hit somebody at work.
    again: int = 0
    refusals: int = 0
    unanswered: int = 0
    slowest_s: float = 0
    #: From the end of the fault until a new document was read, and until everything was.
    first_s: float = 0
    all_s: float = 0

    @property
    def good(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return not self.lost and not self.doubled


def run(fleet: Installation, name: str, count: int, random: Random) -> tuple[Trial, list[str]]:
    """Acts out a fault while so many documents come in, and one more after it; gives their operations, too."""
    trial, client = Trial(name=name), Client(fleet.endpoint)
    documents = [document(number, random) for number in range(1, count + 1)]
    with ThreadPoolExecutor(_SUBMITTERS) as submitters, ThreadPoolExecutor(_WAITERS) as waiters:
        pace_s = _STORM_PACE_S if name == STORM else _PACE_S
        submitted = [submitters.submit(_submit, client, each, pace_s) for each in documents]
        while sum(each.done() for each in submitted) < _STRIKES_AT * count:
            time.sleep(0.01)
        FAULTS[name](fleet, random)
        over = time.monotonic()
        after = document(0, random)
        last = client.submit(after)
        _judge(trial, fleet, last, after, client)
        trial.first_s = time.monotonic() - over
        ids = [each.result() for each in submitted]
        judged: list[Future[None]] = [
            waiters.submit(_judge, trial, fleet, id, each, client) for id, each in zip(ids, documents, strict=True)
        ]
        for each_judged in judged:
            each_judged.result()
        trial.all_s = time.monotonic() - over
    client.close()
    trial.operations, trial.pages = count + 1, sum(len(each.lines) for each in [*documents, after])
    trial.refusals, trial.unanswered, trial.slowest_s = client.refusals, client.unanswered, client.slowest_s
    trial.lost += client.surprises
    return trial, [*ids, last]


def idle(trials: list[Trial]) -> Iterator[str]:
    """Faults that struck while hardly anybody was at work, although there were documents enough."""
    for each in trials:
        least = int(each.operations * _INTERRUPTED) if each.name == STORM else 0
        if each.again < least:
            yield f"{each.name}: interrupted {each.again} tries; {least} would show something"


def audit(trial: Trial, ids: list[str], log: CommitLog) -> None:
    """Holds what the commit log says of these operations against what their clients were told."""
    for id in ids:
        trial.again += log.begun_again(id)
        trial.lost += [f"{id}: page {page} was never stored" for page in log.missing(id)]
        trial.doubled += [f"{id}: page {page} was stored again" for page in log.doubled(id)]
        if log.ended[id] != 1:
            (trial.doubled if log.ended[id] else trial.lost).append(f"{id} ended {log.ended[id]} times")


def unknown(log: CommitLog, ids: set[str]) -> Iterator[str]:
    """What went wrong with operations whose client was cut off before it heard of them: they are read all the same."""
    for id in log.created - log.deleted - ids:
        if log.ended[id] != 1 or log.missing(id) or log.doubled(id):
            yield f"{id}, which no client knows, ended {log.ended[id]} times"


def table(trials: list[Trial]) -> Table:
    shown = Table(box=None)
    columns = (
        "operations",
        "pages",
        "succeeded",
        "failed",
        "failed pages",
        "lost",
        "doubled",
        "begun again",
        "503",
        "no answer",
    )
    shown.add_column("fault", no_wrap=True)
    for column in (*columns, "slowest s", "first s", "all s"):
        shown.add_column(column, justify="right")
    for each in trials:
        counts = (each.operations, each.pages, each.succeeded, each.failed, each.failed_pages)
        harm = (len(each.lost), len(each.doubled), each.again, each.refusals, each.unanswered)
        seconds = (each.slowest_s, each.first_s, each.all_s)
        shown.add_row(each.name, *map(str, (*counts, *harm)), *(f"{value:.1f}" for value in seconds))
    return shown


def _submit(client: Client, document: Document, pace_s: float) -> str:
    id = client.submit(document)
    time.sleep(pace_s)
    return id


def _judge(trial: Trial, fleet: Installation, id: str, document: Document, client: Client) -> None:
    result = client.result(id)
    if result is None:
        trial.lost.append(f"{id} has no result: {fleet.store.get(id)}")
        return
    if result["status"] == "failed":
        trial.failed += 1
        return
    trial.succeeded += 1
    trial.failed_pages += fleet.store.get(id).failed
    if wrong := differs(document, result):
        trial.lost.append(f"{id}: {wrong}")
