"""A real child that reads text files; what is in them makes it fail, die or hang."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.bench.children.protocol import serve


class TinyReader:
    def __init__(self, options: dict[str, Any]) -> None:
        if "refuse" in options:
            raise RuntimeError(options["refuse"])
        print("libraries like to talk", flush=True)
        self.about = {"upper": options.get("upper", False), "threads": os.environ["OMP_NUM_THREADS"]}
        self._upper = options.get("upper", False)

    def read(self, path: str, page: int) -> str:
        text = Path(path).read_text()
        print("at any time", flush=True)
        match text.split()[0]:
            case "die":
                sys.stdout.flush()
                os._exit(9)
            case "hang":
                time.sleep(600)
            case "compute":
                until = time.process_time() + 0.2
                while time.process_time() < until:
                    pass
        return f"{text.upper() if self._upper else text}{page}"

    def details(self) -> dict[str, Any]:
        return {"flop": 2_000_000_000, "network_s": 0.5}


if __name__ == "__main__":
    serve(TinyReader)
