"""Who is called: only addresses that were looked at."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
import httpcore
import pytest

from read_operations.errors import BadUrl, DownloadFailed
from read_operations.networks import Address, Network
from read_operations.outbound import network
from read_operations.outbound.network import CheckedNetwork
from read_operations.settings import Settings
from tests.unit.api_gateway.downloads.origin import PUBLIC, Wires, names, origin

pytestmark = pytest.mark.anyio
OTHER = "93.184.216.35"


def checked(allowed: Iterable[Network], resolve: network.Resolve, wires: Wires) -> CheckedNetwork:
    return CheckedNetwork(allowed, resolve, wires, remedy="Ask somebody.")


async def test_a_public_address_is_called_by_its_number() -> None:
    async with origin() as server:
        wires = Wires(server.port)
        stream = await checked([], names(files=PUBLIC), wires).connect_tcp("files.example", 80)
        await stream.aclose()
    assert wires.called == [PUBLIC]


@pytest.mark.parametrize(
    "addresses", ["10.0.0.1", f"{PUBLIC} 10.0.0.1", f"::1 {PUBLIC}", "::ffff:127.0.0.1", "fe80::1%eth0"]
)
async def test_one_address_that_may_not_be_called_is_enough(addresses: str) -> None:
    wires = Wires(1)
    with pytest.raises(BadUrl, match=r"does not lead to a public address\. Ask somebody\.$") as caught:
        await checked([], names(files=addresses), wires).connect_tcp("files.example", 80)
    assert wires.called == []
    # Nothing is told about what was found there
    assert not any(address in caught.value.message for address in addresses.split())


async def test_a_name_that_changes_its_meaning_wins_nothing() -> None:
    # Given a name that is public at the first look, and private at every later one
    async with origin() as server:
        wires = Wires(server.port)
        twice = checked([], names(files=[PUBLIC, "127.0.0.1", "127.0.0.1"]), wires)
        stream = await twice.connect_tcp("files.example", 80)
        await stream.aclose()
        with pytest.raises(BadUrl):
            await twice.connect_tcp("files.example", 80)
    # Then the private address was never called
    assert wires.called == [PUBLIC]


async def test_the_next_address_when_the_first_is_dead() -> None:
    async with origin() as server:
        wires = Wires(server.port, dead=[PUBLIC])
        stream = await checked([], names(files=f"{PUBLIC} {OTHER}"), wires).connect_tcp("files.example", 80)
        await stream.aclose()
    assert wires.called == [PUBLIC, OTHER]


async def test_a_host_with_very_many_addresses() -> None:
    many = [f"93.184.216.{n}" for n in range(100)]
    wires = Wires(1, dead=many)
    with pytest.raises(httpcore.ConnectError):
        await checked([], names(files=" ".join(many)), wires).connect_tcp("files.example", 80)
    assert wires.called == many[:4]


async def test_a_name_nobody_knows() -> None:
    with pytest.raises(DownloadFailed, match="host is not known"):
        await checked([], names(), Wires(1)).connect_tcp("files.example", 80)


async def test_a_resolver_that_hangs() -> None:
    async def hang(host: str, port: int) -> list[Address]:
        await anyio.sleep_forever()
        raise AssertionError

    with pytest.raises(DownloadFailed, match="host is not known"):
        await checked([], hang, Wires(1)).connect_tcp("files.example", 80, timeout=0.05)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "017700000001", "0", "::1", "::ffff:7f00:1"]
)
async def test_this_machine_by_all_its_names(host: str) -> None:
    # By the system's own resolver, which knows more ways to write a number than anybody expects
    wires = Wires(1)
    with pytest.raises(BadUrl):
        await checked([], network.resolve, wires).connect_tcp(host, 80)
    assert wires.called == []


async def test_a_network_that_is_allowed() -> None:
    allowed = Settings(url_allowed_networks="127.0.0.0/8").url_allowed_networks
    async with origin() as server:
        wires = Wires(server.port)
        for host in ("127.0.0.1", "::ffff:127.0.0.1"):
            await (await checked(allowed, network.resolve, wires).connect_tcp(host, 80)).aclose()
    assert wires.called == ["127.0.0.1"] * 2
