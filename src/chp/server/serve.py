"""Runs one gateway until it is told to stop or its journal fails.

Not the assembly of its parts: `chp.bootstrap`. The order of the end is the point of this module:
no new calls, answers to those under way, then the state is stored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine
from typing import Any

from chp.app.service import Service
from chp.errors import StoreError
from chp.server.app import GatewayApp
from chp.server.listener import Listener, on_signals

logger = logging.getLogger(__name__)


class Serving:
    """A service behind a listener, from the first connection to the stored state."""

    def __init__(
        self,
        service: Service,
        app: GatewayApp,
        listener: Listener,
        listening: socket.socket,
        say: Callable[[str], None],
    ) -> None:
        """A gateway at rest; `say` tells the operator one line."""
        self._service = service
        self._app = app
        self._listener = listener
        self._listening = listening
        self._say = say

    async def run(self) -> None:
        """Serves until SIGINT or SIGTERM.

        Raises:
            StoreError: recovery or the journal failed; what was acknowledged is on disk.
        """
        on_signals(self._stop)
        serving = asyncio.create_task(self._listener.serve(sockets=[self._listening]))
        try:
            await _first_of(serving, self._start())
            if not serving.done():
                await _first_of(serving, self._service.failed())
        finally:
            self._stop()
            try:
                await serving
            finally:
                is_stored = await self._service.stop()
                self._say("stopped; the state is stored" if is_stored else "stopped")

    def _stop(self) -> None:
        self._app.is_stopping = True
        self._listener.should_exit = True

    async def _start(self) -> None:
        await self._service.start()
        if not self._app.is_stopping:
            self._say("the gateway is ready; Ctrl-C stops it")


async def _first_of(serving: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
    """Waits until the work or the server ends; the work's error is raised."""
    task = asyncio.create_task(work)
    await asyncio.wait((serving, task), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, StoreError):
        await task
    return None
