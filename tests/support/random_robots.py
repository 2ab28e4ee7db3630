"""Robots that do anything: a list of small steps drives a venue through whatever they say.

Every step is judged by `invariants`. A twin of the venue is stored and restored whenever a step
says so; it must never differ from the one that lives on. At the end the journal's commands are
replayed. Steps are plain tuples, so that hypothesis can shorten a failing list.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec
from msgspec import structs

from chp.app.venue.machine import Venue
from chp.app.venue.persist import restore, snapshot_of
from chp.core.calendar import next_midnight_ns
from chp.model.commands import (
    Advance,
    Cancel,
    CancelAll,
    Command,
    Move,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
    RequestKey,
    ResumeVenue,
)
from chp.model.events import VenueEvent
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder
from chp.model.snapshot import VenueSnapshot
from chp.units import NS_PER_MS, NS_PER_SECOND
from tests.support.invariants import EventInvariants, check_state
from tests.support.small_venue import FIRST, SECOND, START_NS, small_venue

CAREFUL: Final = structs.replace(SECOND, may_short=False, cash_kopecks=20_000_000)
GRANTS: Final = (FIRST, CAREFUL)
SYMBOLS: Final = ("GAZP", "SBER")
KINDS: Final = ("place", "move", "cancel", "all", "go", "wait", "night", "store")
MILLISECONDS: Final = (1, 20, 50, 400, 1000, 5000, 60_000)
LOTS: Final = (1, 2, 3, 7, 20, 60, 150, 900, 100_000)
EVENINGS_NS: Final = (10 * NS_PER_MS, 40 * NS_PER_MS, NS_PER_SECOND)
"""How long before midnight a night's step goes on: an order may cross it on its way."""

Step = tuple[str, int, int, int]
"""(kind, three numbers that mean what the kind makes of them)."""


class RandomRobots:
    """One run; `perform` steps, then `finish`."""

    def __init__(self, latency_ms: int) -> None:
        """An open venue with both portfolios, its twin, and nothing done."""
        self.latency_ms = latency_ms
        self.venue = small_venue(latency_ms)
        self.twin = small_venue(latency_ms)
        self.now_ns = START_NS
        self.events: list[VenueEvent] = []
        self.journal: list[tuple[Command, int]] = []
        self.shown = EventInvariants()
        self._do(OpenVenue())
        for token_id, grant in enumerate(GRANTS, 1):
            self._do(OpenPortfolio(grant))
            self._do(OpenSession(token_id, grant.login, False))

    def perform(self, step: Step) -> None:
        """Does one step and judges what came of it."""
        kind, first, second, third = step
        match kind:
            case "place":
                self._do(self._placing(first, second, third))
            case "move" | "cancel":
                self._do(self._changing(kind, first, second))
            case "all":
                self._do(self._cancelling_all(first, second))
            case "go":
                self.now_ns += MILLISECONDS[first % len(MILLISECONDS)] * NS_PER_MS
                self._do(Advance())
            case "wait":
                self.now_ns += MILLISECONDS[first % 4] * NS_PER_MS
            case "night":
                self.now_ns = next_midnight_ns(self.now_ns) - EVENINGS_NS[first % 3]
                self._do(ResumeVenue())
            case "store":
                self._store_twin()

    def _do(self, command: Command) -> None:
        outcome = self.venue.handle(command, self.now_ns)
        twins = self.twin.handle(command, self.now_ns)
        assert twins.events == outcome.events, "the restored twin went another way"
        assert (twins.reply, twins.is_journalled) == (outcome.reply, outcome.is_journalled)
        if outcome.is_journalled:
            self.journal.append((command, self.venue.state.now_ns))
        else:
            assert not outcome.events
        self.events += outcome.events
        self.shown.read(outcome.events)
        check_state(self.venue, self.shown)

    def _store_twin(self) -> None:
        stored = msgspec.msgpack.encode(snapshot_of(self.twin))
        again = small_venue(self.latency_ms)
        restore(again, msgspec.msgpack.decode(stored, type=VenueSnapshot))
        assert snapshot_of(again) == snapshot_of(self.twin)
        self.twin = again

    def finish(self) -> None:
        """Compares the twin and the replayed journal with the venue that lived on."""
        state = snapshot_of(self.venue)
        assert snapshot_of(self.twin) == state
        again = small_venue(self.latency_ms)
        events: list[VenueEvent] = []
        for command, now_ns in self.journal:
            events += again.handle(command, now_ns).events
        assert events == self.events
        assert snapshot_of(again) == state

    def _placing(self, first: int, second: int, third: int) -> Place:
        token_id, symbol = 1 + first % 2, SYMBOLS[first // 2 % 2]
        side = Side.BUY if first // 4 % 2 else Side.SELL
        order_type = OrderType(1 + first // 8 % 4)
        limited = order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        stopped = order_type in (OrderType.STOP, OrderType.STOP_LIMIT)
        order = PlaceOrder(
            GRANTS[token_id - 1].name,
            symbol,
            side,
            _effect(side, third),
            order_type,
            TimeInForce(third // 5 % 2),
            self._price(symbol, second) if limited else None,
            Decimal(LOTS[third // 10 % len(LOTS)]),
            self._price(symbol, second // 25) if stopped else None,
            third,
        )
        key = RequestKey(f"key {third % 7}", str(order)) if third % 3 == 0 else None
        return Place(token_id, order, True, True, key)

    def _price(self, symbol: str, number: int) -> Decimal:
        """Near the last trade, now and then at the day's limits."""
        market = self.venue.state.markets[symbol]
        away = number % 25 - 12
        if away == 12:
            return Decimal(market.high_limit_units).scaleb(-2)
        if away == -12:
            return Decimal(market.low_limit_units).scaleb(-2)
        return Decimal(market.reference_units() + away).scaleb(-2)

    def _changing(self, kind: str, first: int, second: int) -> Move | Cancel:
        """Of a working order, or of any number, or of an order that is done."""
        working = list(self.venue.state.orders.values())
        if working and first % 8:
            order = working[first % len(working)]
            token_id, symbol, order_id = order.portfolio.owner, order.symbol, order.order_id
        else:
            token_id, symbol, order_id = 1, "GAZP", 100_000 + first
        portfolio = GRANTS[token_id - 1].name
        if kind == "cancel":
            return Cancel(token_id, CancelOrder(portfolio, symbol, str(order_id)), True, None)
        target = self._price(symbol, second)
        return Move(token_id, MoveOrder(portfolio, symbol, str(order_id), target), True, None)

    def _cancelling_all(self, first: int, second: int) -> CancelAll:
        portfolio = GRANTS[first % 2].name
        symbol = (None, *SYMBOLS)[second % 3]
        asked = CancelAllOrders(portfolio if second % 2 else None, symbol)
        return CancelAll(1 + first % 2, asked, (portfolio,), None)


def _effect(side: Side, number: int) -> PositionEffect:
    if number % 5:
        return PositionEffect.AUTO
    return PositionEffect.CLOSE_SHORT if side is Side.BUY else PositionEffect.OPEN_SHORT


def run_steps(latency_ms: int, steps: list[Step]) -> Venue:
    """A whole run; answers the venue as it ended."""
    robots = RandomRobots(latency_ms)
    for step in steps:
        robots.perform(step)
    robots.finish()
    return robots.venue
