"""What holds for every test: no network but this machine's own, and limits that suit the test."""

import ipaddress
import sys
from typing import Any, Final

import hypothesis
import pytest

SLOW_TIMEOUT_S: Final = 900

# A deadline per example would be a timed assertion: it fails on a busy machine.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests the time that they are marked for."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_S))


class OutsideNetworkError(RuntimeError):
    """A test tried to reach another machine."""


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_this_machine(host):
        raise OutsideNetworkError(f"{event} to {host!r}: tests stay on 127.0.0.1")


def _is_this_machine(host: object) -> bool:
    """Whether it is loopback; None and "" stand for every address of this machine."""
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_other_machines)
