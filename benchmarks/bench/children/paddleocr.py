"""PaddleOCR's own pipeline as it comes, but with one thread, and without the networks that turn and flatten pages.

Options: `engine`, `detection` and `recognition`, folders of models that are named after these.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.bench.children.protocol import serve


class _PaddleOCR:
    def __init__(self, options: dict[str, Any]) -> None:
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        import cv2
        from paddleocr import PaddleOCR

        cv2.setNumThreads(1)
        engine = options["engine"]
        how: dict[str, Any] = {"engine": engine}
        if engine == "onnxruntime":
            how["engine_config"] = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
        else:
            how |= {"enable_mkldnn": True, "cpu_threads": 1}
        detection, recognition = Path(options["detection"]), Path(options["recognition"])
        self._pipeline = PaddleOCR(
            text_detection_model_name=detection.name,
            text_detection_model_dir=str(detection),
            text_recognition_model_name=recognition.name,
            text_recognition_model_dir=str(recognition),
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            device="cpu",
            **how,
        )
        runtime = "onnxruntime" if engine == "onnxruntime" else "paddlepaddle"
        self.about = {
            "paddleocr": version("paddleocr"),
            runtime: version(runtime),
            "models": [detection.name, recognition.name],
        }

    def read(self, path: str, page: int) -> str:
        return "\n".join(text for result in self._pipeline.predict(path) for text in result["rec_texts"])

    def details(self) -> dict[str, Any]:
        return {}


if __name__ == "__main__":
    serve(_PaddleOCR)
