"""How moments are written."""

from __future__ import annotations

import datetime as dt
from typing import Final

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def date_time(microseconds: int) -> str:
    """A moment as .NET's "O" format writes it: seven decimals, and the offset in figures."""
    # Added, not converted from a float: a float of seconds has no room for all the digits.
    moment = _EPOCH + dt.timedelta(microseconds=microseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"
