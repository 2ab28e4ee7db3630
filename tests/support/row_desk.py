"""A market that stands still, and two robots' desks in it: for the rows of the rule book.

GAZP on a tape of the test's own batches; two portfolios, 1 (1,000 GAZP, 10 million rubles) and
2 (5 million rubles). After `QUIET` the tape shows bid 161.97 x15 and ask 161.99 x20 and plays
nothing more until the batches that a test adds. Opening the venue is not part of what a test sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import structs

from chp.app.venue.machine import Venue
from chp.core.calendar import next_midnight_ns
from chp.model.access import PortfolioGrant
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
)
from chp.model.events import VenueEvent
from chp.model.flow import Batch, Tape, TapePrint
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder
from chp.units import NS_PER_DAY, NS_PER_MS
from tests.support.event_lines import lines_of, reply_line
from tests.support.small_venue import FIRST, SECOND, START_NS, TAPED

BatchSpec = tuple[int, Side, Sequence[tuple[int, int]]]
"""(milliseconds after the opening, aggressor, prints of (price units, lots))."""

BUY: Final = Side.BUY
SELL: Final = Side.SELL
MARKET: Final = OrderType.MARKET
LIMIT: Final = OrderType.LIMIT
STOP: Final = OrderType.STOP
STOP_LIMIT: Final = OrderType.STOP_LIMIT
DAY: Final = TimeInForce.DAY
GTC: Final = TimeInForce.GTC
SHORT: Final = PositionEffect.OPEN_SHORT
COVER: Final = PositionEffect.CLOSE_SHORT

QUIET: Final[tuple[BatchSpec, ...]] = ((0, BUY, ((16199, 20),)), (0, SELL, ((16197, 15),)))

HOLDER: Final = structs.replace(FIRST, positions=(("GAZP", 1000),))
"""The first portfolio: 100 lots, bought at 161.98."""

TOKENS: Final = {FIRST.name: 1, SECOND.name: 2}

_LAP_NS: Final = 400 * NS_PER_DAY
"""Longer than any test: the tape never comes round."""


def _tape(specs: Sequence[BatchSpec]) -> Tape:
    batches = tuple(
        Batch(
            offset_ms * NS_PER_MS,
            side,
            tuple(TapePrint(START_NS, price, lots, side, 9_000 + row) for price, lots in prints),
        )
        for row, (offset_ms, side, prints) in enumerate(specs)
    )
    return Tape("GAZP", (), batches, _LAP_NS, 32_396)


class RowDesk:
    """The venue and its clock; every call answers the lines of what it caused."""

    def __init__(
        self,
        *batches: BatchSpec,
        latency_ms: int = 0,
        before: Sequence[BatchSpec] = QUIET,
        first: PortfolioGrant = HOLDER,
    ) -> None:
        """An open market with two sessions; `batches` are those to come, after `before`."""
        self._tape = _tape((*before, *batches))
        self._latency_ns = latency_ms * NS_PER_MS
        self.venue = self.venue_before()
        self.now_ns = START_NS
        self.events: list[VenueEvent] = []
        self.commands: list[tuple[Command, int]] = []
        self.do(OpenVenue())
        for grant in (first, SECOND):
            self.do(OpenPortfolio(grant))
            self.do(OpenSession(TOKENS[grant.name], grant.login, False))
        self.events.clear()

    @staticmethod
    def without_short(*, holds_gazp: bool = True) -> PortfolioGrant:
        """The first portfolio without the right to sell short."""
        positions = HOLDER.positions if holds_gazp else ()
        return structs.replace(HOLDER, may_short=False, positions=positions)

    def venue_before(self) -> Venue:
        """A venue of the same market before its opening."""
        return Venue((TAPED,), {"GAZP": self._tape}, seed=7, latency_ns=self._latency_ns)

    def do(self, command: Command) -> list[str]:
        """Carries a command out now: the reply, then the events."""
        self.commands.append((command, self.now_ns))
        outcome = self.venue.handle(command, self.now_ns)
        self.events += outcome.events
        return [reply_line(outcome.reply), *lines_of(outcome.events)]

    def place(
        self,
        side: Side,
        lots: int,
        price: str | None = None,
        stop: str | None = None,
        *,
        tif: TimeInForce = DAY,
        effect: PositionEffect = PositionEffect.AUTO,
        label: int = 5,
        portfolio: str = FIRST.name,
        symbol: str = "GAZP",
        key: str | None = None,
    ) -> list[str]:
        """Places an order; price and stop say of which type."""
        kinds = {
            (False, False): MARKET,
            (True, False): LIMIT,
            (False, True): STOP,
            (True, True): STOP_LIMIT,
        }
        order = PlaceOrder(
            portfolio,
            symbol,
            side,
            effect,
            kinds[price is not None, stop is not None],
            tif,
            Decimal(price) if price is not None else None,
            Decimal(lots),
            Decimal(stop) if stop is not None else None,
            label,
        )
        token_id = TOKENS.get(portfolio, 1)
        is_allowed = portfolio in TOKENS
        return self.do(Place(token_id, order, is_allowed, True, _key(key, order)))

    def cancel(
        self, order: int, portfolio: str = FIRST.name, token_id: int | None = None
    ) -> list[str]:
        """Cancels the order with this number of the lines."""
        asked = CancelOrder(portfolio, "GAZP", _order_text(order))
        token = token_id or TOKENS[portfolio]
        return self.do(Cancel(token, asked, TOKENS[portfolio] == token, None))

    def cancel_all(self, portfolio: str | None = None, symbol: str | None = None) -> list[str]:
        """Cancels all of the first token's orders, or some."""
        return self.do(CancelAll(1, CancelAllOrders(portfolio, symbol), (FIRST.name,), None))

    def move(self, order: int, price: str, portfolio: str = FIRST.name) -> list[str]:
        """Moves the order with this number of the lines."""
        asked = MoveOrder(portfolio, "GAZP", _order_text(order), Decimal(price))
        return self.do(Move(TOKENS[portfolio], asked, True, None))

    def go(self, ms: float = 1000) -> list[str]:
        """Lets so many milliseconds of venue time go by: the events of that time."""
        self.now_ns += int(ms * NS_PER_MS)
        return self.do(Advance())[1:]

    def wait(self, ms: float) -> None:
        """Lets time go by without an `Advance`: the next command comes so much later."""
        self.now_ns += int(ms * NS_PER_MS)

    def to_midnight(self, days: int = 1) -> list[str]:
        """Goes on to the end of the trading day, or of a later one."""
        self.now_ns = next_midnight_ns(self.now_ns) + (days - 1) * NS_PER_DAY
        return self.do(Advance())[1:]

    def account(self, portfolio: str = FIRST.name) -> dict[str, int]:
        """Money, holds and working lots of GAZP."""
        ledger = self.venue.state.ledger
        account = ledger.account(ledger.portfolios[portfolio])
        held = {holding.symbol: holding for holding in account.holdings}.get("GAZP")
        return {
            "money": account.money_kopecks,
            "holds": account.holds_kopecks,
            "lots": held.lots if held else 0,
            "buys": held.working_buy_lots if held else 0,
            "sells": held.working_sell_lots if held else 0,
        }


def _order_text(order: int) -> str:
    return str(100_000 + order)


def _key(key: str | None, order: PlaceOrder) -> RequestKey | None:
    return None if key is None else RequestKey(key, msgspec.json.encode(order).decode())
