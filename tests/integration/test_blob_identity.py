"""Documents by the identity of a machine: a token from its endpoint opens a Blob service that takes nothing else."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from tests.azurite import Azurite

PROGRAM = """
import sys, uuid
import anyio
from read_operations.document_stores import document_store
from read_operations.settings import Settings

async def pieces():
    for n in range(3):
        yield bytes([n]) * 2**20

async def main():
    documents = document_store(Settings())
    documents.check()
    name = str(uuid.uuid4())
    await documents.save(name, pieces())
    with documents.local(name) as path:
        assert path.stat().st_size == 3 * 2**20
    documents.delete(name)
    await documents.close()

anyio.run(main)
"""


def token(audience: str) -> str:
    """As Azure's directory issues it; the emulator looks at everything but the signature."""

    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(time.time())
    claims: dict[str, object] = {
        "aud": audience,
        "iss": "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


class TokenEndpoint(BaseHTTPRequestHandler):
    """What a machine with a managed identity has beside it."""

    issued: list[str]

    def do_GET(self) -> None:
        resource = parse_qs(urlsplit(self.path).query)["resource"][0]
        self.issued.append(resource)
        answer = {
            "access_token": token(resource),
            "expires_on": str(int(time.time()) + 3600),
            "resource": resource,
            "token_type": "Bearer",
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def tokens() -> Iterator[tuple[str, list[str]]]:
    """The endpoint's URL, and what tokens were asked for."""
    issued: list[str] = []
    handler = type("Endpoint", (TokenEndpoint,), {"issued": issued})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/token", issued
        server.shutdown()
        thread.join()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A certificate for this machine, its key, and the authority that vouches for it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    paths = {name: tmp_path / f"{name}.pem" for name in ("authority", "certificate", "key")}
    authority.cert_pem.write_to_path(paths["authority"])
    certificate.cert_chain_pems[0].write_to_path(paths["certificate"])
    certificate.private_key_pem.write_to_path(paths["key"])
    return {name: str(path) for name, path in paths.items()}


def run(url: str, files: dict[str, str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            **os.environ,
            "REQUESTS_CA_BUNDLE": files["authority"],
            "SSL_CERT_FILE": files["authority"],
            "READFLEET_AZURE_STORAGE_ACCOUNT_URL": url,
            "READFLEET_DOCUMENTS_CACHE_DIR": str(folder / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_by_the_identity_of_the_machine(tokens: tuple[str, list[str]], files: dict[str, str], tmp_path: Path) -> None:
    endpoint, issued = tokens
    options = ("--oauth", "basic", "--cert", files["certificate"], "--key", files["key"])
    with Azurite(tmp_path / "azurite.log", options=options) as azurite:
        ended = run(azurite.url, files, tmp_path, IDENTITY_ENDPOINT=endpoint, IDENTITY_HEADER="any")
        assert ended.returncode == 0, ended.stderr
        assert set(issued) == {"https://storage.azure.com"}


def test_with_a_token_that_is_not_for_storage(
    tokens: tuple[str, list[str]], files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = tokens
    monkeypatch.setattr(sys.modules[__name__], "token", lambda audience, real=token: real("https://vault.azure.net"))
    options = ("--oauth", "basic", "--cert", files["certificate"], "--key", files["key"])
    with Azurite(tmp_path / "azurite.log", options=options) as azurite:
        ended = run(azurite.url, files, tmp_path, IDENTITY_ENDPOINT=endpoint, IDENTITY_HEADER="any")
        assert ended.returncode == 1
        assert "StorageMisconfigured: Azure Blob Storage refuses the identity of this process" in ended.stderr
        assert "c2lnbmF0dXJl" not in ended.stderr
