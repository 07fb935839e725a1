"""Who works on which dropped document, in Redis or Valkey.

Keys, behind the configured prefix and `drop:{place}:` (a hash tag, so all of a place lies in one cluster slot):

    open      hash  digest of a name -> lease end (ms)|token|stage|attempts|version|record
    over:…    what became of a version that could not be told so at the document, so that it is left alone

A document has one claim at a time: a newer version waits until the older one has its result. What becomes of it is
counted as its claim ends: `document_drop/tally.py`.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import resources
from typing import Any, Final

import redis

from document_drop.names import digest, prefix_of
from document_drop.place import Found, Standing
from document_drop.tally import KEPT_ENTRIES
from read_operations.records import Output
from read_operations.redis_client import storage_errors
from read_operations.settings import Settings

#: A watcher that has not renewed a lease for so long is dead.
_LEASE_S: Final = 30
#: How long a version is left alone of which the document itself says nothing, and departed documents are counted.
_MEMORY_MS: Final = 30 * 24 * 3600 * 1000
#: Prefixes whose departed documents are counted.
_KEPT_PREFIXES: Final = 10_000


class Stage(StrEnum):
    """How far a claim has come."""

    CLAIMED = "claimed"  # its document may or may not have become an operation
    RECORDED = "recorded"  # it has


class Answer(StrEnum):
    """What becomes of the wish to claim a document."""

    TAKEN = "taken"
    BUSY = "busy"
    RECORDED = "recorded"
    FULL = "full"


class ClaimLost(Exception):
    """The lease ran out while work went on, and another has the claim now: what is done from here on is his."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A document on its way."""

    name: str
    version: str
    size: int
    #: The id of its operation.
    operation: str
    outputs: tuple[Output, ...] = ()
    #: The URL that is told when it is finished.
    webhook: str | None = None
    #: When it was claimed, in seconds since 1970.
    since: float
    stage: Stage = Stage.CLAIMED
    #: Tries of this stage, this one included.
    attempts: int = 1
    #: What went wrong with the last try, for people.
    trouble: str | None = None
    #: Whether nobody holds it.
    free: bool = False
    #: Proves to Redis that the caller holds it.
    token: str = ""

    @property
    def found(self) -> Found:
        """The document as it was found."""
        return Found(name=self.name, version=self.version, size=self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a claim ends with."""

    #: None where the document turned out to be no longer there.
    standing: Standing | None = None
    #: Why it failed, for people.
    reason: str | None = None
    #: The document was moved or deleted.
    departed: bool = False
    #: The document was given up.
    dead: bool = False
    #: Whether the document itself tells of it, or is no longer there.
    told: bool = True
    #: Size of what was written, in bytes.
    written: int = 0


class Claims:
    """The claims of one place."""

    def __init__(self, client: redis.Redis, place: str, settings: Settings, *, lease_s: float = _LEASE_S) -> None:
        #: How long a lease lasts that is not renewed.
        self.lease_s = lease_s
        # redis-py types each answer as text, bytes or both; the client made by `connect` answers bytes.
        self._redis: Any = client
        self._prefix = f"{settings.key_prefix}:drop:{{{place}}}"
        self._window = settings.drop_window
        self._scripts = {
            name: client.register_script(resources.files("document_drop").joinpath("lua", f"{name}.lua").read_text())
            for name in ("claim", "take", "keep", "close")
        }

    def claim(
        self, found: Found, outputs: tuple[Output, ...] = (), webhook: str | None = None
    ) -> Claim | Answer | Standing:
        """Claims a document for the caller, or says why not: what became of it, where that is known here only."""
        claim = Claim(
            name=found.name,
            version=found.version,
            size=found.size,
            operation=str(uuid.uuid4()),
            outputs=outputs,
            webhook=webhook,
            since=time.time(),
            token=uuid.uuid4().hex,
        )
        field = digest(found.name)
        with storage_errors():
            answer = self._scripts["claim"](
                keys=[self._key("open"), self._key(f"over:{digest(claim.name, claim.version)}")],
                args=[field, claim.version, claim.token, int(self.lease_s * 1000), self._window, _record(claim)],
            )
            # Sent twice by a connection that broke: it is ours all the same.
            if answer == b"busy" and (held := self._redis.hget(self._key("open"), field)):
                answer = b"taken" if held.split(b"|", 2)[1] == claim.token.encode() else answer
        with contextlib.suppress(ValueError):
            return Standing(answer.decode())
        verdict = Answer(answer.decode())
        return claim if verdict is Answer.TAKEN else verdict

    def all(self) -> Iterator[Claim]:
        """Every claim there is."""
        with storage_errors():
            pipeline = self._redis.pipeline(transaction=False)
            # Leases are told by this clock.
            pipeline.time()
            pipeline.hvals(self._key("open"))
            (seconds, microseconds), held = pipeline.execute()
        for text in held:
            yield _claim(text, seconds * 1000 + microseconds // 1000)

    def take(self, claim: Claim) -> Claim | None:
        """Takes a claim that nobody holds; None if somebody does."""
        with storage_errors():
            text = self._scripts["take"](
                keys=[self._key("open")], args=[digest(claim.name), uuid.uuid4().hex, int(self.lease_s * 1000)]
            )
        return _claim(text) if text else None

    def renew(self, claim: Claim) -> None:
        """Lengthens the lease.

        Raises:
            ClaimLost: somebody else has the claim.
        """
        if not self._keep(claim, self.lease_s):
            raise ClaimLost

    def let_go(self, claim: Claim, *, pause_s: float = 0, trouble: str | None = None) -> None:
        """Lets anyone take the claim after a pause. With `trouble` None this attempt is not counted."""
        attempts = claim.attempts if trouble else claim.attempts - 1
        self._keep(claim, pause_s, attempts=attempts, record=_record(replace(claim, trouble=trouble or claim.trouble)))

    def recorded(self, claim: Claim) -> None:
        """Notes that the operation is recorded, and lets go of the claim."""
        self._keep(claim, 0, stage=Stage.RECORDED, attempts=0)

    def close(self, claim: Claim, ending: Ending) -> bool:
        """Ends the claim; true for the one call that did."""
        name = "dead" if ending.dead else ending.standing or ""
        said = {"name": claim.name, "operation": claim.operation, "reason": ending.reason, "at": time.time()}
        prefix = json.dumps(prefix_of(claim.name))
        with storage_errors():
            closed = self._scripts["close"](
                keys=[
                    *map(self._key, ("open", "counts", "failures", "departed", "gone", "letters")),
                    self._key(f"over:{digest(claim.name, claim.version)}"),
                ],
                args=[
                    digest(claim.name),
                    claim.token,
                    name,
                    claim.size,
                    ending.written,
                    json.dumps(said) if ending.standing is Standing.FAILED else "",
                    ending.standing if ending.departed and ending.standing else "",
                    prefix,
                    json.dumps(said) if ending.dead else "",
                    "" if ending.told or ending.standing is None else ending.standing,
                    KEPT_ENTRIES,
                    _KEPT_PREFIXES,
                    _MEMORY_MS,
                ],
            )
        return bool(closed)

    def _keep(
        self,
        claim: Claim,
        lease_s: float,
        *,
        stage: Stage | None = None,
        attempts: int | None = None,
        record: str = "",
    ) -> bool:
        arguments = [stage or "", "" if attempts is None else attempts, record]
        with storage_errors():
            return bool(
                self._scripts["keep"](
                    keys=[self._key("open")],
                    args=[digest(claim.name), claim.token, int(lease_s * 1000), *arguments],
                )
            )

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _record(claim: Claim) -> str:
    record = {"name": claim.name, "size": claim.size, "operation": claim.operation, "since": claim.since}
    return json.dumps({**record, "outputs": claim.outputs, "webhook": claim.webhook, "trouble": claim.trouble})


def _claim(text: bytes, now_ms: int = 0) -> Claim:
    ends_ms, token, stage, attempts, version, record = text.decode().split("|", 5)
    known = json.loads(record)
    return Claim(
        name=known["name"],
        version=version,
        size=known["size"],
        operation=known["operation"],
        outputs=tuple(map(Output, known["outputs"])),
        webhook=known.get("webhook"),
        trouble=known.get("trouble"),
        since=known["since"],
        stage=Stage(stage),
        attempts=int(attempts),
        free=int(ends_ms) <= now_ms,
        token=token,
    )
