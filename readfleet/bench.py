"""The `bench` command: Readfleet's modes and other programs, side by side.

What it runs is no part of the package, as it installs other programs and compares with known text: it is in
`benchmarks/bench` of the sources, and started from there.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from readfleet.complaints import complain

_SOURCES: Final = Path(__file__).parents[1]
#: Of the dependency group `bench`, and what the engine needs.
_LIBRARIES: Final = ("rapidfuzz", "matplotlib", "openvino")


def run(arguments: Sequence[str], sources: Path = _SOURCES) -> int:
    """Runs the comparison in a process of its own.

    Args:
        arguments: of `python -m benchmarks.bench`.
        sources: the folder that holds this package.

    Returns:
        The exit code.
    """
    if not (sources / "benchmarks" / "bench" / "__main__.py").is_file():
        complain(
            "The comparison with other programs is not part of the installed package: get the sources of this version, "
            "and run `make bench` there."
        )
        return 1
    missing = [library for library in _LIBRARIES if importlib.util.find_spec(library) is None]
    if missing:
        complain(f"The comparison needs {' and '.join(missing)}, which `make setup` installs.")
        return 1
    # Wherever it is called from, as names of files in the arguments are relative to that.
    environment = {**os.environ, "PYTHONPATH": str(sources)}
    return subprocess.run([sys.executable, "-m", "benchmarks.bench", *arguments], env=environment).returncode
