"""The gateway loads nothing that computes."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"numpy", "cv2", "paddle", "paddlex", "paddleocr", "openvino", "pypdfium2", "onnxruntime", "ocr_worker", "PIL"}


def test_the_gateway_is_light() -> None:
    program = "import sys, api_gateway.app, api_gateway.server; print(*{name.split('.')[0] for name in sys.modules})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(ended.stdout.split())
