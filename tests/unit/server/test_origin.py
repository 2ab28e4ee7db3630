"""Which Host and Origin headers are the gateway's own."""

import pytest

from chp.server.origin import OriginGuard


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:5001", "127.0.0.1", "localhost:5001", "LocalHost", "[::1]:5001", "127.8.9.10"],
)
def test_loopback_names_are_always_the_gateway(host: str) -> None:
    assert OriginGuard("127.0.0.1").allows_host(host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5001", "10.1.2.3", "127.0.0.1.evil.example", "", "[::1", ":"],
)
def test_other_names_are_not(host: str) -> None:
    assert not OriginGuard("127.0.0.1").allows_host(host)


def test_configured_names_are() -> None:
    guard = OriginGuard("10.1.2.3", ["Robots.Example"])
    assert guard.allows_host("robots.example:5001")
    assert guard.allows_host("10.1.2.3:5001")
    assert not guard.allows_host("10.1.2.4:5001")


def test_a_gateway_on_all_addresses_takes_any_literal_address_but_no_name() -> None:
    guard = OriginGuard("0.0.0.0")
    assert guard.allows_host("192.168.7.7:5001")
    assert not guard.allows_host("rebound.example:5001")


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        ("http://127.0.0.1:5001", "127.0.0.1:5001", True),
        ("https://localhost:5001", "localhost:5001", True),
        ("http://127.0.0.1:8080", "127.0.0.1:5001", False),
        ("http://evil.example", "127.0.0.1:5001", False),
        ("http://evil.example", "evil.example", False),
        ("null", "127.0.0.1:5001", False),
        ("", "", False),
    ],
)
def test_only_a_page_of_the_same_host_and_port_may_call(
    origin: str, host: str, is_allowed: bool
) -> None:
    assert OriginGuard("127.0.0.1").allows_origin(origin, host) is is_allowed


def test_many_names_do_not_grow_the_memory() -> None:
    guard = OriginGuard("127.0.0.1")
    assert not any(guard.allows_host(f"h{number}.example") for number in range(3_000))
    assert len(guard._is_allowed) == 1_000
    assert guard.allows_host("localhost")
