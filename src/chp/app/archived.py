"""Whether an archive holds what the journal tells, and nothing that the journal does not know.

Not the archive. It may not be behind the newest snapshot, which recovery starts from; it may
be ahead of it by what is told again at the next start. Source: decision 0010.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from chp.errors import StoreError
from chp.model.events import VenueEvent
from chp.model.order import OrderReport
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill
from chp.ports import ArchiveStore

Fact: TypeAlias = OrderReport | Fill | ClosedPosition
Key: TypeAlias = tuple[str, int, str, int]


def check_archived(
    archive: ArchiveStore,
    portfolios: Iterable[str],
    since_ns: int,
    *,
    told: Iterable[VenueEvent],
    may_be_told: Iterable[VenueEvent],
) -> str:
    """Compares an archive with what records tell; answers what was compared.

    Args:
        archive: of the same venue.
        portfolios: all of the venue's.
        since_ns: venue time before the first of the records; facts after it must be theirs.
        told: events in their order that the archive must hold, the last report of each order.
        may_be_told: events after them, any first part of which it may hold.

    Raises:
        StoreError: a fact is missing, another one is in its place, or one is unknown.
    """
    held, later = _states(told), _states(may_be_told)
    times_ns = [fact.time_ns for states in held.values() for fact in states]
    from_ns = min([*times_ns, since_ns])
    archived = {
        _key(fact): fact for portfolio in portfolios for fact in _since(archive, portfolio, from_ns)
    }
    for key in held:
        if key not in archived:
            raise StoreError(f"{_name(key)} is missing")
    for key, fact in archived.items():
        is_older = key not in held and fact.time_ns <= since_ns
        if not is_older and fact not in (*held.get(key, ())[-1:], *later.get(key, ())):
            raise StoreError(f"{_name(key)} is not as the journal tells")
    return f"{len(held)} orders, fills and round trips are as the journal tells"


def _states(events: Iterable[VenueEvent]) -> dict[Key, list[Fact]]:
    """All that was told under each key, in its order."""
    states: dict[Key, list[Fact]] = {}
    for event in events:
        if isinstance(event, OrderReport | Fill | ClosedPosition):
            states.setdefault(_key(event), []).append(event)
    return states


def _since(archive: ArchiveStore, portfolio: str, from_ns: int) -> list[Fact]:
    return [
        *archive.orders_since(portfolio, from_ns),
        *archive.fills_since(portfolio, from_ns),
        *archive.closed_since(portfolio, from_ns),
    ]


def _key(fact: Fact) -> Key:
    """The kind of fact, its number, its portfolio, and which of several it is."""
    if isinstance(fact, OrderReport):
        return "order", fact.order_id, fact.portfolio, 0
    if isinstance(fact, Fill):
        return "fill of trade", fact.trade_no, fact.portfolio, int(fact.side)
    return "round trip of trade", fact.trade_no, fact.portfolio, fact.part


def _name(key: Key) -> str:
    kind, number, portfolio, _ = key
    return f"{kind} {number} of {portfolio}"
