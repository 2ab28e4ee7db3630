"""The exchange of one instrument: robots' orders, the market's orders, and their trades.

Not the broker: it knows no money, no stops, no time in force. Each call appends what happened
to a list of events, in order; refusals are the broker's, so every call here succeeds or does
nothing. Source: market.md section 5 and the rows of section 10 that end at the exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chp.core.matching.book import Book, BookSide, Level, Resting
from chp.core.matching.numbering import Numbering
from chp.core.matching.tape import Slice, TapeMarket
from chp.model.events import Entered, ExchangeEvent, Executed, Moved, RemovalCause, Removed
from chp.model.flow import AddLimit, AgentAction, Batch, CancelLimit, TapePrint
from chp.model.order import Side
from chp.model.trade import Trade

MARKET_OWNER: Final = 0
"""Owner of the orders that are the market; robots' owners are greater."""

NO_LIMIT_UNITS: Final = 1 << 62
"""Beyond every price: the limit of an agent's market order."""

# Module names are read several times faster than members of an enumeration (Python 3.11).
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


class Exchange:
    """One instrument's matching; `tape` is None where agents make the market."""

    __slots__ = ("_numbering", "book", "symbol", "tape")

    def __init__(self, symbol: str, numbering: Numbering, tape: TapeMarket | None = None) -> None:
        """An exchange with an empty book."""
        self.symbol = symbol
        self._numbering = numbering
        self.book = Book()
        self.tape = tape

    def enter(
        self,
        order_id: int,
        owner: int,
        side: Side,
        lots: int,
        limit_units: int,
        *,
        rests: bool,
        now_ns: int,
        events: list[ExchangeEvent],
    ) -> None:
        """Takes a robot's order in; what is not filled rests or is removed.

        `limit_units` is the worst price, for a market order the price limit of the day; `rests`
        is False for a market order, whose rest is removed (no liquidity).

        Emits:
            Entered, then per execution Trade, Executed of the maker if it is a robot's,
            Executed of the taker; last Removed where the rest does not stay.
        """
        order = Resting(order_id, owner, side, limit_units, lots, self._numbering.next_order())
        events.append(Entered(order_id, order.order_no))
        self._work(order, rests, now_ns, events)

    def cancel(self, order_id: int, events: list[ExchangeEvent]) -> None:
        """Removes a resting order; nothing happens where it is gone."""
        order = self.book.remove(order_id)
        if order is not None:
            cause = RemovalCause.CANCELLED
            events.append(Removed(order_id, order.order_no, order.lots, cause))

    def move(
        self, order_id: int, limit_units: int, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        """Changes the price of a resting order; nothing happens where it is gone.

        The same price keeps number and priority; another gets a new number, goes behind the
        orders there and may be executed at once (rows 23 to 26).
        """
        order = self.book.orders.get(order_id)
        if order is None:
            return
        if order.price_units == limit_units:
            events.append(Moved(order_id, order.order_no, limit_units, order.lots))
            return
        self.book.remove(order_id)
        order.price_units = limit_units
        order.order_no = self._numbering.next_order()
        events.append(Moved(order_id, order.order_no, limit_units, order.lots))
        self._work(order, True, now_ns, events)

    def play(self, batch: Batch, now_ns: int, events: list[ExchangeEvent]) -> None:
        """Plays one batch of the tape against the robots' resting orders."""
        tape = self.tape
        assert tape is not None, "only a tape's market plays batches"
        tape.before_batch(batch)
        for print_ in batch.prints:
            self._play_print(print_, batch.aggressor, now_ns, events)
        tape.after_batch(batch, now_ns)

    def uncross(
        self, prints: Sequence[TapePrint], now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        """Plays the recorded opening auction: trades that move no inferred quote."""
        for print_ in prints:
            price_units, recorded_no = print_.price_units, print_.recorded_no
            self._print(
                price_units, print_.lots, print_.aggressor, now_ns, events, recorded_no=recorded_no
            )

    def act(self, action: AgentAction, now_ns: int, events: list[ExchangeEvent]) -> None:
        """Carries out what an agent of the synthetic market does."""
        if isinstance(action, CancelLimit):
            self.book.remove(action.ref)
        elif isinstance(action, AddLimit):
            order = Resting(
                action.ref, MARKET_OWNER, action.side, action.price_units, action.lots, 0
            )
            self._work(order, True, now_ns, events)
        else:
            limit = NO_LIMIT_UNITS if action.side is _BUY else -NO_LIMIT_UNITS
            self._take(Resting(0, MARKET_OWNER, action.side, limit, action.lots, 0), now_ns, events)

    def _work(self, order: Resting, rests: bool, now_ns: int, events: list[ExchangeEvent]) -> None:
        meets_own = self._take(order, now_ns, events)
        if not order.lots:
            return
        if meets_own or not rests:
            cause = RemovalCause.SELF_TRADE if meets_own else RemovalCause.NO_LIQUIDITY
            events.append(Removed(order.order_id, order.order_no, order.lots, cause))
            return
        if self.tape is not None:
            order.ahead_lots = self._queue_ahead(order, self.tape, now_ns)
        self.book.add(order)

    def _queue_ahead(self, order: Resting, tape: TapeMarket, now_ns: int) -> int:
        """The rule's queue, but never before an order of the same price that came earlier."""
        ahead = tape.queue_ahead(order.side, order.price_units, now_ns)
        level = self.book.side(order.side).at(order.price_units)
        return ahead if level is None else max(ahead, level.last().ahead_lots)

    def _take(self, taker: Resting, now_ns: int, events: list[ExchangeEvent]) -> bool:
        """Executes what the limit allows; True where it stopped before the owner's own order."""
        buys = taker.side is _BUY
        passive = self.book.asks if buys else self.book.bids
        sign, limit, tape = (1 if buys else -1), taker.price_units, self.tape
        while taker.lots:
            level = passive.best()
            slice_ = tape.next_slice(taker.side) if tape is not None else None
            if level is not None and (slice_ is None or _goes_first(level, slice_, sign)):
                if sign * (level.price_units - limit) > 0:
                    return False
                maker = level.first()
                if maker.owner == taker.owner and taker.owner:
                    return True
                self._match(taker, maker, now_ns, events)
            elif slice_ is not None and sign * (slice_[0] - limit) <= 0:
                self._take_slice(taker, slice_, now_ns, events)
            else:
                return False
        return False

    def _match(
        self, taker: Resting, maker: Resting, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        lots = taker.lots if taker.lots < maker.lots else maker.lots
        price_units = maker.price_units
        taker.lots -= lots
        self.book.reduce(maker, lots)
        trade_no = self._print(price_units, lots, taker.side, now_ns, events)
        if maker.owner:
            events.append(_execution(maker, price_units, lots, trade_no, True))
        if taker.owner:
            events.append(_execution(taker, price_units, lots, trade_no, False))

    def _take_slice(
        self, taker: Resting, slice_: Slice, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        assert self.tape is not None, "only a tape offers slices"
        price_units, available = slice_
        lots = min(taker.lots, available)
        taker.lots -= lots
        self.tape.take(taker.side, price_units, lots)
        passive = self.book.asks if taker.side is _BUY else self.book.bids
        level = passive.at(price_units)
        if level is not None:
            level.passed_lots += lots
        trade_no = self._print(price_units, lots, taker.side, now_ns, events)
        events.append(_execution(taker, price_units, lots, trade_no, False))

    def _play_print(
        self, print_: TapePrint, aggressor: Side, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        """Gives robots their part of a recorded print (section 5, rules 1 and 3).

        A buy print (a sell print mirrored) goes through asks below its price, to the queue of
        asks at its price, and to bids at its price or above, which it proves to be worth it.
        """
        assert self.tape is not None, "only a tape's market plays prints"
        price_units = print_.price_units
        left = self.tape.cover(aggressor, price_units, print_.lots)
        if self.book.orders:
            bought = aggressor is _BUY
            passive = self.book.asks if bought else self.book.bids
            active = self.book.bids if bought else self.book.asks
            better_units = -1 if bought else 1
            left = self._fill_better(passive, price_units + better_units, left, now_ns, events)
            left = self._fill_queue(passive.at(price_units), left, now_ns, events)
            left = self._fill_better(active, price_units, left, now_ns, events)
        if left:
            self._print(
                price_units, left, aggressor, now_ns, events, recorded_no=print_.recorded_no
            )

    def _fill_better(
        self,
        resting: BookSide,
        price_units: int,
        left: int,
        now_ns: int,
        events: list[ExchangeEvent],
    ) -> int:
        """Fills robots at a price or better, best first; answers what the print has left."""
        while left:
            level = resting.best()
            if level is None or resting.sign * (level.price_units - price_units) < 0:
                break
            left -= self._fill_resting(level.first(), left, now_ns, events)
        return left

    def _fill_queue(
        self, level: Level | None, left: int, now_ns: int, events: list[ExchangeEvent]
    ) -> int:
        """Fills robots exactly at a print's price with what reaches them past the queue ahead.

        Each lot of a print is counted once: it goes to a robot or to the market before it. As
        the queue ahead never falls from one order to the next, the first that is not reached
        ends the work.
        """
        if level is None:
            return left
        while left and level.orders:
            order = level.first()
            usable = left - order.ahead_lots
            if usable <= 0:
                break
            left -= self._fill_resting(order, usable, now_ns, events)
        level.passed_lots += left
        return left

    def _fill_resting(
        self, order: Resting, most: int, now_ns: int, events: list[ExchangeEvent]
    ) -> int:
        lots = min(order.lots, most)
        price_units = order.price_units
        aggressor = _SELL if order.side is _BUY else _BUY
        self.book.reduce(order, lots)
        trade_no = self._print(price_units, lots, aggressor, now_ns, events)
        events.append(_execution(order, price_units, lots, trade_no, True))
        return lots

    def _print(
        self,
        price_units: int,
        lots: int,
        aggressor: Side,
        now_ns: int,
        events: list[ExchangeEvent],
        *,
        recorded_no: int = 0,
    ) -> int:
        trade_no = self._numbering.next_trade()
        events.append(
            Trade(self.symbol, now_ns, price_units, lots, trade_no, aggressor, recorded_no)
        )
        return trade_no


def _execution(
    order: Resting, price_units: int, lots: int, trade_no: int, is_maker: bool
) -> Executed:
    return Executed(
        order.order_id, order.order_no, price_units, lots, order.lots, trade_no, is_maker
    )


def _goes_first(level: Level, slice_: Slice, sign: int) -> bool:
    """Whether robots at `level` come before the tape's slice: better price, or nothing ahead."""
    better = sign * (slice_[0] - level.price_units)
    return better > 0 or (better == 0 and not level.first().ahead_lots)
