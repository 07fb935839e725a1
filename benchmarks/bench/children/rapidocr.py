"""RapidOCR as it comes, but with one thread."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from benchmarks.bench.children.protocol import serve


class _RapidOCR:
    def __init__(self, _: dict[str, Any]) -> None:
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        runtime = "EngineConfig.onnxruntime."
        self._engine = RapidOCR(
            params={
                runtime + "intra_op_num_threads": 1,
                runtime + "inter_op_num_threads": 1,
                "Global.log_level": "error",
            }
        )
        self.about = {"rapidocr": version("rapidocr"), "onnxruntime": version("onnxruntime")}

    def read(self, path: str, page: int) -> str:
        return "\n".join(self._engine(path).txts or ())

    def details(self) -> dict[str, Any]:
        return {}


if __name__ == "__main__":
    serve(_RapidOCR)
