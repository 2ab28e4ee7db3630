"""The guard in tests/conftest.py: no test reaches another machine."""

import socket

import pytest

from tests.conftest import OutsideNetworkError


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as end, pytest.raises(OutsideNetworkError, match=r"192\.0\.2\.1"):
        end.connect(("192.0.2.1", 80))  # an address that is nobody's (RFC 5737)
    with pytest.raises(OutsideNetworkError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 80)


def test_this_machine_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=30) as end:
            assert end.getpeername()[1] == port
