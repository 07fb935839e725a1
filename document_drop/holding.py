"""Keeps the leases of the claims that a process works on, from a thread that does nothing else."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from document_drop.claims import Claim, ClaimLost, Claims
from read_operations.errors import ServiceBusy
from read_operations.logs import get_logger

_log = get_logger(__name__)


class Holding:
    """The claims this process holds. However long a document is on its way, nobody else takes it for abandoned."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._held: dict[str, Claim] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._thread.start()

    def __contains__(self, name: object) -> bool:
        return name in self._held

    @contextlib.contextmanager
    def keep(self, claim: Claim) -> Iterator[None]:
        """Renews the claim's lease for as long as the context lasts."""
        with self._lock:
            self._held[claim.name] = claim
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(claim.name, None)

    def close(self) -> None:
        """Ends the thread."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._claims.lease_s / 3):
            with self._lock:
                held = list(self._held.values())
            for claim in held:
                try:
                    self._claims.renew(claim)
                except ClaimLost:
                    # Whoever works on it finds out before the next thing he writes.
                    _log.warning("the lease of a document has run out", name=claim.name)
                except ServiceBusy as error:
                    _log.warning("a lease could not be renewed", reason=str(error.__cause__ or error))
