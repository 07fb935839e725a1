from __future__ import annotations

from pathlib import Path

import pytest

from readfleet.configuration import load_configuration
from readfleet.data_folder import Folders
from readfleet.up import _places


@pytest.mark.parametrize(
    ("arguments", "flags", "places"),
    [
        ([], {}, "Results and documents are kept in /kept, logs in /kept/logs"),
        (
            ["Storage:ObjectStore:AzureBlob:ConnectionString=UseDevelopmentStorage=true"],
            {},
            "Results are kept in /kept, documents in Azure Blob Storage, logs in /kept/logs",
        ),
        (
            ["Cache:Redis:Configuration=cache:6379,password=secret"],
            {},
            "Results are kept in your Redis, documents in /kept, logs in /kept/logs",
        ),
        (
            [],
            {"documents_dir": Path("/elsewhere")},
            "Results are kept in /kept, documents in /elsewhere, logs in /kept/logs",
        ),
    ],
)
def test_it_says_where_things_are_kept(arguments: list[str], flags: dict[str, Path], places: str) -> None:
    folders = Folders(data=Path("/kept"), run=Path("/run"), lock_fds=())
    assert _places(load_configuration(arguments, **flags), folders) == places
