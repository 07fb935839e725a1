"""What the OpenAPI documents say is what the gateway does, whatever it is sent.

Schemathesis makes requests from the documents, good ones and bad ones and always the same, and holds the answers of a
gateway on a socket against them. Behind it are the in-memory twins, so that its operations end at once, in every way
in which they can.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from read_operations.errors import DocumentDamaged, PageFailed
from read_operations.records import Failure, Line, Page, Status, Unit, Word
from tests.unit.api_gateway.support import Gateway, QueueThatReads, serving

ROOT = Path(__file__).parents[2]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
#: One of each kind; the others differ from them in their paths and in fewer parameters.
DOCUMENTS = (
    *("vision-v3.2-read", "vision-v3.1-preview.2-read", "vision-v3.0-read", "vision-v2.0-preview-read"),
    *("older", "outputs", "container"),
)
BOX = (0.5, 1.12, 1.47, 1.12, 1.47, 1.38, 0.5, 1.38)
WORDS = tuple(Word(text="Contoso", box=BOX, confidence=confidence) for confidence in (0.998, 0.2))
READ = Page(
    number=1,
    width=8.2639,
    height=11.6944,
    unit=Unit.INCH,
    angle=-179.99,
    lines=(Line(text="Contoso Contoso", box=BOX, words=WORDS, handwriting=0.1),),
)
UNREAD = Page(number=2, width=100, height=50, unit=Unit.PIXEL, failure=Failure.of(PageFailed()))


def gateway_that_reads() -> Gateway:
    """A gateway whose operations end as soon as they are recorded: well, badly, or with one page missing."""
    endings = itertools.cycle(([READ], [READ, UNREAD], []))

    def work(id: str) -> None:
        pages = next(endings)
        if not pages:
            damaged = Failure.of(DocumentDamaged())
            for number in gateway.store.unread(id):
                gateway.store.commit(id, replace(UNREAD, number=number, failure=damaged))
            gateway.store.finish(id, Status.FAILED, damaged)
            return
        gateway.store.plan(id, [page.number for page in pages])
        for page in pages[: gateway.store.get(id).total]:
            gateway.store.commit(id, page)
        gateway.store.finish(id, Status.SUCCEEDED)

    gateway = Gateway(queue=QueueThatReads(work, after_s=0.005))
    return gateway


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_answer_is_as_described(name: str, tmp_path: Path) -> None:
    gateway = gateway_that_reads()
    with serving(gateway.app) as port:
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run"),
                f"http://127.0.0.1:{port}/swagger/{name}/swagger.json",
                *("--checks", ",".join(CHECKS)),
                *("--max-examples", "10", "--generation-deterministic", "--continue-on-failure"),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.integration.schemathesis_hooks"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    # Had nothing been accepted, little would have been compared.
    assert name in ("container", "outputs") or gateway.store.usage() > 5
