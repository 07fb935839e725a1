from __future__ import annotations

import pytest

from api_gateway.wire.dates import date_time


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (1_612_420_328_275_270, "2021-02-04T06:32:08.2752700+00:00"),
        (1_612_420_328_000_000, "2021-02-04T06:32:08.0000000+00:00"),
        (1_763_759_999_999_999, "2025-11-21T21:19:59.9999990+00:00"),
    ],
)
def test_seven_decimals_and_an_offset(microseconds: int, text: str) -> None:
    assert date_time(microseconds) == text
