"""The parent's side of `children.protocol`."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

#: Of this repository: children find `benchmarks` and our packages there.
_ROOT: Final = Path(__file__).parents[2]
#: A child that takes longer to load or for a page is killed.
_PATIENCE_S: Final = 300


class ChildFailed(Exception):
    """A child cannot be started, or has died; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a child says of a page."""

    text: str
    #: Seconds by the clock, and of the processor.
    wall_s: float
    cpu_s: float
    #: The most memory that the process has held so far.
    rss_bytes: int
    #: Why there is no text.
    error: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Child:
    """A running child. Loading is over when the constructor returns."""

    def __init__(
        self,
        python: Path,
        module: str,
        options: dict[str, Any],
        *,
        log: Path,
        environment: Mapping[str, str] = os.environ,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._patience_s = patience_s
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [str(python), "-m", module, json.dumps(options)],
                env={**environment, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                # Ctrl-C is for the parent, which still wants an answer.
                start_new_session=True,
            )
        self._log = log
        self.pid = self._process.pid
        hello = self._answer()
        if "error" in hello:
            self.close()
            raise ChildFailed(str(hello["error"]))
        #: What it is: versions, models, precision.
        self.about: dict[str, Any] = hello["about"]
        self.load_s: float = hello["load_s"]

    def read(self, path: Path, page: int = 1) -> Answer:
        """Has a page read.

        Raises:
            ChildFailed: it died of that, or was killed for taking too long.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{path}\t{page}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says so
        said = self._answer()
        known = {name: said.pop(name) for name in ("text", "wall_s", "cpu_s", "rss_bytes", "error")}
        return Answer(**known, details=said)

    def close(self) -> None:
        """Ends it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        killer = threading.Timer(self._patience_s, self._process.kill)
        killer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            killer.cancel()
        if not line:
            code = self._process.wait()
            self.close()
            raise ChildFailed(f"it ended with {code}: see {self._log}")
        answer: dict[str, Any] = json.loads(line)
        return answer
