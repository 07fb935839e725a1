"""The machine that is measured on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from ocr_worker.cpu import best_isa, read_flags

_ROOT: Final = Path(__file__).parents[2]


def describe() -> dict[str, Any]:
    """Its processor, how many cores this process may use, and its memory in GiB."""
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _model(),
        "isa": best_isa(read_flags()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages * page / 2**30),
    }


def matrix_rates(core: int) -> dict[str, float]:
    """Billions of floating-point operations a second: see `children.matrices`."""
    command = [sys.executable, "-m", "benchmarks.bench.children.matrices", str(core)]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    rates: dict[str, float] = json.loads(done.stdout)
    return rates


def _model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    for line in cpuinfo.read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return "unknown"
