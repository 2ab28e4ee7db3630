"""Everything that lives as long as the gateway: venue, access, history, archive.

Not HTTP, and not the assembly. Source: design.md section 3.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from typing import Final

from chp.app.access import Access
from chp.app.venue_runner import VenueRunner
from chp.app.writer import WriterBusy, WriterClosed
from chp.errors import StoreError

logger = logging.getLogger(__name__)

REFRESH_EVERY_S: Final = 1.0
"""How soon a revoked token is refused and a new portfolio trades."""

HOUSEKEEPING_EVERY_S: Final = 600.0


class Service:
    """Starts, watches and stops what is behind the gateway."""

    def __init__(
        self,
        runner: VenueRunner,
        access: Access,
        *,
        first_steps: Callable[[], None],
        housekeeping: Callable[[], None],
        closers: Sequence[Callable[[], None]],
    ) -> None:
        """A service at rest.

        Args:
            runner: the venue.
            access: tokens and logins.
            first_steps: called in a thread before the venue opens.
            housekeeping: called in a thread now and then; may take long.
            closers: called in order at the very end; each closes one store.
        """
        self._runner = runner
        self._access = access
        self._first_steps = first_steps
        self._housekeeping = housekeeping
        self._closers = list(closers)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Recovers the venue and opens its portfolios.

        Raises:
            StoreError: the data folder cannot be used.
        """
        await asyncio.to_thread(self._first_steps)
        try:
            await self._runner.start(self._access.portfolios())
            await self._runner.end_revoked(self._access.callers())
        except WriterClosed as error:
            raise _unwritten() from error
        # What is there now lives as long as the process: the collector need never look at it again.
        gc.collect()
        gc.freeze()
        self._tasks = [
            asyncio.create_task(self._keep_fresh()),
            asyncio.create_task(self._keep_house()),
        ]

    async def failed(self) -> None:
        """Waits for the journal to fail, which it should never do.

        Raises:
            StoreError: when it has.
        """
        await asyncio.shield(self._runner.failure)
        raise _unwritten()

    async def stop(self) -> bool:
        """Finishes what was accepted, stores the state, closes the stores.

        Answers whether the state is stored; what was acknowledged is on disk in any case.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        is_stored = await self._runner.stop()
        self.close()
        return is_stored

    def close(self) -> None:
        """Closes the stores of a service that never started; after `stop` it changes nothing."""
        self._access.close()
        while self._closers:
            self._closers.pop(0)()

    async def _keep_fresh(self) -> None:
        """Takes over what the operator changes with the command line.

        Goes on whatever happens: a token that was revoked must not work.
        """
        is_behind = False
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            try:
                is_behind = self._access.refresh() or is_behind
                if is_behind:
                    await self._runner.end_revoked(self._access.callers())
                    await self._runner.open_portfolios(self._access.portfolios())
                    is_behind = False
            except (WriterBusy, WriterClosed):
                continue
            except StoreError as error:
                logger.error("users, tokens and portfolios cannot be read: %s", error)
            except Exception:
                logger.exception("users, tokens and portfolios cannot be taken over")

    async def _keep_house(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._housekeeping)
            except StoreError as error:
                logger.error("housekeeping failed, the next one tries again: %s", error)
            except Exception:
                logger.exception("housekeeping failed, the next one tries again")
            await asyncio.sleep(HOUSEKEEPING_EVERY_S)


def _unwritten() -> StoreError:
    return StoreError("the journal could not be written; see the log")
