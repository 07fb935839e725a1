"""A virtual environment for each peer: what one needs, another may not bear."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


class NotInstalled(Exception):
    """What a peer needs cannot be installed; the message is pip's."""


def interpreter(requirements: Sequence[str], cache: Path) -> Path:
    """The Python that has these libraries, in an environment that is made once and then kept.

    Args:
        requirements: as pip takes them, with exact versions; none for this process's own Python.
        cache: folder of the environments.

    Raises:
        NotInstalled: they cannot be had.
    """
    if not requirements:
        return Path(sys.executable)
    name = re.split(r"[^\w.-]", requirements[0])[0]
    # Another version of anything makes another environment.
    key = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:8]
    folder = cache / f"{name}-{key}"
    python, done = folder / "bin" / "python", folder / ".done"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
        done.touch()
    return python


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        complaints = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        errors = [line for line in complaints if line.startswith("ERROR")] or complaints[-1:]
        raise NotInstalled(" ".join(errors) or f"{command[0]} ended with {done.returncode}")
