"""One live instrument: its exchange, its stops, the day's totals, and how it looks.

Not its flow: the machine plays that. Source: market.md sections 3 and 8.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.core.matching.stops import StopBook
from chp.core.matching.tape import TapeMarket
from chp.model.instrument import BAND_PERCENT, FlowKind, Instrument
from chp.model.order import Side
from chp.model.quote import Depth, DepthLevel, Quote
from chp.model.trade import Trade
from chp.units import value_kopecks

DEPTH_LEVELS: Final = 20

_EMPTY: Final = DepthLevel(0, 0)


class Market:
    """A live instrument."""

    __slots__ = (
        "_lot_value_kopecks",
        "_valued_units",
        "exchange",
        "high_limit_units",
        "high_units",
        "instrument",
        "last_lots",
        "last_time_ns",
        "last_units",
        "legal_close_units",
        "low_limit_units",
        "low_units",
        "open_units",
        "previous_close_units",
        "stops",
        "trade_high_units",
        "trade_low_units",
        "volume_lots",
    )

    def __init__(self, instrument: Instrument, numbering: Numbering) -> None:
        """A market before its first trade."""
        tape = TapeMarket(instrument.step_units) if instrument.flow is FlowKind.TAPE else None
        self.instrument = instrument
        self.exchange = Exchange(instrument.symbol, numbering, tape)
        self.stops = StopBook()
        self.previous_close_units = instrument.previous_close_units
        self.open_units = self.high_units = self.low_units = 0
        self.last_units = self.last_lots = self.last_time_ns = self.volume_lots = 0
        self._valued_units = self._lot_value_kopecks = 0
        self.trade_low_units = self.trade_high_units = 0
        """Range of the trades since stops were last judged; 0 for none."""
        self.set_legal_close(instrument.legal_close_units)

    def set_legal_close(self, legal_close_units: int) -> None:
        """Sets the base of the price limits, which are rounded inward to the step."""
        step = self.instrument.step_units
        self.legal_close_units = legal_close_units
        low = legal_close_units * (100 - BAND_PERCENT)
        self.low_limit_units = max(step, -(-low // (100 * step)) * step)
        self.high_limit_units = legal_close_units * (100 + BAND_PERCENT) // (100 * step) * step

    def on_trade(self, trade: Trade) -> None:
        """Counts a trade in the day's totals."""
        price_units = trade.price_units
        if not self.volume_lots:
            self.open_units = self.high_units = self.low_units = price_units
        elif price_units > self.high_units:
            self.high_units = price_units
        elif price_units < self.low_units:
            self.low_units = price_units
        self.last_units = price_units
        self.last_lots = trade.lots
        self.last_time_ns = trade.time_ns
        self.volume_lots += trade.lots
        if not self.trade_low_units:
            self.trade_low_units = self.trade_high_units = price_units
        else:
            self.trade_low_units = min(self.trade_low_units, price_units)
            self.trade_high_units = max(self.trade_high_units, price_units)

    def pop_triggered(self) -> list[int]:
        """Stops fired by the trades since the last call, in the order of acceptance."""
        low, high = self.trade_low_units, self.trade_high_units
        self.trade_low_units = self.trade_high_units = 0
        return self.stops.pop_triggered(low, high) if low and len(self.stops) else []

    def roll_day(self) -> None:
        """Begins a new trading day: totals are 0, close and legal close are the last price."""
        if self.last_units:
            self.previous_close_units = self.last_units
            self.set_legal_close(self.last_units)
        self.open_units = self.high_units = self.low_units = self.volume_lots = 0

    def reference_units(self) -> int:
        """The price positions are valued at: the last trade, else the close before it."""
        return self.last_units or self.previous_close_units

    def lot_value_kopecks(self) -> int:
        """What one lot is worth at the reference price; worked out once for each price."""
        units = self.reference_units()
        if units != self._valued_units:
            self._valued_units = units
            self._lot_value_kopecks = self.value_kopecks(units, 1)
        return self._lot_value_kopecks

    def value_kopecks(self, price_units: int, lots: int) -> int:
        """Value of lots at a price."""
        return value_kopecks(price_units, lots * self.instrument.lot_size, self.instrument.scale)

    def is_in_band(self, price_units: int) -> bool:
        """Whether a price is within the day's limits."""
        return self.low_limit_units <= price_units <= self.high_limit_units

    def look(self) -> tuple[Quote, Depth]:
        """The quote and the depth, which agree with each other."""
        bids, asks = self._levels(Side.BUY), self._levels(Side.SELL)
        quote = Quote(
            symbol=self.instrument.symbol,
            time_ns=self.last_time_ns,
            open_units=self.open_units,
            high_units=self.high_units,
            low_units=self.low_units,
            previous_close_units=self.previous_close_units,
            last_units=self.last_units,
            volume_lots=self.volume_lots,
            last_lots=self.last_lots,
            bid_units=bids[0].price_units if bids else 0,
            ask_units=asks[0].price_units if asks else 0,
            bid_total_lots=sum(level.lots for level in bids),
            ask_total_lots=sum(level.lots for level in asks),
            high_limit_units=self.high_limit_units,
            low_limit_units=self.low_limit_units,
            is_tradable=True,
        )
        rows = list(zip_longest(bids, asks, fillvalue=_EMPTY))
        depth = Depth(
            self.instrument.symbol, tuple(row[0] for row in rows), tuple(row[1] for row in rows)
        )
        return quote, depth

    def _levels(self, side: Side) -> list[DepthLevel]:
        """At most 20 levels of the book, the tape's own level among the robots'."""
        top = self.exchange.book.side(side).top(DEPTH_LEVELS)
        lots_at = {level.price_units: level.lots for level in top}
        shown = self._tape_level(side)
        if shown is not None:
            lots_at[shown[0]] = lots_at.get(shown[0], 0) + shown[1]
        prices = sorted(lots_at, reverse=side is Side.BUY)[:DEPTH_LEVELS]
        return [DepthLevel(price, lots_at[price]) for price in prices]

    def _tape_level(self, side: Side) -> tuple[int, int] | None:
        """What the tape shows on a side, kept from crossing robots that it has yet to fill."""
        tape = self.exchange.tape
        slice_ = None
        if tape is not None:
            slice_ = tape.next_slice(Side.SELL if side is Side.BUY else Side.BUY)
        if tape is None or slice_ is None:
            return None
        book, price_units = self.exchange.book, slice_[0]
        if side is Side.BUY:
            best = book.asks.best()
            if best is not None:
                price_units = min(price_units, best.price_units - tape.step_units)
            return (price_units, slice_[1]) if price_units > 0 else None
        best = book.bids.best()
        if best is not None:
            price_units = max(price_units, best.price_units + tape.step_units)
        return price_units, slice_[1]
