"""The server in the process: its socket, its signals, its end.

Not the answers. uvicorn serves; the signals are ours, because the gateway has a state to store
after the last answer. Source: issue 2, point 3 (SIGTERM finishes what was accepted).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

from chp.errors import UsageError
from chp.server.connection import Connection, connection_class

if sys.platform != "win32":
    import resource

logger = logging.getLogger(__name__)

GRACE_S: Final = 10
"""How long calls under way may take after SIGTERM."""

BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 75
"""Idle connections live this long: robots poll every few seconds."""

OWN_FILES: Final = 200
"""Stores, connections to them, the log and Python itself open at most about so many files."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UsageError: the address is taken or is none of this machine's, with the way out.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"{host} is no address or name of this machine ({error})") from error
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            # There SO_REUSEADDR would let two gateways share a port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        why = (
            "that port is the system's own"
            if isinstance(error, PermissionError)
            else "another program may be there"
        )
        raise UsageError(
            f"cannot listen on {host} port {port} ({error.strerror or error}): {why}; choose"
            " another one with --port"
        ) from error
    listening.setblocking(False)
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allow_files(count: int) -> None:
    """Lets this process open so many files, as far as the system does: some begin with 256."""
    if sys.platform != "win32":  # which has no such limit
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= count:
            return
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        if soft < count:
            logger.warning("the system allows %d open files, all connections need %d", soft, count)


class Listener(uvicorn.Server):
    """A server on one socket that ends when told and leaves the signals to its owner."""

    def __init__(
        self, app: Any, *, connections_max: int, request_timeout_s: float, **tls: Any
    ) -> None:
        """A server that does not listen yet.

        Args:
            app: the ASGI callable.
            connections_max: connections that are served at once.
            request_timeout_s: time in which a request must have arrived whole.
            tls: `ssl_certfile`, `ssl_keyfile` of uvicorn; nothing for plain HTTP.

        Raises:
            UsageError: certificate and key cannot be used.
        """
        config = uvicorn.Config(
            app,
            http=connection_class(connections_max, request_timeout_s),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            **tls,
        )
        try:
            config.load()
        except OSError as error:  # ssl.SSLError is one
            raise UsageError(
                f"the certificate {config.ssl_certfile} with the key {config.ssl_keyfile} cannot"
                f" be used: {error.strerror or error}"
            ) from error
        super().__init__(config)
        # Connections over the limit are told so, up to twice as many.
        allow_files(2 * connections_max + OWN_FILES)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone: `on_signals` has them."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Ends requests that take too long to arrive, once a second."""
        if counter % 10 == 0:
            now_s = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.end_if_late(now_s)
        return await super().on_tick(counter)


def on_signals(stop: Callable[[], None]) -> None:
    """Calls `stop` on the loop for SIGINT and SIGTERM (on Windows also Ctrl-Break)."""
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
