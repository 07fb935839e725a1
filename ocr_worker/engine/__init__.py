"""Page images in, lines of text out. Importing this package is cheap; loading an engine is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocr_worker.engine.port import Engine
    from read_operations.settings import Settings

__all__ = ["load_engine"]


def load_engine(settings: Settings) -> Engine:
    """Loads the engine that the settings name, and reads a first page with it: some seconds.

    Call it in the process and thread that will read: the engine refuses any other. Nothing heavy is imported before.

    Raises:
        CpuUnsupported: the CPU has no AVX2.
        ModelMissing: weights are missing; `readfleet models` fetches them.
        ModelCorrupt: weights are not the pinned ones.
    """
    from ocr_worker.cpu import limit_threads

    # First of all, as the libraries look when they are imported.
    limit_threads(settings.threads)
    from ocr_worker.engine.load import load

    return load(settings)
