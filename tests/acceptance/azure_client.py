"""Reads a document with whichever release of Azure's client is on the path, as its samples do, and prints what it got.

usage: azure_client.py ENDPOINT FILE
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

warnings.simplefilter("ignore")  # the oldest releases are from 2019

from azure.cognitiveservices.vision import computervision  # noqa: E402
from msrest.authentication import CognitiveServicesCredentials  # noqa: E402


def main(endpoint: str, file: str) -> None:
    client = computervision.ComputerVisionClient(endpoint, CognitiveServicesCredentials("any key"))
    submit, poll = calls(client)
    with open(file, "rb") as stream:  # noqa: PTH123
        answer = submit(stream, raw=True)
    id = answer.headers["Operation-Location"].split("/")[-1]
    while (result := poll(id)).status.lower() in ("notstarted", "not started", "running"):
        time.sleep(0.1)
    pages = result.recognition_results if hasattr(result, "recognition_results") else result.analyze_result.read_results
    report: dict[str, Any] = {
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
    try:
        poll("00000000-0000-4000-8000-000000000000")
    except Exception as error:
        report["unknown"] = [type(error).__name__, str(error)]
    print(json.dumps(report))


def calls(client: Any) -> tuple[Any, Any]:
    """What the release calls submitting and polling."""
    if hasattr(client, "read_in_stream"):
        return client.read_in_stream, client.get_read_result
    if "mode" in client.batch_read_file_in_stream.__code__.co_varnames:  # required in 0.3.0
        return lambda stream, raw: client.batch_read_file_in_stream(stream, "Printed", raw=raw), (
            client.get_read_operation_result
        )
    return client.batch_read_file_in_stream, client.get_read_operation_result


if __name__ == "__main__":
    main(*sys.argv[1:])
