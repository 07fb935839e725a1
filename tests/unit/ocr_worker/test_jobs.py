"""The jobs over in-memory stores, with an engine that says what it was told to."""

from __future__ import annotations

import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from PIL import Image

from ocr_worker import soft_limit
from ocr_worker.engine.port import EngineInfo, Pixels, Reading
from ocr_worker.jobs import Jobs
from ocr_worker.reports import Attempt, Ending, Job
from ocr_worker.stopwatch import Kind, Phase
from read_operations.errors import StorageUnavailable
from read_operations.records import Format, Line, Page, ReadingOrder, Request, Status, Unit, Word
from read_operations.settings import Lane, Settings
from read_operations.store import SPLIT, Claim, Commit
from read_operations.testing import MemoryDocumentStore, MemoryOperationStore, MemoryQueue

BOX = (10.0, 20.0, 110.0, 20.0, 110.0, 50.0, 10.0, 50.0)
READING = Reading(angle=1.5, lines=(Line(text="Hello", box=BOX, words=(Word(text="Hello", box=BOX, confidence=0.9),)),))


class ScriptedEngine:
    """Answers each page with the next of its answers; an exception is raised, the last answer repeats."""

    info = EngineInfo(runtime="scripted", models={})

    def __init__(self, *answers: Reading | Exception) -> None:
        self.answers = list(answers)
        self.shapes: list[tuple[int, ...]] = []

    def read(self, image: Pixels, order: ReadingOrder) -> Reading:
        self.shapes.append(image.shape)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Bench:
    """A fleet of one worker in one process."""

    def __init__(self, *answers: Reading | Exception, **overrides: Any) -> None:
        defaults: dict[str, Any] = {"page_window": 2, "page_attempts": 3, "interactive_pages": 2}
        self.settings = Settings(**{**defaults, **overrides})
        self.store = MemoryOperationStore(self.settings)
        self.documents = MemoryDocumentStore()
        self.queue = MemoryQueue()
        self.engine = ScriptedEngine(*(answers or (READING,)))
        self.told: list[object] = []
        self.jobs = Jobs(
            store=self.store,
            documents=self.documents,
            queue=self.queue,
            engine=self.engine,
            settings=self.settings,
            tell=self.told.append,
        )

    def submit(self, data: bytes, format: Format, **options: object) -> str:
        id = str(uuid.uuid4())

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        anyio.run(self.documents.save, id, chunks())
        plan = None if format.paged else [1]
        self.store.create(Request(id=id, format=format, **options), plan)  # type: ignore[arg-type]
        self.queue.enqueue(id, 1 if plan else SPLIT, Lane.INTERACTIVE)
        return id

    def work(self) -> list[tuple[int, str]]:
        """Does every job, and what they enqueue; gives what was done in order."""
        done = []
        while self.queue.waiting_jobs:
            id, page, lane = self.queue.pop()
            done.append((page, lane))
            job = str(uuid.uuid4())
            if page == SPLIT:
                self.jobs.split(id, job)
            else:
                self.jobs.read_page(id, page, job)
        return done


def png(width: int = 400, height: int = 300) -> bytes:
    return _saved(lambda path: Image.new("RGB", (width, height), "white").save(path, "PNG"))


def tiff(frames: int, size: tuple[int, int] = (400, 300)) -> bytes:
    images = [Image.new("L", size, 255 - n) for n in range(frames)]
    return _saved(lambda path: images[0].save(path, "TIFF", save_all=True, append_images=images[1:]))


def pdf(pages: int, size: tuple[int, int] = (850, 1100)) -> bytes:
    images = [Image.new("L", size, 255 - n) for n in range(pages)]
    return _saved(lambda path: images[0].save(path, "PDF", resolution=100, save_all=True, append_images=images[1:]))


def _saved(save: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        save(path)
        return path.read_bytes()


def test_an_image_is_read_without_a_split() -> None:
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    assert bench.work() == [(1, Lane.INTERACTIVE)]
    operation = bench.store.get(id)
    assert (operation.status, operation.total, operation.done, operation.failed) == (Status.SUCCEEDED, 1, 1, 0)
    (page,) = bench.store.pages(id)
    assert (page.number, page.width, page.height, page.unit, page.angle) == (1, 400, 300, Unit.PIXEL, 1.5)
    assert page.lines == READING.lines


def test_a_small_document_stays_in_the_interactive_lane() -> None:
    bench = Bench()
    bench.submit(tiff(2), Format.TIFF)
    assert bench.work() == [(SPLIT, Lane.INTERACTIVE), (1, Lane.INTERACTIVE), (2, Lane.INTERACTIVE)]


def test_a_larger_document_goes_page_by_page_through_the_batch_lane() -> None:
    # Given a document of five pages and a window of two
    bench = Bench()
    id = bench.submit(tiff(5), Format.TIFF)
    bench.jobs.split(id, "job")
    bench.queue.pop()
    # Then two pages wait at a time
    assert [page for _, page, _ in bench.queue.waiting_jobs] == [1, 2]
    assert [page for page, lane in bench.work() if lane == Lane.BATCH] == [1, 2, 3, 4, 5]
    assert [page.number for page in bench.store.pages(id)] == [1, 2, 3, 4, 5]
    assert bench.store.get(id).status is Status.SUCCEEDED


def test_pages_in_a_language_with_queues_of_its_own_wait_there_and_so_do_their_second_tries() -> None:
    bench = Bench(ValueError("once"), READING, language_queues=("ja",), interactive_pages=0)
    bench.submit(tiff(3), Format.TIFF, language="ja")
    assert bench.work() == [(SPLIT, Lane.INTERACTIVE), *((page, "batch-ja") for page in (1, 2, 1, 3))]


def test_only_the_wanted_pages_are_read() -> None:
    bench = Bench()
    id = bench.submit(tiff(5), Format.TIFF, pages="2,4-")
    bench.work()
    assert [page.number for page in bench.store.pages(id)] == [2, 4, 5]


def test_boxes_of_a_pdf_page_are_inches() -> None:
    # Given an engine that finds its box on a page of 8.5 x 11 inches
    bench = Bench()
    id = bench.submit(pdf(1), Format.PDF)
    bench.work()
    (page,) = bench.store.pages(id)
    assert (page.width, page.height, page.unit) == (8.5, 11, Unit.INCH)
    # Then its box is scaled from the pixels that were rendered
    height, width = bench.engine.shapes[0]
    x, y = page.lines[0].box[:2]
    assert x == pytest.approx(10 * 8.5 / width, abs=1e-4)
    assert y == pytest.approx(20 * 11 / height, abs=1e-4)
    assert page.lines[0].words[0].box == page.lines[0].box


@pytest.mark.parametrize(
    ("data", "format", "pages", "code"),
    [
        (pdf(1)[:300], Format.PDF, None, "InvalidImage"),
        (png()[:60], Format.PNG, None, "InvalidImage"),
        (png(3, 3), Format.PNG, None, "InvalidImageDimension"),
        (tiff(2), Format.TIFF, "3-", "InvalidPageRange"),
    ],
)
def test_a_bad_document_fails_at_once_with_its_reason(data: bytes, format: Format, pages: str, code: str) -> None:
    bench = Bench()
    id = bench.submit(data, format, pages=pages)
    assert len(bench.work()) == 1
    operation = bench.store.get(id)
    assert operation.status is Status.FAILED
    assert operation.failure
    assert operation.failure.code == code


@pytest.mark.parametrize(("data", "format"), [(png(), Format.PNG), (pdf(1), Format.PDF)])
def test_a_vanished_document_fails_and_is_a_dead_letter(data: bytes, format: Format) -> None:
    bench = Bench()
    id = bench.submit(data, format)
    bench.documents.delete(id)
    bench.work()
    failure = bench.store.get(id).failure
    assert failure
    assert failure.code == "FailedToProcess"
    assert "no longer there" in failure.message
    (letters,) = bench.store.dead_letters()
    assert letters.operation.id == id


@pytest.mark.parametrize("deleted", [False, True], ids=["read", "deleted"])
def test_who_comes_late_to_a_document_that_nobody_needs_has_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], deleted: bool
) -> None:
    # Given a reader that has claimed a page which another stores, whereupon the document goes
    bench = Bench()
    id = bench.submit(png(), Format.PNG)

    def gone(_: str) -> AbstractContextManager[Path]:
        bench.store.commit(id, Page(number=1, width=1, height=1, unit=Unit.PIXEL))
        bench.store.finish(id, Status.SUCCEEDED)
        if deleted:
            bench.store.delete(id)
        raise FileNotFoundError

    monkeypatch.setattr(bench.documents, "local", gone)
    bench.work()
    (attempt,) = bench.told
    assert isinstance(attempt, Attempt)
    assert attempt.ending is Ending.NEEDLESS
    assert list(bench.store.dead_letters()) == []
    assert "given up" not in capsys.readouterr().out


def test_a_page_that_fails_for_no_fault_of_its_own_is_tried_again() -> None:
    bench = Bench(RuntimeError("a passing fault"), READING)
    id = bench.submit(png(), Format.PNG)
    assert len(bench.work()) == 2
    assert bench.store.get(id).status is Status.SUCCEEDED


def test_a_page_is_given_up_after_its_attempts_and_the_others_survive() -> None:
    # Given an engine that never manages the first page of three
    bench = Bench(*[RuntimeError("always")] * 3, READING, interactive_pages=9)
    id = bench.submit(tiff(3), Format.TIFF)
    # When the first page is tried three times before the others are
    bench.jobs.split(id, "job")
    bench.queue.waiting_jobs.clear()
    for attempt in range(3):
        bench.jobs.read_page(id, 1, f"job {attempt}")
    bench.queue.enqueue(id, 2, Lane.BATCH)
    bench.work()
    # Then it is stored as failed, and the operation succeeds with the rest
    operation = bench.store.get(id)
    assert (operation.status, operation.total, operation.failed) == (Status.SUCCEEDED, 3, 1)
    failed = [page for page in bench.store.pages(id) if page.failure]
    assert [page.number for page in failed] == [1]
    assert failed[0].failure
    assert failed[0].failure.code == "FailedToProcess"


def test_a_page_whose_readers_die_is_given_up() -> None:
    # Given a page that killed its reader three times: attempts begun, nothing committed
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    for _ in range(3):
        bench.store.begin(id, 1, "same job")
    # When it comes a fourth time
    bench.jobs.read_page(id, 1, "same job")
    # Then it is not tried again
    assert bench.engine.shapes == []
    failure = bench.store.get(id).failure
    assert failure
    assert "stopped 3 times" in failure.message


def test_a_page_that_takes_too_long_says_so() -> None:
    bench = Bench(SoftTimeLimitExceeded(), page_attempts=1)
    id = bench.submit(png(), Format.PNG)
    bench.work()
    failure = bench.store.get(id).failure
    assert failure
    assert "longer than" in failure.message


class _GivenAway:
    """Work that fails after its job was given to another: its process was stopped for longer than a claim lasts."""

    def __init__(self, bench: Bench) -> None:
        self._store = bench.store
        self.other: Claim | None = None

    def __call__(self, *_: object) -> NoReturn:
        (operation,) = self._store.unfinished()
        (job,) = operation.jobs
        assert self._store.requeue(operation.operation.id, job.page, job.token)
        self.other = self._store.begin(operation.operation.id, job.page, "another")
        raise SoftTimeLimitExceeded


@pytest.mark.parametrize(
    ("data", "format", "work"),
    [(png(), Format.PNG, "ocr_worker.page_reader.read_page"), (pdf(1), Format.PDF, "ocr_worker.documents.count_pages")],
)
def test_who_was_asleep_does_not_give_up_what_another_works_on(
    data: bytes, format: Format, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(page_slow_attempts=1)
    id = bench.submit(data, format)
    monkeypatch.setattr(work, asleep := _GivenAway(bench))
    bench.work()
    (attempt,) = bench.told
    assert isinstance(attempt, Attempt)
    assert attempt.ending is Ending.NEEDLESS
    assert not bench.store.get(id).status.final
    (job,) = next(bench.store.unfinished()).jobs
    assert asleep.other is not None
    assert job.token == asleep.other.token


@pytest.mark.parametrize(("earlier", "given_up"), [(0, False), (1, True)])
def test_a_page_that_hears_no_limit_is_left_to_another_once(
    earlier: int, given_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a page that is in a library's code for longer than it may, where nothing can be raised
    killed = threading.Event()
    monkeypatch.setattr(soft_limit, "kill_this_process", killed.set)

    class DeafEngine(ScriptedEngine):
        def read(self, image: Pixels, order: ReadingOrder) -> Reading:
            assert killed.wait(10)
            raise StorageUnavailable  # nothing comes of it, as its process is no more

    bench = Bench(page_soft_limit_s=1, page_hard_limit_s=2)
    bench.jobs._engine = DeafEngine(READING)
    id = bench.submit(png(), Format.PNG)
    for _ in range(earlier):
        bench.store.begin(id, 1, "job")
    with pytest.raises(StorageUnavailable):
        bench.jobs.read_page(id, 1, "job")
    # Then the first try costs its reader alone, and a further one the page
    assert [each.ending for each in bench.told if isinstance(each, Attempt)] == [
        Ending.FAILED if given_up else Ending.RETRIED,
        Ending.RETURNED,
    ]
    failure = bench.store.get(id).failure
    assert (failure is not None and "longer than" in failure.message) == given_up


def test_a_document_whose_opening_kills_is_given_up() -> None:
    bench = Bench()
    id = bench.submit(tiff(2), Format.TIFF)
    for _ in range(3):
        bench.store.begin(id, SPLIT, "same job")
    bench.jobs.split(id, "same job")
    failure = bench.store.get(id).failure
    assert failure
    assert "could not be opened" in failure.message


def test_a_late_operation_is_left_to_the_sweeper() -> None:
    bench = Bench(operation_deadline_minutes=1e-9)
    id = bench.submit(png(), Format.PNG)
    bench.work()
    assert bench.engine.shapes == []
    assert bench.store.get(id).status is Status.NOT_STARTED


def test_only_the_first_retry_is_immediate() -> None:
    # Given a page that fails again and again
    bench = Bench(RuntimeError("again"))
    id = bench.submit(png(), Format.PNG)
    # When it was tried twice
    assert len(bench.work()) == 2
    # Then it waits for the sweeper, and nobody holds it
    ((job,),) = (each.jobs for each in bench.store.unfinished())
    assert (job.page, job.started) == (1, False)
    # And the third attempt is the last
    bench.jobs.read_page(id, 1, "third")
    assert bench.store.get(id).status is Status.FAILED


def test_a_store_that_is_away_costs_no_result() -> None:
    # Given a store that is away when the page is to be stored
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    commit = bench.store.commit

    def away(*_: object, **__: object) -> Commit:
        raise StorageUnavailable

    bench.store.commit = away  # type: ignore[method-assign]
    # When the page is read more often than it may be tried
    for number in range(2 * bench.settings.page_attempts):
        with pytest.raises(StorageUnavailable):
            bench.jobs.read_page(id, 1, f"job {number}")
        # Then it is given back each time
        ((job,),) = (each.jobs for each in bench.store.unfinished())
        assert not job.started
    # And read when it comes after the outage
    bench.store.commit = commit  # type: ignore[method-assign]
    bench.jobs.read_page(id, 1, "later")
    assert bench.store.get(id).status is Status.SUCCEEDED


def test_a_job_of_a_deleted_operation_is_nothing() -> None:
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    bench.store.delete(id)
    bench.work()
    assert bench.engine.shapes == []


def test_a_doubled_message_reads_nothing_twice() -> None:
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    bench.queue.enqueue(id, 1, Lane.INTERACTIVE)
    bench.work()
    assert len(bench.engine.shapes) == 1


def endings(bench: Bench) -> list[tuple[Job, Ending, Kind]]:
    return [(each.job, each.ending, each.kind) for each in bench.told if isinstance(each, Attempt)]


def test_every_attempt_is_told_with_its_phases() -> None:
    bench = Bench(replace(READING, detection_s=0.0))
    bench.submit(tiff(2), Format.TIFF)
    bench.work()
    assert endings(bench) == [
        (Job.SPLIT, Ending.DONE, Kind.UNKNOWN),
        (Job.PAGE, Ending.DONE, Kind.PICTURE),
        (Job.PAGE, Ending.DONE, Kind.PICTURE),
    ]
    split, page, _ = [each for each in bench.told if isinstance(each, Attempt)]
    assert split.seconds.keys() == {Phase.CLAIM, Phase.FETCH, Phase.OPEN, Phase.STORE}
    read = {Phase.RENDER, Phase.DETECTION, Phase.RECOGNITION}
    assert page.seconds.keys() == {Phase.CLAIM, Phase.FETCH, Phase.STORE} | read
    # And they are all of its time
    assert 0.9 * page.total_s < sum(page.seconds.values()) <= page.total_s


def test_what_goes_wrong_is_told_as_what_it_was() -> None:
    broken = Bench(RuntimeError("no"))
    broken.submit(png(), Format.PNG)
    broken.work()
    assert [ending for _, ending, _ in endings(broken)] == [Ending.RETRIED, Ending.RETRIED]
    damaged = Bench()
    damaged.submit(b"II*\0 no tiff", Format.TIFF)
    damaged.work()
    assert endings(damaged) == [(Job.SPLIT, Ending.FAILED, Kind.UNKNOWN)]


def test_a_job_without_anything_to_do_and_one_without_a_store_are_told() -> None:
    bench = Bench()
    id = bench.submit(png(), Format.PNG)
    bench.work()
    bench.jobs.read_page(id, 1, "again")
    assert endings(bench)[-1] == (Job.PAGE, Ending.NEEDLESS, Kind.UNKNOWN)
    away = Bench(StorageUnavailable())
    id = away.submit(png(), Format.PNG)
    with pytest.raises(StorageUnavailable):
        away.jobs.read_page(id, 1, "job")
    assert [ending for _, ending, _ in endings(away)] == [Ending.RETURNED]


def test_what_the_document_is_not_to_blame_for_is_a_dead_letter() -> None:
    # Given a page that is worn out, and a document that is no document
    bench = Bench(RuntimeError("a bug"), page_attempts=2)
    worn_out, broken = bench.submit(png(), Format.PNG), bench.submit(b"%PDF-1.7 nothing", Format.PDF)
    # When both have come to their end
    for _ in range(2):
        bench.jobs.read_page(worn_out, 1, "job")
    bench.jobs.split(broken, "job")
    assert {bench.store.get(id).status for id in (worn_out, broken)} == {Status.FAILED}
    # Then the first alone is on the list, and is read when it is retried by a fleet that can
    (letters,) = bench.store.dead_letters()
    assert letters.operation.id == worn_out
    assert [(letter.page, letter.attempts, letter.failure.code) for letter in letters.letters] == [
        (1, 2, "FailedToProcess")
    ]
    bench.engine.answers = [READING]
    assert bench.store.retry(worn_out) == [1]
    bench.jobs.read_page(worn_out, 1, "job")
    assert bench.store.get(worn_out).status is Status.SUCCEEDED
    assert list(bench.store.dead_letters()) == []


@pytest.mark.parametrize(
    ("data", "format", "limits"),
    [
        pytest.param(tiff(2)[:140_000], Format.TIFF, {}, id="the file ends in the second of two pages"),
        pytest.param(pdf(2), Format.PDF, {"max_page_points": 10}, id="too large"),
        pytest.param(tiff(2), Format.TIFF, {"max_page_words": 2}, id="too many words"),
        pytest.param(tiff(2), Format.TIFF, {"max_result_bytes": 1}, id="the result is too large"),
    ],
)
def test_what_its_sender_has_to_mend_is_no_dead_letter(data: bytes, format: Format, limits: dict[str, int]) -> None:
    word = Word(text="x", box=BOX, confidence=0.9)
    bench = Bench(Reading(angle=0, lines=(Line(text="x x x", box=BOX, words=(word,) * 3),)), **limits)
    id = bench.submit(data, format)
    bench.work()
    failed = {page.failure.code for page in bench.store.pages(id) if page.failure}
    assert failed == {"FailedToProcess"}
    assert list(bench.store.dead_letters()) == []


def test_a_page_of_too_many_words_fails_alone() -> None:
    word = Word(text="x", box=BOX, confidence=0.9)
    full = Reading(angle=0, lines=(Line(text="x x x", box=BOX, words=(word,) * 3),))
    bench = Bench(full, READING, max_page_words=2)
    id = bench.submit(tiff(2), Format.TIFF)
    bench.work()
    assert bench.store.get(id).status is Status.SUCCEEDED
    first, second = bench.store.pages(id)
    assert first.failure
    assert first.failure.message.startswith("The page has 3 words; a page may have 2.")
    assert not second.failure


@pytest.mark.parametrize(
    ("data", "format", "limits", "size"),
    [
        pytest.param(tiff(2), Format.TIFF, {"max_page_words": 2}, (400, 300), id="too many words"),
        pytest.param(pdf(2), Format.PDF, {"max_page_words": 2}, (8.5, 11), id="too many words in a PDF"),
        pytest.param(tiff(2), Format.TIFF, {"max_image_side": 350}, (400, 300), id="refused"),
        pytest.param(pdf(2), Format.PDF, {"max_page_points": 10}, (8.5, 11), id="refused in a PDF"),
        pytest.param(tiff(2), Format.TIFF, {"max_result_bytes": 1}, (400, 300), id="no room"),
    ],
)
def test_a_failed_page_has_the_size_that_it_is_known_to_have(
    data: bytes, format: Format, limits: dict[str, int], size: tuple[float, float]
) -> None:
    word = Word(text="x", box=BOX, confidence=0.9)
    bench = Bench(Reading(angle=0, lines=(Line(text="x x x", box=BOX, words=(word,) * 3),)), **limits)
    id = bench.submit(data, format)
    bench.work()
    assert {(page.failure is not None, page.width, page.height) for page in bench.store.pages(id)} == {(True, *size)}


def test_a_page_of_which_nothing_is_left_has_no_size() -> None:
    bench = Bench()
    id = bench.submit(tiff(2)[:120_140], Format.TIFF)
    bench.work()
    assert [(page.failure is None, page.width, page.height) for page in bench.store.pages(id)] == [
        (True, 400, 300),
        (False, 0, 0),
    ]


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), RuntimeError("a bug")])
def test_a_page_that_fails_at_last_has_its_size(error: Exception) -> None:
    bench = Bench(error, page_attempts=1)
    id = bench.submit(pdf(2), Format.PDF)
    bench.work()
    assert [(page.failure is not None, page.width, page.height) for page in bench.store.pages(id)] == [
        (True, 8.5, 11)
    ] * 2


def page_of(bench: Bench) -> Page:
    id = bench.submit(tiff(1), Format.TIFF)
    bench.work()
    return next(bench.store.pages(id))


def test_pages_beyond_the_room_for_a_result_fail() -> None:
    # Given room for the first page of three
    bench = Bench(max_result_bytes=len(page_of(Bench()).pack()))
    id = bench.submit(tiff(3), Format.TIFF)
    bench.work()
    # Then the others say why they are not there
    assert bench.store.get(id).status is Status.SUCCEEDED
    first, *others = bench.store.pages(id)
    assert not first.failure
    assert [page.failure and page.failure.message for page in others] == [
        "The result of the document is too large. Ask for fewer of its pages at a time."
    ] * 2
