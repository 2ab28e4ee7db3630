"""A naive exchange of one instrument: the rule book read aloud over plain lists.

The oracle of the engine. It shares only `chp.model` with it, scans everything, and gives the
lots of a print away one by one. It cannot show speed, and a rule that is misread in both is
misread here too: the texts it follows are market.md section 5 and decision 0008.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from chp.model.events import Entered, ExchangeEvent, Executed, Moved, RemovalCause, Removed
from chp.model.flow import AddLimit, AgentAction, Aggress, Batch, CancelLimit, TapePrint
from chp.model.order import Side
from chp.model.trade import Trade

FIVE_MINUTES_NS: Final = 300_000_000_000


def other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def is_worse(side: Side, price: int, than: int) -> bool:
    """Whether a price is worse for somebody who pays (buys) or gets (sells) it."""
    return price > than if side is Side.BUY else price < than


@dataclass
class NaiveOrder:
    """An order; `ahead` are lots of the recorded market that come before it."""

    order_id: int
    owner: int
    side: Side
    price: int
    lots: int
    number: int
    ahead: int = 0


@dataclass
class NaiveTape:
    """Quotes and sizes that the batches so far imply, and what robots took of them."""

    step: int
    best: dict[Side, int] = field(default_factory=lambda: {Side.BUY: 0, Side.SELL: 0})
    """The bid under BUY, the ask under SELL."""
    size: dict[Side, int] = field(default_factory=lambda: {Side.BUY: 0, Side.SELL: 0})
    took: dict[Side, int] = field(default_factory=lambda: {Side.BUY: 0, Side.SELL: 0})
    """Lots that robots took from the bids (BUY) or the asks (SELL) since the last batch there."""
    modelled: dict[Side, list[list[int]]] = field(
        default_factory=lambda: {Side.BUY: [], Side.SELL: []}
    )
    """[price, lots] by the robot's side that prints have not covered yet."""
    played: list[tuple[int, Batch]] = field(default_factory=list)

    def begin(self, batch: Batch) -> None:
        if self.size[Side.BUY] == 0:
            self.size = {Side.BUY: 1, Side.SELL: 1}
        self._put(batch.aggressor, batch.prints[0].price_units)

    def end(self, batch: Batch, now_ns: int) -> None:
        self._put(batch.aggressor, batch.prints[-1].price_units)
        hit = other(batch.aggressor)
        self.size[hit] = max(1, sum(print_.lots for print_ in batch.prints))
        self.took[hit] = 0
        self.played.append((now_ns, batch))

    def _put(self, aggressor: Side, price: int) -> None:
        """A buyer's price is the ask, a seller's the bid; the other quote stays a step away."""
        hit = other(aggressor)
        away = price - self.step if aggressor is Side.BUY else price + self.step
        if self.best[aggressor] == 0 or is_worse(aggressor, self.best[aggressor], away):
            self.best[aggressor] = away
        self.best[hit] = price

    def slices(self, hit: Side) -> Iterator[tuple[int, int]]:
        """(price, lots left) of the ladder on a side, best first; without end."""
        price, took, size = self.best[hit], self.took[hit], self.size[hit]
        while True:
            gone = min(took, size)
            yield price, size - gone
            took -= gone
            price += self.step if hit is Side.SELL else -self.step

    def offer(self, taker: Side) -> tuple[int, int] | None:
        """The best slice with something left."""
        hit = other(taker)
        if self.size[hit] == 0:
            return None
        price, lots = next(slice_ for slice_ in self.slices(hit) if slice_[1])
        return (price, lots) if price > 0 else None

    def note_taken(self, taker: Side, price: int, lots: int) -> None:
        self.took[other(taker)] += lots
        for entry in self.modelled[taker]:
            if entry[0] == price:
                entry[1] += lots
                return
        self.modelled[taker].append([price, lots])

    def cover(self, aggressor: Side, price: int, lots: int) -> int:
        for entry in self.modelled[aggressor]:
            while lots and entry[1] and not is_worse(aggressor, entry[0], price):
                entry[1] -= 1
                lots -= 1
        self.modelled[aggressor] = [entry for entry in self.modelled[aggressor] if entry[1]]
        return lots

    def queue_ahead(self, side: Side, price: int, now_ns: int) -> int:
        best = self.best[side]
        if best == 0 or is_worse(side, price, best):
            return 0
        displayed = 0
        for slice_price, lots in self.slices(side):
            if is_worse(other(side), slice_price, price):
                break
            displayed = lots
        return max(displayed, self._largest(other(side), price, now_ns), 1)

    def _largest(self, aggressor: Side, price: int, now_ns: int) -> int:
        volumes = [0]
        for time_ns, batch in self.played:
            if now_ns - time_ns <= FIVE_MINUTES_NS and batch.aggressor is aggressor:
                volumes.append(sum(p.lots for p in batch.prints if p.price_units == price))
        return max(volumes)


class NaiveExchange:
    """The calls of `chp.core.matching.exchange.Exchange`; `step` None is a market of agents."""

    def __init__(self, symbol: str, last_order: int, step: int | None) -> None:
        self.symbol = symbol
        self.order_numbers, self.trade_numbers = last_order, 0
        self.tape = NaiveTape(step) if step is not None else None
        self.orders: list[NaiveOrder] = []
        """Everything that rests, in the order of arrival."""

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
        self.order_numbers += 1
        order = NaiveOrder(order_id, owner, side, limit_units, lots, self.order_numbers)
        events.append(Entered(order_id, order.number))
        self._work(order, rests, now_ns, events)

    def cancel(self, order_id: int, events: list[ExchangeEvent]) -> None:
        for order in self.orders:
            if order.order_id == order_id:
                self.orders.remove(order)
                cause = RemovalCause.CANCELLED
                events.append(Removed(order_id, order.number, order.lots, cause))
                return

    def move(
        self, order_id: int, limit_units: int, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        for order in list(self.orders):
            if order.order_id != order_id:
                continue
            is_new = order.price != limit_units
            if is_new:
                self.orders.remove(order)
                self.order_numbers += 1
                order.price, order.number = limit_units, self.order_numbers
            events.append(Moved(order_id, order.number, limit_units, order.lots))
            if is_new:
                self._work(order, True, now_ns, events)

    def play(self, batch: Batch, now_ns: int, events: list[ExchangeEvent]) -> None:
        assert self.tape is not None
        self.tape.begin(batch)
        for print_ in batch.prints:
            self._play_print(print_, batch.aggressor, now_ns, events)
        self.tape.end(batch, now_ns)

    def uncross(
        self, prints: Sequence[TapePrint], now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        for print_ in prints:
            self._trade(
                print_.price_units,
                print_.lots,
                print_.aggressor,
                now_ns,
                events,
                print_.recorded_no,
            )

    def act(self, action: AgentAction, now_ns: int, events: list[ExchangeEvent]) -> None:
        if isinstance(action, CancelLimit):
            self.orders = [order for order in self.orders if order.order_id != action.ref]
        elif isinstance(action, AddLimit):
            order = NaiveOrder(action.ref, 0, action.side, action.price_units, action.lots, 0)
            self._work(order, True, now_ns, events)
        elif isinstance(action, Aggress):
            worst = 10**18 if action.side is Side.BUY else 0
            taker = NaiveOrder(0, 0, action.side, worst, action.lots, 0)
            self._take(taker, now_ns, events)

    def _work(
        self, order: NaiveOrder, rests: bool, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        stopped = self._take(order, now_ns, events)
        if order.lots == 0:
            return
        if stopped:
            cause = RemovalCause.SELF_TRADE
            events.append(Removed(order.order_id, order.number, order.lots, cause))
        elif not rests:
            cause = RemovalCause.NO_LIQUIDITY
            events.append(Removed(order.order_id, order.number, order.lots, cause))
        else:
            if self.tape is not None:
                order.ahead = self.tape.queue_ahead(order.side, order.price, now_ns)
                for earlier in self.at(order.side, order.price):
                    order.ahead = max(order.ahead, earlier.ahead)
            self.orders.append(order)

    def _take(self, taker: NaiveOrder, now_ns: int, events: list[ExchangeEvent]) -> bool:
        """Whether the taker stopped before an order of its own owner."""
        while taker.lots:
            maker = self.first(other(taker.side), self.orders)
            offer = self.tape.offer(taker.side) if self.tape is not None else None
            if maker is not None and offer is not None:
                is_behind = maker.price == offer[0] and maker.ahead > 0
                if is_behind or is_worse(taker.side, maker.price, offer[0]):
                    maker = None
            if maker is not None:
                if is_worse(taker.side, maker.price, taker.price):
                    return False
                if maker.owner != 0 and maker.owner == taker.owner:
                    return True
                self._match(taker, maker, now_ns, events)
            elif offer is not None and not is_worse(taker.side, offer[0], taker.price):
                self._take_offer(taker, offer, now_ns, events)
            else:
                return False
        return False

    def _match(
        self, taker: NaiveOrder, maker: NaiveOrder, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        lots = min(taker.lots, maker.lots)
        number = self._trade(maker.price, lots, taker.side, now_ns, events)
        self._execute(maker, maker.price, lots, number, True, events)
        self._execute(taker, maker.price, lots, number, False, events)

    def _take_offer(
        self,
        taker: NaiveOrder,
        offer: tuple[int, int],
        now_ns: int,
        events: list[ExchangeEvent],
    ) -> None:
        assert self.tape is not None
        price, lots = offer[0], min(taker.lots, offer[1])
        self.tape.note_taken(taker.side, price, lots)
        for order in self.at(other(taker.side), price):
            order.ahead = max(order.ahead - lots, 0)
        number = self._trade(price, lots, taker.side, now_ns, events)
        self._execute(taker, price, lots, number, False, events)

    def _play_print(
        self, print_: TapePrint, aggressor: Side, now_ns: int, events: list[ExchangeEvent]
    ) -> None:
        assert self.tape is not None
        price = print_.price_units
        gifts: list[list[int]] = []
        for_market = 0
        for _ in range(self.tape.cover(aggressor, price, print_.lots)):
            order = self._receiver(aggressor, price, gifts)
            if order is None:
                for_market += 1
                for waiting in self.at(other(aggressor), price):
                    waiting.ahead = max(waiting.ahead - 1, 0)
            elif gifts and gifts[-1][0] == order.order_id:
                gifts[-1][1] += 1
            else:
                gifts.append([order.order_id, 1])
        for order_id, lots in gifts:
            order = next(order for order in self.orders if order.order_id == order_id)
            number = self._trade(order.price, lots, other(order.side), now_ns, events)
            self._execute(order, order.price, lots, number, True, events)
        if for_market:
            self._trade(price, for_market, aggressor, now_ns, events, print_.recorded_no)

    def _receiver(
        self, aggressor: Side, price: int, gifts: Sequence[Sequence[int]]
    ) -> NaiveOrder | None:
        """Who gets the next lot of a print; None is the market."""
        given = {order_id: lots for order_id, lots in gifts}
        waiting = [order for order in self.orders if order.lots > given.get(order.order_id, 0)]
        passive = self.first(other(aggressor), waiting)
        if passive is not None and is_worse(aggressor, price, passive.price):
            return passive
        if passive is not None and passive.price == price:
            return passive if passive.ahead == 0 else None
        active = self.first(aggressor, waiting)
        if active is not None and not is_worse(aggressor, price, active.price):
            return active
        return None

    def first(self, side: Side, orders: Sequence[NaiveOrder]) -> NaiveOrder | None:
        """The oldest order at the best price of a side."""
        best = None
        for order in orders:
            if order.side is side and (best is None or is_worse(side, order.price, best.price)):
                best = order
        return best

    def at(self, side: Side, price: int) -> list[NaiveOrder]:
        return [order for order in self.orders if order.side is side and order.price == price]

    def _execute(
        self,
        order: NaiveOrder,
        price: int,
        lots: int,
        number: int,
        is_maker: bool,
        events: list[ExchangeEvent],
    ) -> None:
        order.lots -= lots
        if is_maker and order.lots == 0:
            self.orders.remove(order)
        if order.owner:
            events.append(
                Executed(order.order_id, order.number, price, lots, order.lots, number, is_maker)
            )

    def _trade(
        self,
        price: int,
        lots: int,
        aggressor: Side,
        now_ns: int,
        events: list[ExchangeEvent],
        recorded: int = 0,
    ) -> int:
        self.trade_numbers += 1
        number = self.trade_numbers
        events.append(Trade(self.symbol, now_ns, price, lots, number, aggressor, recorded))
        return number
