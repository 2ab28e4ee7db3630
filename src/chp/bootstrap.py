"""The composition root: which parts a gateway is made of, on one screen.

Not a rule of any part, and not the running of them: `chp.running` starts what is assembled here.
"""

from __future__ import annotations

import time

from chp.accounts import OpenedAccess
from chp.adapters.folder import DataFolder
from chp.adapters.history.store import FileHistory
from chp.adapters.store.archive import SqliteArchive
from chp.adapters.store.journal import SqliteJournal
from chp.app.access import Access
from chp.app.archive import Archive
from chp.app.gateway import Gateway
from chp.app.history import HistoryService
from chp.app.service import Service
from chp.app.venue.machine import Venue
from chp.app.venue_runner import VenueRunner
from chp.config import LimitSettings, Settings
from chp.demo import market
from chp.model.events import VenueEvent
from chp.ports import Clock
from chp.server.app import GatewayApp, Limits
from chp.server.limits import Rate, RateLimit
from chp.server.origin import OriginGuard
from chp.units import NS_PER_MS
from chp.wire.rest.decode import fingerprint_of


def assemble(
    settings: Settings, folder: DataFolder, opened: OpenedAccess, clock: Clock
) -> tuple[Service, GatewayApp]:
    """Plugs the parts of a gateway together; nothing runs yet.

    Args:
        settings: of the operator, or the demo's.
        folder: locked by this process.
        opened: the folder's users, tokens and portfolios; closed with the service.
        clock: of the machine.
    """
    access = Access(opened.store, opened.hasher, clock)
    venue = Venue(
        market.instruments(),
        market.tapes(),
        seed=settings.venue.seed,
        latency_ns=settings.venue.latency_ms * NS_PER_MS,
    )
    past = FileHistory(folder.history)
    history = HistoryService(
        past,
        venue.state.instruments,
        seed=lambda: venue.seed,
        started_at_ns=lambda: venue.state.started_at_ns,
        now_ns=lambda: runner.venue_time_ns(),
    )
    orders = SqliteArchive(folder.archive)
    archive = Archive(orders)

    def take(events: list[VenueEvent]) -> None:
        history.take(events)
        archive.take(events)

    def flush() -> None:
        history.flush()
        archive.flush()

    runner = VenueRunner(venue, clock, lambda: SqliteJournal(folder.journal), take, flush)
    gateway = Gateway(runner, access, history, archive, fingerprint_of)
    service = Service(
        runner,
        access,
        first_steps=lambda: market.put_history(past),
        housekeeping=history.file_days,
        closers=(past.close, orders.close, opened.store.close),
    )
    guard = OriginGuard(settings.server.host, settings.server.host_names)
    return service, GatewayApp(gateway, access, guard, _limits(settings.limits))


def _limits(settings: LimitSettings | None) -> Limits:
    if settings is None:
        return Limits()
    return Limits(
        RateLimit(Rate(settings.calls_per_s, settings.calls_burst), time.monotonic),
        RateLimit(Rate(settings.orders_per_s, settings.orders_burst), time.monotonic),
    )
