from __future__ import annotations

import threading

import pytest
import redis

from document_drop.claims import Answer, Claim, ClaimLost, Claims, Ending, Stage
from document_drop.place import Found, Standing
from document_drop.tally import Tally
from read_operations.records import Output
from read_operations.settings import Settings


def found(name: str = "a|b/ü.pdf", version: str = "1") -> Found:
    return Found(name=name, version=version, size=7)


@pytest.fixture
def claims(redis_client: redis.Redis, settings: Settings) -> Claims:
    return Claims(redis_client, "place", settings.model_copy(update={"drop_window": 3}))


def taken(claims: Claims, which: Found | None = None) -> Claim:
    claim = claims.claim(which or found(), (Output.PDF,))
    assert isinstance(claim, Claim)
    return claim


def test_one_of_many_gets_a_document(redis_client: redis.Redis, claims: Claims) -> None:
    answers: list[Claim | Answer | Standing] = []
    threads = [threading.Thread(target=lambda: answers.append(claims.claim(found(), ()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(answer, Claim) for answer in answers) == 1
    assert answers.count(Answer.BUSY) == 7


def test_what_is_recorded_waits_for_anyone(claims: Claims, tally: Tally) -> None:
    claim = taken(claims)
    claims.recorded(claim)
    assert claims.claim(found(), ()) is Answer.RECORDED
    # A newer version waits until the older one has its result.
    assert claims.claim(found(version="2"), ()) is Answer.BUSY
    (each,) = claims.all()
    assert (each.name, each.version, each.operation, each.outputs) == (claim.name, "1", claim.operation, (Output.PDF,))
    assert (each.stage, each.free) == (Stage.RECORDED, True)
    held = claims.take(each)
    assert held
    assert held.attempts == 1
    assert claims.take(each) is None
    assert claims.close(held, Ending(standing=Standing.SUCCEEDED))
    assert not claims.close(held, Ending(standing=Standing.SUCCEEDED))
    assert tally.counts() == {"succeeded": 1, "bytes": 7, "written": 0}
    assert isinstance(claims.claim(found(version="2"), ()), Claim)


def test_a_claim_whose_holder_died_is_taken_over(claims: Claims, redis_client: redis.Redis, settings: Settings) -> None:
    dead = taken(Claims(redis_client, "place", settings, lease_s=0))
    held = claims.take(dead)
    assert held
    assert (held.operation, held.attempts) == (dead.operation, 2)
    # Should it still live, it has nothing to say any more.
    claims.recorded(dead)
    with pytest.raises(ClaimLost):
        claims.renew(dead)
    assert not claims.close(dead, Ending(standing=Standing.SUCCEEDED))
    assert [claim.stage for claim in claims.all()] == [Stage.CLAIMED]


def test_an_attempt_that_was_none_does_not_count(claims: Claims) -> None:
    claim = taken(claims)
    claims.let_go(claim)
    held = claims.take(claim)
    assert held
    assert held.attempts == 1
    claims.let_go(held, trouble="it hurts")
    held = claims.take(held)
    assert held
    assert (held.attempts, held.trouble) == (2, "it hurts")
    claims.let_go(held, pause_s=60)
    assert claims.take(held) is None


def test_the_window_has_an_end(claims: Claims, tally: Tally) -> None:
    first, *_ = [taken(claims, found(name)) for name in "abc"]
    assert claims.claim(found("d"), ()) is Answer.FULL
    claims.close(first, Ending())
    assert isinstance(claims.claim(found("d"), ()), Claim)
    assert tally.counts() == {}


def test_a_version_that_was_given_up_is_left_alone(claims: Claims, tally: Tally) -> None:
    claim = taken(claims)
    claims.close(claim, Ending(standing=Standing.FAILED, reason="it kills", dead=True, told=False))
    assert claims.claim(found()) is Standing.FAILED
    assert isinstance(claims.claim(found(version="2"), ()), Claim)
    (letter,) = tally.letters(10)
    assert (letter["name"], letter["reason"]) == ("a|b/ü.pdf", "it kills")
    assert tally.failures(10) == [letter]
    assert tally.counts()["dead"] == 1


def test_places_are_apart(claims: Claims, redis_client: redis.Redis, settings: Settings) -> None:
    taken(claims)
    assert list(Claims(redis_client, "other", settings).all()) == []
