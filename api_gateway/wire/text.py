"""JSON as it goes over the wire: compact, in UTF-8, every character as itself."""

from __future__ import annotations

import json
from typing import Any, Final

#: Of every JSON body.
JSON_TYPE: Final = "application/json; charset=utf-8"


def dump(value: Any) -> str:
    """The value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
