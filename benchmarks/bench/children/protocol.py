"""How a child that reads pages is spoken to. Standard library only: children run in environments of their own.

Started with its options as JSON in the first argument, a child loads, says so in a line of JSON, and then answers each
line `path<TAB>page` of standard input with one: the text, the seconds it took by the clock and of the processor, and
the most memory that the process ever held.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TextIO

#: So many threads compute, whatever library it is.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


class Reader(Protocol):
    """A system that is loaded."""

    #: What it is: versions, models, precision.
    about: dict[str, Any]

    def read(self, path: str, page: int) -> str:
        """The text of a page, its lines parted by newlines."""
        ...

    def details(self) -> dict[str, Any]:
        """What else is to be told of the page that was read last; outside of the time."""
        ...


def serve(load: Callable[[dict[str, Any]], Reader]) -> None:
    """Loads, and answers until standard input ends."""
    options: dict[str, Any] = json.loads(sys.argv[1])
    out = _own_output()
    if (core := options.get("core")) is not None:
        os.sched_setaffinity(0, {core})
    for name in THREAD_VARIABLES:
        os.environ[name] = "1"
    started = time.perf_counter()
    try:
        reader = load(options)
    except Exception as error:  # whatever it is, the parent has to be told
        _say(out, {"error": f"{type(error).__name__}: {error}"})
        return
    _say(out, {"about": reader.about, "load_s": time.perf_counter() - started})
    for line in sys.stdin:
        path, _, page = line.rstrip("\n").partition("\t")
        wall, cpu = time.perf_counter(), time.process_time()
        text, failure = "", None
        try:
            text = reader.read(path, int(page))
        except Exception as error:  # a page that cannot be read is a result as well
            failure = f"{type(error).__name__}: {error}"
        answer = {
            "text": text,
            "error": failure,
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "rss_bytes": peak_bytes(),
        }
        _say(out, answer | ({} if failure else reader.details()))


def peak_bytes() -> int:
    """The most memory that this process ever held at once."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def _own_output() -> TextIO:
    """Standard output for us alone: what libraries print there goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8")


def _say(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()
