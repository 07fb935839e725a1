from __future__ import annotations

import socket

import pytest

from readfleet.address import check_free, local_url
from readfleet.errors import AddressUnusable
from tests.fleet import free_port


def test_a_free_port_passes_and_stays_free() -> None:
    port = free_port()

    check_free("127.0.0.1", port)
    check_free("127.0.0.1", port)


def test_a_port_in_use_is_refused() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(AddressUnusable, match=r"cannot be used: address already in use\. Choose another"),
    ):
        check_free("127.0.0.1", server.getsockname()[1])


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressUnusable):
        check_free("192.0.2.1", free_port())


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_url_is_one_that_this_machine_can_call(host: str, url: str) -> None:
    assert local_url(host, 80) == url
