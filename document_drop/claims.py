"""Who works on which dropped document, in Redis or Valkey.

Keys, behind the configured prefix and `drop:{place}:` (a hash tag, so all of a place lies in one cluster slot):

    open      hash  digest of a name -> lease end (ms)|token|stage|attempts|version|record
    counts    hash  succeeded, failed, skipped, dead, bytes, garbage -> how many
    failures  list  the last failures, newest first
    letters   list  dead letters: documents and events that were given up, newest first
    departed  hash  prefix and standing -> documents that were moved or deleted after they were read
    dead:…    one for each version that was given up, so that it is left alone

A document has one claim at a time: a newer version waits until the older one has its result.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Final

import redis

from document_drop.names import digest, prefix_of
from document_drop.place import Found, Standing
from read_operations.outputs import Output
from read_operations.redis_store import storage_errors
from read_operations.settings import Settings

#: A watcher that has not renewed a lease for so long is dead.
LEASE_S: Final = 30
_KEPT_LETTERS: Final = 1000
#: How long a version that was given up is left alone, and departed documents are counted.
_MEMORY_MS: Final = 30 * 24 * 3600 * 1000


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
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A document on its way."""

    name: str
    version: str
    size: int
    #: The id of its operation.
    operation: str
    outputs: tuple[Output, ...] = ()
    #: When it was claimed, in seconds since 1970.
    since: float
    stage: Stage = Stage.CLAIMED
    #: Tries of this stage, this one included.
    attempts: int = 1
    #: Whether nobody holds it, by this machine's clock.
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


class Claims:
    """The claims of one place."""

    def __init__(self, client: redis.Redis, place: str, settings: Settings) -> None:
        # redis-py types each answer as text, bytes or both; the client made by `connect` answers bytes.
        self._redis: Any = client
        self._prefix = f"{settings.key_prefix}:drop:{{{place}}}"
        self._window = settings.drop_window
        self._scripts = {
            name: client.register_script(resources.files("document_drop").joinpath("lua", f"{name}.lua").read_text())
            for name in ("claim", "take", "keep", "close")
        }

    def claim(self, found: Found, outputs: tuple[Output, ...]) -> Claim | Answer:
        """Claims a document for the caller, or says why not."""
        claim = Claim(
            name=found.name,
            version=found.version,
            size=found.size,
            operation=str(uuid.uuid4()),
            outputs=outputs,
            since=time.time(),
            token=uuid.uuid4().hex,
        )
        field = digest(found.name)
        with storage_errors():
            answer = self._scripts["claim"](
                keys=[self._key("open"), self._tombstone(claim)],
                args=[field, claim.version, claim.token, LEASE_S * 1000, self._window, _record(claim)],
            )
            # Sent twice by a connection that broke: it is ours all the same.
            if answer == b"busy" and (held := self._redis.hget(self._key("open"), field)):
                answer = b"taken" if held.split(b"|", 2)[1] == claim.token.encode() else answer
        verdict = Answer(answer.decode())
        return claim if verdict is Answer.TAKEN else verdict

    def all(self) -> Iterator[Claim]:
        """Every claim there is."""
        with storage_errors():
            held = self._redis.hvals(self._key("open"))
        for text in held:
            yield _claim(text)

    def take(self, claim: Claim) -> Claim | None:
        """Takes a claim that nobody holds; None if somebody does."""
        with storage_errors():
            text = self._scripts["take"](
                keys=[self._key("open")], args=[digest(claim.name), uuid.uuid4().hex, LEASE_S * 1000]
            )
        return _claim(text) if text else None

    def renew(self, claim: Claim) -> bool:
        """Lengthens the lease; false if somebody else has the claim."""
        return self._keep(claim, LEASE_S)

    def let_go(self, claim: Claim, *, pause_s: float = 0, counts: bool = True) -> None:
        """Lets anyone take the claim after a pause; unless it `counts`, this attempt was none."""
        self._keep(claim, pause_s, attempts=claim.attempts if counts else claim.attempts - 1)

    def recorded(self, claim: Claim) -> None:
        """Notes that the operation is recorded, and lets go of the claim."""
        self._keep(claim, 0, stage=Stage.RECORDED, attempts=0)

    def close(self, claim: Claim, ending: Ending) -> bool:
        """Ends the claim; true for the one call that did."""
        name = "dead" if ending.dead else ending.standing or ""
        said = {"name": claim.name, "operation": claim.operation, "reason": ending.reason, "at": time.time()}
        with storage_errors():
            closed = self._scripts["close"](
                keys=[*map(self._key, ("open", "counts", "failures", "departed", "letters")), self._tombstone(claim)],
                args=[
                    digest(claim.name),
                    claim.token,
                    name,
                    claim.size,
                    json.dumps(said) if ending.standing is Standing.FAILED else "",
                    f"{ending.standing}|{prefix_of(claim.name)}" if ending.departed and ending.standing else "",
                    json.dumps(said) if ending.dead else "",
                    _KEPT_LETTERS,
                    _MEMORY_MS,
                    _MEMORY_MS,
                ],
            )
        return bool(closed)

    def bury_event(self, text: str, reason: str) -> None:
        """Keeps an event that says nothing as a dead letter."""
        letter = json.dumps({"event": text[:1000], "reason": reason, "at": time.time()})
        with storage_errors():
            self._redis.lpush(self._key("letters"), letter)
            self._redis.ltrim(self._key("letters"), 0, _KEPT_LETTERS - 1)
            self._redis.hincrby(self._key("counts"), "garbage", 1)

    def counts(self) -> dict[str, int]:
        """How many documents came to what end, ever; and the bytes that were taken in."""
        with storage_errors():
            counts = self._redis.hgetall(self._key("counts"))
        return {name.decode(): int(count) for name, count in counts.items()}

    def departed(self) -> Iterator[tuple[str, Standing, int]]:
        """Prefix, standing and number of the documents that are no longer there."""
        with storage_errors():
            counts = self._redis.hgetall(self._key("departed"))
        for field, count in counts.items():
            standing, _, prefix = field.decode().partition("|")
            yield prefix, Standing(standing), int(count)

    def failures(self, most: int) -> list[dict[str, Any]]:
        """The last failures, newest first."""
        return self._list("failures", most)

    def letters(self, most: int) -> list[dict[str, Any]]:
        """The last dead letters, newest first."""
        return self._list("letters", most)

    def _keep(self, claim: Claim, lease_s: float, *, stage: Stage | None = None, attempts: int | None = None) -> bool:
        arguments = [stage or "", "" if attempts is None else attempts]
        with storage_errors():
            return bool(
                self._scripts["keep"](
                    keys=[self._key("open")],
                    args=[digest(claim.name), claim.token, int(lease_s * 1000), *arguments],
                )
            )

    def _list(self, name: str, most: int) -> list[dict[str, Any]]:
        with storage_errors():
            return [json.loads(text) for text in self._redis.lrange(self._key(name), 0, most - 1)]

    def _tombstone(self, claim: Claim) -> str:
        return self._key(f"dead:{digest(claim.name, claim.version)}")

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _record(claim: Claim) -> str:
    record = {"name": claim.name, "size": claim.size, "operation": claim.operation, "since": claim.since}
    return json.dumps({**record, "outputs": claim.outputs})


def _claim(text: bytes) -> Claim:
    ends_ms, token, stage, attempts, version, record = text.decode().split("|", 5)
    known = json.loads(record)
    return Claim(
        name=known["name"],
        version=version,
        size=known["size"],
        operation=known["operation"],
        outputs=tuple(map(Output, known["outputs"])),
        since=known["since"],
        stage=Stage(stage),
        attempts=int(attempts),
        free=int(ends_ms) <= time.time() * 1000,
        token=token,
    )
