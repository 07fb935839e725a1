"""What the container says of itself."""

from __future__ import annotations

from typing import Final

#: What it calls itself.
SERVICE: Final = "computervisionread"
