"""What numbers networks compute with on pages: looked up in `ranges.json`, which `benchmarks/ranges.py` measures.

Products that are computed in INT8 round what they take to steps over such a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

#: Lowest and highest number that products of these names take: at most zero, and at least zero.
Ranges = Mapping[str, tuple[float, float]]

#: The ranges of each model.
PATH: Final = Path(__file__).with_name("ranges.json")
TABLE: Final[TypeAdapter[dict[str, Ranges]]] = TypeAdapter(dict[str, Ranges])


@cache
def ranges_of(model: str) -> Ranges:
    """The ranges of a model's products."""
    return TABLE.validate_json(PATH.read_bytes())[model]
