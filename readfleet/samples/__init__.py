"""Documents to try the service with: invented, and rendered by `scripts/render_samples.py`.

Next to each lies a text file of the same name with the words that are on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_NAMES: Final = ("letter.pdf", "notice.jpg")


def paths() -> list[Path]:
    """The sample documents."""
    return [Path(__file__).with_name(name) for name in _NAMES]


def text(sample: Path) -> str:
    """The text that is on a sample document."""
    return sample.with_suffix(".txt").read_text(encoding="utf-8")
