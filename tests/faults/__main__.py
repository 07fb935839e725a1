"""Acts out every fault on a real installation, and prints what became of the documents that came in meanwhile.

Ends with 1 if one operation or page was lost, or one stored twice. Docs: docs/faults.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from rich.console import Console

from tests.faults import trial
from tests.faults.commit_log import CommitLog
from tests.faults.faults import FAULTS, STORM
from tests.faults.installation import Installation

#: The last fault is all of them together; so large a share of the documents meets it.
_STORM: Final = 0.5


def run(folder: Path, names: Sequence[str], operations: int, seed: int) -> tuple[list[trial.Trial], list[str]]:
    """Acts out these faults one after the other; gives what each did, and what went wrong besides."""
    random, trials, ids = Random(seed), [], []
    fleet = Installation(folder)
    with fleet:
        for name in names:
            known, its = trial.run(fleet, name, _share(name, names, operations) - 1, random)
            print(f"{name}: {known.succeeded} of {known.operations} succeeded", file=sys.stderr, flush=True)
            trials.append(known)
            ids.append(its)
    log = CommitLog.of(fleet.storage.folder)
    for each, its in zip(trials, ids, strict=True):
        trial.audit(each, its, log)
    return trials, list(trial.unknown(log, {id for its in ids for id in its}))


def _share(name: str, names: Sequence[str], operations: int) -> int:
    others = len(FAULTS) - 1
    if STORM not in names:
        return operations // len(names)
    storm = int(operations * _STORM) if len(names) > 1 else operations
    return storm + (operations - storm) % max(1, len(names) - 1) if name == STORM else (operations - storm) // others


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--operations", type=int, default=300, help="documents in all (300)")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is left to chance (1)")
    parser.add_argument("--keep", type=Path, help="folder for logs and data, which are kept there")
    named = ", ".join(f'"{name}"' for name in FAULTS)
    parser.add_argument(
        "faults", nargs="*", choices=[[], *FAULTS], metavar="FAULT", help=f"only these, of {named}; by default all"
    )
    arguments = parser.parse_args()
    names = arguments.faults or list(FAULTS)
    with tempfile.TemporaryDirectory(prefix="faults-") as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        trials, unknown = run(folder, names, arguments.operations, arguments.seed)
    console = Console(width=160)
    console.print(trial.table(trials))
    idle = list(trial.idle(trials))
    for line in [*unknown, *idle, *(line for each in trials for line in (*each.lost, *each.doubled))]:
        console.print(line)
    return 0 if all(each.good for each in trials) and not (unknown or idle) else 1


if __name__ == "__main__":
    sys.exit(main())
