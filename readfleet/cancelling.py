"""The `cancel` command: operations of a running service are taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from readfleet.client import ReadClient
from readfleet.complaints import complain


def run(names: Sequence[str], *, endpoint: str) -> int:
    """Cancels operations, and says of each what became of it.

    Args:
        names: their ids, or the URLs that end with these.
        endpoint: where the service is.

    Returns:
        The exit code: 1 when the service does not know one of them.

    Raises:
        ServiceUnreachable: nothing answers at the endpoint.
        DocumentRefused: the service says why it cannot cancel now.
    """
    ids = [name.partition("?")[0].rstrip("/").rpartition("/")[2] for name in names]

    async def go() -> int:
        unknown = 0
        async with ReadClient(endpoint) as client:
            for id in ids:
                if await client.cancel(id):
                    print(f"{id} is cancelled.", flush=True)
                else:
                    complain(f"{id} is not known: it may have expired, or been cancelled before.")
                    unknown += 1
        return 1 if unknown else 0

    return asyncio.run(go())
