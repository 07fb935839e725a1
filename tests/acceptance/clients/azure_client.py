"""Reads a document with whichever release of Azure's client is on the path, as its samples do, and prints what it got.

usage: azure_client.py read ENDPOINT FILE URL
       azure_client.py older ENDPOINT FILE URL
"""

from __future__ import annotations

import inspect
import io
import json
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

warnings.simplefilter("ignore")  # the oldest releases are from 2019

from azure.cognitiveservices.vision import computervision  # noqa: E402
from msrest.authentication import CognitiveServicesCredentials  # noqa: E402
from msrest.exceptions import HttpOperationError  # noqa: E402

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
NO_PICTURE = b"This is no picture."


class Reader:
    """The calls under the names that the release has for them."""

    def __init__(self, client: Any) -> None:
        if hasattr(client, "read_in_stream"):
            self._send, self._send_url, self.poll = client.read_in_stream, client.read, client.get_read_result
        else:
            self._send, self._send_url = client.batch_read_file_in_stream, client.batch_read_file
            self.poll = client.get_read_operation_result
        self.options = inspect.signature(self._send).parameters
        # Required in 0.3.0.
        self._required = {"mode": "Printed"} if "mode" in self.options else {}

    def send(self, stream: Any, **options: Any) -> Any:
        return finished(self._send(stream, raw=True, **self._required, **options), self.poll)

    def send_url(self, url: str) -> Any:
        return finished(self._send_url(url, raw=True, **self._required), self.poll)


def finished(submitted: Any, poll: Callable[[str], Any]) -> Any:
    id = submitted.headers["Operation-Location"].split("/")[-1]
    while (result := poll(id)).status.lower() in ("notstarted", "not started", "running"):
        time.sleep(0.1)
    return result


def read(client: Any, stream: BinaryIO, url: str) -> dict[str, Any]:
    """Read itself."""
    reader = Reader(client)
    report = {"stream": seen(reader.send(stream)), "url": seen(reader.send_url(url))}
    refused = {
        "unknown id": refusal(lambda: reader.poll(UNKNOWN_ID)),
        "bad image": refusal(lambda: reader.send(io.BytesIO(NO_PICTURE))),
        "bad url": refusal(lambda: reader.send_url(f"{url}-missing")),
    }
    for name, value in (("pages", ["0"]), ("language", "klingon"), ("reading_order", "sideways")):
        if name in reader.options:
            refused[f"bad {name}"] = refusal(partial(reader.send, io.BytesIO(b"%PDF-"), **{name: value}))
    return {**report, "refused": refused}


def older(client: Any, stream: BinaryIO, url: str) -> dict[str, Any]:
    """The calls before Read, as far as the release has them."""
    data = stream.read()
    printed = [client.recognize_printed_text_in_stream(io.BytesIO(data)), client.recognize_printed_text(url)]
    report: dict[str, Any] = {
        "printed": [
            [" ".join(word.text for word in line.words) for region in result.regions for line in region.lines]
            for result in printed
        ],
        "orientation": printed[0].orientation,
        "refused": {
            "bad image": refusal(lambda: client.recognize_printed_text_in_stream(io.BytesIO(NO_PICTURE))),
            "bad url": refusal(lambda: client.recognize_printed_text(f"{url}-missing")),
        },
    }
    if hasattr(client, "recognize_text_in_stream"):
        poll = client.get_text_operation_result
        recognized = [
            finished(client.recognize_text_in_stream(io.BytesIO(data), "Printed", raw=True), poll),
            finished(client.recognize_text(url, "Handwritten", raw=True), poll),
        ]
        report["recognized"] = [[line.text for line in each.recognition_result.lines] for each in recognized]
        report["refused"]["unknown id"] = refusal(lambda: poll(UNKNOWN_ID))
    return report


def seen(result: Any) -> dict[str, Any]:
    pages = result.recognition_results if hasattr(result, "recognition_results") else result.analyze_result.read_results
    return {
        "status": result.status,
        "pages": [
            {
                "page": page.page,
                "unit": page.unit,
                "size": [page.width, page.height],
                "lines": [line.text for line in page.lines],
                "boxes": all(len(word.bounding_box) == 8 for line in page.lines for word in line.words),
            }
            for page in pages
        ],
    }


def refusal(call: Callable[[], Any]) -> dict[str, Any] | None:
    """What the client's own exception says; any other ends this program."""
    try:
        call()
    except HttpOperationError as error:
        return {"status": error.response.status_code, "message": str(error)}
    return None


def main(calls: str, endpoint: str, file: str, url: str) -> None:
    client = computervision.ComputerVisionClient(endpoint, CognitiveServicesCredentials("any key"))
    with open(file, "rb") as stream:  # noqa: PTH123
        print(json.dumps({"read": read, "older": older}[calls](client, stream, url)))


if __name__ == "__main__":
    main(*sys.argv[1:])
