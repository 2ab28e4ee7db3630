"""Everything the venue knows, and what one step of it puts out.

Not the rules: `desk`, `day`, `sessions` and `machine` change this state.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final, TypeAlias

from chp.app.venue.link import Link
from chp.app.venue.market import Market
from chp.app.venue.orders import WorkingOrder
from chp.core.ledger.accounts import Ledger, Portfolio
from chp.core.matching.numbering import Numbering
from chp.model.answers import OrderPlaced, OrdersTouched
from chp.model.events import AccountTouched, Channel, VenueEvent
from chp.model.instrument import FlowKind, Instrument
from chp.model.refusal import Refusal
from chp.model.snapshot import RememberedSnapshot

FIRST_NUMBER: Final = 100_000
"""Order and trade numbers begin above this, so that they never look like labels."""

DONE_ORDERS_KEPT: Final = 200_000
"""How many finished orders are told apart from unknown ones."""

Reply = OrderPlaced | OrdersTouched | Refusal


def is_live(instrument: Instrument) -> bool:
    """Whether the venue makes a market in it; others are listed only."""
    return instrument.flow is not FlowKind.NONE and not instrument.is_halted


class SessionState:
    """The session of one token: what it listens to, in the order of listening."""

    __slots__ = ("subscriptions",)

    def __init__(self) -> None:
        """A session that listens to nothing."""
        self.subscriptions: dict[Channel, dict[str, None]] = {channel: {} for channel in Channel}


RememberedReply: TypeAlias = RememberedSnapshot
"""There may be millions of them: they are kept as they are stored."""


class VenueState:
    """The state of one venue; times are venue time, UTC nanoseconds."""

    def __init__(self, instruments: Iterable[Instrument], latency_ns: int) -> None:
        """A venue before its opening."""
        self.now_ns = 0
        self.started_at_ns = 0
        self.next_roll_ns = 0
        self.numbering = Numbering(FIRST_NUMBER, FIRST_NUMBER)
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.markets = {
            symbol: Market(instrument, self.numbering)
            for symbol, instrument in self.instruments.items()
            if is_live(instrument)
        }
        self.ledger = Ledger()
        self.orders: dict[int, WorkingOrder] = {}
        self.done: OrderedDict[int, str] = OrderedDict()
        """Finished orders and their portfolios, oldest first."""
        self.link = Link(latency_ns // 2)
        self.fired: deque[int] = deque()
        """Stops that have fired in this step and have yet to become orders; the first does now."""
        self.sessions: dict[int, SessionState] = {}
        self.remembered: dict[tuple[int, str], RememberedReply] = {}
        self.events: list[VenueEvent] = []
        self.dirty_symbols: dict[str, None] = {}
        self.dirty_portfolios: dict[str, None] = {}
        self._touched: dict[str, None] = {}

    def touch(self, portfolio: Portfolio) -> None:
        """Notes that an account changed in this step."""
        self._touched[portfolio.name] = None

    def end_step(self) -> None:
        """Puts the accounts' changes after the other events of the step (market.md, PM)."""
        for name in self._touched:
            self.events.append(AccountTouched(name))
            self.dirty_portfolios[name] = None
        self._touched.clear()

    def finish(self, order: WorkingOrder) -> None:
        """Forgets a finished order but for its id."""
        del self.orders[order.order_id]
        self.done[order.order_id] = order.portfolio.name
        if len(self.done) > DONE_ORDERS_KEPT:
            self.done.popitem(last=False)

    def lot_value(self, symbol: str) -> int:
        """Kopecks that a lot of a symbol is worth now; 0 for what has no market."""
        market = self.markets.get(symbol)
        return market.lot_value_kopecks() if market is not None else 0
