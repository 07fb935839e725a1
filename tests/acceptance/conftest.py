from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest
from pydantic import SecretStr

from ocr_worker import models
from read_operations.settings import Settings
from tests import web
from tests.azurite import Azurite
from tests.fleet import Fleet


@pytest.fixture(scope="session", autouse=True)
def weights() -> None:
    """The model weights, in the default folder; quick when they are there."""
    models.fetch(Settings().models_dir)


#: What the HTTP surface promises holds with either store of documents. Other tests are about what is behind it.
SURFACE = {
    "test_azure_client",
    "test_azure_releases",
    "test_openapi",
    "test_outputs",
    "test_printed_ocr",
    "test_refusals",
    "test_synchronous_calls",
    "test_text_layer",
    "test_urls_and_forms",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fleet" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in SURFACE:
        metafunc.parametrize("fleet", ["folder", "blob"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def fleet(request: pytest.FixtureRequest) -> Fleet:
    """A fleet with its documents in a folder, or in a Blob service for tests that are run with both."""
    fleet: Fleet = request.getfixturevalue(f"{getattr(request, 'param', 'folder')}_fleet")
    return fleet


@pytest.fixture(scope="session")
def folder_fleet(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet with two reading children, for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("fleet")
    settings = Settings(
        redis_url=valkey_url,
        key_prefix="acceptance",
        documents_dir=folder / "documents",
        concurrency=2,
        url_allowed_networks=(IPv4Network(web.ADDRESS),),
    )
    with Fleet(settings, folder) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def blob_fleet(valkey_url: str, azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The same with its documents in a Blob service."""
    folder = tmp_path_factory.mktemp("blob-fleet")
    settings = Settings(
        redis_url=valkey_url,
        key_prefix="acceptance-blob",
        azure_storage_connection_string=SecretStr(azurite.connection_string),
        documents_container="acceptance",
        concurrency=2,
        url_allowed_networks=(IPv4Network(web.ADDRESS),),
    )
    with Fleet(settings, folder) as fleet:
        yield fleet
