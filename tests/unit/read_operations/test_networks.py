from __future__ import annotations

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from read_operations.networks import among, parse_address
from read_operations.settings import Settings


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("", []),
        (" ", []),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        ("10.1.2.3, fd00::/8,", ["10.1.2.3/32", "fd00::/8"]),
        ("*", ["0.0.0.0/0", "::/0"]),
    ],
)
def test_a_list_in_the_environment(text: str, networks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_TRUSTED_PROXIES", text)
    settings = Settings()
    assert settings.trusted_proxies == tuple(map(ip_network, networks))
    # And what is written can be read again
    written = settings.model_dump(mode="json")["trusted_proxies"]
    monkeypatch.setenv("READFLEET_TRUSTED_PROXIES", written)
    assert Settings() == settings


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "proxy.example", "[]", "10.0.0.0/8;fd00::/8", "10.*"])
def test_what_is_no_list_of_networks(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READFLEET_URL_ALLOWED_NETWORKS", text)
    with pytest.raises(ValidationError, match="url_allowed_networks"):
        Settings()


def test_an_address_in_the_clothes_of_another_version() -> None:
    networks = Settings(url_allowed_networks="10.0.0.0/8,fd00::/8").url_allowed_networks
    inside = ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:0a01:0203", "fd12::1"]
    outside = ["11.1.2.3", "::ffff:11.1.2.3", "fe80::1", "::10.1.2.3"]
    assert all(among(parse_address(address), networks) for address in inside)
    assert not any(among(parse_address(address), networks) for address in outside)
