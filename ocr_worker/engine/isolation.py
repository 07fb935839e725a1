"""Keeps the libraries below from calling out, from writing into the home folder and from talking on the terminal.

Left alone, `import openvino` forks a process that reports to Google Analytics, ONNX Runtime reports to Microsoft,
PaddleX asks its model hubs, and each keeps files in the home folder, which a container may not have.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from typing import Final

_ENVIRONMENT: Final = {
    # ONNX Runtime reads it when it is imported.
    "ORT_DISABLE_TELEMETRY": "1",
    # PaddleX: use the folder it is given, and look for no hub.
    "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
    # PaddleX imports these hubs' clients.
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Import and start the libraries only within this context; most of what it does stays."""
    os.environ.update(_ENVIRONMENT)
    # None makes the import fail, upon which OpenVINO takes a stand-in that sends nothing.
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    log = logging.getLogger("paddlex")
    if not log.handlers:
        # With a handler there already, PaddleX does not add its own, which writes coloured lines to stderr.
        log.addHandler(logging.NullHandler())
    # Private, as PaddleX also unpickles what it finds in its folder.
    with tempfile.TemporaryDirectory(prefix="readfleet-engine-") as scratch, warnings.catch_warnings():
        # paddle looks for a compiler cache when it is imported; nothing is compiled here.
        warnings.filterwarnings("ignore", message="No ccache found", category=UserWarning)
        with _environment({"HOME": scratch, "XDG_CACHE_HOME": scratch, "PADDLE_PDX_CACHE_HOME": scratch}):
            yield
    log.propagate = True
    log.setLevel(logging.WARNING)


@contextlib.contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
