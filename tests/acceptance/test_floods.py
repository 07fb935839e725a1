"""Nobody waits behind a giant: a book of 2,000 pages is read while a single page comes. Nobody takes all memory."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from read_operations.settings import Lane, Mode, Settings
from tests.builders import assembled, encoded, text_page
from tests.fleet import Fleet, wait_for

#: A page that takes a part of a second, so that it can be told how many others go first.
PICTURE = text_page([f"Line {row} of a page that says what the others say" for row in range(25)], size=(1275, 1650))


@pytest.fixture
def fleet(settings: Settings, tmp_path: Path) -> Iterator[Fleet]:
    """A fleet with one reader."""
    own = Settings(**{**settings.model_dump(exclude_unset=True), "concurrency": 1, "mode": Mode.FAST})
    with Fleet(own, tmp_path) as fleet:
        yield fleet


def long_book(count: int) -> bytes:
    """A scanned PDF whose pages all show the same picture."""
    data = encoded(PICTURE.image, "JPEG")
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 1275 /Height 1650 /BitsPerComponent 8 /ColorSpace /DeviceGray "
        b"/Filter /DCTDecode /Length %d >>"
    )
    content = b"q 612 0 0 792 0 0 cm /P Do Q"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /XObject << /P 3 0 R >> >> >>"
    )
    numbers = range(5, 5 + count)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    bodies = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, count)}
    bodies |= {3: picture, 4: b"<< /Length %d >>"} | dict.fromkeys(numbers, page)
    return assembled(bodies, {3: data, 4: content})


def test_a_book_of_2000_pages_delays_a_single_page_by_two_at_most(fleet: Fleet) -> None:
    # Given a book that is being read
    book = fleet.submit(long_book(2_000))
    wait_for(lambda: fleet.store.get(book).done >= 1)
    assert fleet.store.get(book).total == 2_000
    # Then no more of it is in the queue than a window
    assert int(fleet.redis.llen(f"{fleet.settings.key_prefix}:{Lane.BATCH.value}")) <= fleet.settings.page_window
    # And of pages that come, each is read before more than two of the book
    waited = []
    for _ in range(3):
        single = fleet.submit(encoded(PICTURE.image, "PNG"))
        before = fleet.store.get(book).done
        wait_for(lambda id=single: fleet.store.get(id).status.final)  # type: ignore[misc]
        waited.append(fleet.store.get(book).done - before)
    assert max(waited) <= 2
    fleet.store.delete(book)


def test_who_sends_requests_without_end_is_left_with_its_document(fleet: Fleet) -> None:
    # Given a client that waits for a long book
    book = long_book(500)
    head = f"POST /vision/v3.2/read/syncAnalyze HTTP/1.1\r\nHost: reader\r\nContent-Length: {len(book)}\r\n\r\n"
    host, _, port = fleet.endpoint.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode() + book)
        wait_for(lambda: [each for each in fleet.store.unfinished() if each.operation.done])
        # When it sends one request after the other meanwhile
        with pytest.raises(ConnectionError):
            for _ in range(1_000):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: reader\r\n\r\n" * 1_000)
        # Then it is gone, and so is what nobody waits for
        wait_for(lambda: not list(fleet.store.unfinished()) and not fleet.documents())
    assert httpx.get(f"{fleet.endpoint}/ready").status_code == 200
    assert "Traceback" not in fleet.log("gateway")
