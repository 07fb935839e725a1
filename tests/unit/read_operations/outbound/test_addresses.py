from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from read_operations.outbound.addresses import is_public, may_call


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "8.8.8.8",
        "2606:4700:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        # Ourselves
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::",
        # Private, shared and link-local networks
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        # What clouds keep for themselves
        "168.63.129.16", "192.0.0.192", "fd00:ec2::254",
        # Documentation, measurement, not given out, everybody
        "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "2001:db8::1",
        "100::1", "4000::1", "192.88.99.1",
        # Many at once
        "224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1",
        # IPv4 in the clothes of IPv6: mapped, compatible, 6to4, Teredo, NAT64, NAT64 of a network of its own
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:224.0.0.1", "::127.0.0.1", "::10.0.0.1",
        "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2001:0:7f00:1::1", "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "::ffff:0:127.0.0.1",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not may_call(ip_address(address), [])


def test_the_operator_may_list_networks() -> None:
    allowed = [ip_network("10.0.0.0/8"), ip_network("::1/128")]
    for address in ("10.1.2.3", "::1", "8.8.8.8"):
        assert may_call(ip_address(address), allowed)
    for address in ("127.0.0.1", "192.168.0.1", "::2", "64:ff9b::10.1.2.3"):
        assert not may_call(ip_address(address), allowed)
