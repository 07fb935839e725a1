"""What `make faults` trusts: the log of a real Valkey tells a page that was lost, and one that was stored twice."""

from __future__ import annotations

import uuid
from pathlib import Path

from read_operations.records import Format, Page, Request, Status, Unit
from read_operations.redis_client import connect
from read_operations.redis_store import RedisOperationStore
from read_operations.settings import Settings
from tests.faults.commit_log import CommitLog
from tests.faults.installation import Storage


def test_the_log_tells_what_was_lost_and_what_was_doubled(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "valkey")
    settings = Settings(redis_url=storage.url)
    client = connect(settings)
    store = RedisOperationStore(client, settings)
    good, bad = (str(uuid.uuid4()) for _ in range(2))
    for id in (good, bad):
        # Given three pages of which each is begun, committed, and committed again by somebody who came late
        store.create(Request(id=id, format=Format.PDF))
        store.plan(id, [1, 2, 3])
        for number in (1, 2, 3):
            store.begin(id, number, "job")
        for number in (1, 2, 3, 1):
            store.commit(id, Page(number=number, width=1, height=1, unit=Unit.INCH))
        store.finish(id, Status.SUCCEEDED)
        store.finish(id, Status.FAILED)
    # When one operation has a page stored over another, is ended twice and begun again, and its server is killed
    key = f"{settings.key_prefix}:{{{bad}}}"
    client.hset(f"{key}:pages", "2", b"another")
    client.hset(f"{key}:op", "status", "failed")
    client.hincrby(f"{key}:attempts", "3", 1)
    client.hincrby(f"{key}:attempts", "3", 1)
    client.hset(f"{key}:op", "plan", "[1, 2, 3, 4]")
    storage.kill()
    storage.restart()
    log = CommitLog.of(storage.folder)
    # Then the log says so, of this one alone
    assert (log.missing(good), log.doubled(good), log.ended[good], log.begun_again(good)) == ([], [], 1, 0)
    assert (log.missing(bad), log.doubled(bad), log.ended[bad], log.begun_again(bad)) == ([4], [2], 2, 2)
    client.close()
    storage.stop()
