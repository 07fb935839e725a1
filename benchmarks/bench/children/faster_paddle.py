"""faster-paddle as it comes, but with one thread."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.bench.children.protocol import serve


class _FasterPaddle:
    def __init__(self, _: dict[str, Any]) -> None:
        from faster_paddle import OcrEngine

        self._engine = OcrEngine(threads=1)
        self.about = {"faster-paddle": version("faster-paddle")}

    def read(self, path: str, page: int) -> str:
        text: str = self._engine.ocr(Path(path).read_bytes())["text"]
        return text

    def details(self) -> dict[str, Any]:
        return {}


if __name__ == "__main__":
    serve(_FasterPaddle)
