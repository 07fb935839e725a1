"""Telling others by HTTP what has finished: signed messages, kept until they were received or given up."""

from __future__ import annotations

import base64
from typing import Final

_PREFIX: Final = "whsec_"


def is_secret(text: str) -> bool:
    """Whether it is a secret of the Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes."""
    try:
        return text.startswith(_PREFIX) and 24 <= len(base64.b64decode(text.removeprefix(_PREFIX), validate=True)) <= 64
    except ValueError:
        return False
