"""What the libraries do beside reading. Each test has a process of its own, as imports cannot be undone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from read_operations.settings import EngineName

#: Reads a page in a process that writes down what it imports and whom it calls.
_SCRIPT = """
import json, sys, warnings

events = []
WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "os.fork", "os.forkpty")
sys.addaudithook(lambda event, args: events.append([event, repr(args)]) if event in WATCHED else None)
warnings.simplefilter("error")

import ocr_worker.cpu, ocr_worker.engine, ocr_worker.models

HEAVY = ("paddle", "paddlex", "openvino", "openvino_telemetry", "onnxruntime", "cv2", "numpy")
early = [name for name in HEAVY if sys.modules.get(name)]

from ocr_worker.engine import load_engine
from read_operations.records import ReadingOrder
from read_operations.settings import Settings

engine = load_engine(Settings())

from tests.unit.ocr_worker.engine.drawing import draw_page

lines = engine.read(draw_page(font_px=40).image, ReadingOrder.BASIC).lines
late = [name for name in HEAVY if sys.modules.get(name)]
with open(sys.argv[1], "w") as file:
    json.dump({"early": early, "late": late, "events": events, "lines": [line.text for line in lines]}, file)
"""


def read_in_a_process(engine: EngineName, models_dir: Path, folder: Path) -> tuple[dict[str, Any], str]:
    """What the process noted, and what it wrote on the terminal."""
    home, notes = folder / "home", folder / "notes.json"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "READFLEET_ENGINE": engine.value,
        "READFLEET_MODE": "fast",
        "READFLEET_MODELS_DIR": str(models_dir),
    }
    environment.pop("XDG_CACHE_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(notes)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert list(home.iterdir()) == []
    return json.loads(notes.read_text()), done.stdout


@pytest.mark.parametrize("engine", [EngineName.OPENVINO, EngineName.ONNXRUNTIME, EngineName.PADDLE])
def test_reading_calls_nobody_and_leaves_nothing_behind(engine: EngineName, models_dir: Path, tmp_path: Path) -> None:
    notes, terminal = read_in_a_process(engine, models_dir, tmp_path)

    # Then it has read
    assert notes["lines"][1] == "Thank you for your letter of 14 March 2024."
    # And called nobody, directly or by a child of its own
    assert notes["events"] == []
    assert terminal == ""
    # And imported nothing heavy before it had to, and only what the runtime needs
    assert notes["early"] == []
    runtimes = {"paddle", "openvino", "onnxruntime"} & set(notes["late"])
    assert runtimes == {engine.value}
    assert "openvino_telemetry" not in notes["late"]
