"""Engines with one realistic defect each, for the test of the comparison with the oracle.

They show that the comparison would notice; they cannot show that it notices everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chp.core.matching.book import Book, BookSide, Level, Resting
from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.core.matching.tape import Slice, TapeMarket
from chp.model.events import ExchangeEvent, Executed
from chp.model.flow import Batch, TapePrint
from chp.model.order import Side
from chp.units import NS_PER_DAY
from tests.support.matching_stream import FIRST_ORDER, SYMBOL

MakeExchange = Callable[[int | None], Exchange]
"""Makes the exchange of a step; None for a market of agents."""

Events = list[ExchangeEvent]


class YoungestFirst(BookSide):
    def add(self, order: Resting) -> None:
        super().add(order)
        assert order.level is not None
        order.level.orders.move_to_end(order.order_id, last=False)


class SecondBestFirst(BookSide):
    def best(self) -> Level | None:
        return self.levels[self.keys[-min(2, len(self.keys))]] if self.keys else None


class LevelKeepsLots(BookSide):
    def remove(self, order: Resting) -> None:
        level, lots = order.level, order.lots
        super().remove(order)
        assert level is not None
        level.lots += lots


class PassedForgotten(BookSide):
    def add(self, order: Resting) -> None:
        ahead = order.ahead_until_lots
        super().add(order)
        order.ahead_until_lots = ahead


class MakerLosesRest(Book):
    def reduce(self, order: Resting, lots: int) -> None:
        super().reduce(order, lots)
        if order.lots:
            self.remove(order.order_id)


class TakerLosesRest(Exchange):
    def _work(self, order: Resting, rests: bool, now_ns: int, events: Events) -> None:
        executions = len(events)
        if not self._take(order, now_ns, events) and rests and len(events) > executions:
            return
        super()._work(order, rests, now_ns, events)


class MoveKeepsPriority(Exchange):
    def move(self, order_id: int, limit_units: int, now_ns: int, events: Events) -> None:
        super().move(order_id, limit_units, now_ns, events)
        order = self.book.orders.get(order_id)
        if order is not None and order.level is not None:
            order.level.orders.move_to_end(order_id, last=False)


class SamePriceLosesPriority(Exchange):
    def move(self, order_id: int, limit_units: int, now_ns: int, events: Events) -> None:
        super().move(order_id, limit_units, now_ns, events)
        order = self.book.orders.get(order_id)
        if order is not None and order.level is not None:
            order.level.orders.move_to_end(order_id)


class SelfTradeAllowed(Exchange):
    def _take(self, taker: Resting, now_ns: int, events: Events) -> bool:
        owner, taker.owner = taker.owner, taker.owner and 1 << 40
        met_own = super()._take(taker, now_ns, events)
        taker.owner = owner
        return met_own


class SelfTradeSkipsOwn(Exchange):
    def _work(self, order: Resting, rests: bool, now_ns: int, events: Events) -> None:
        if self._take(order, now_ns, events) and order.lots:
            self.book.add(order)
            return
        super()._work(order, rests, now_ns, events)


class TakersPrice(Exchange):
    def _match(self, taker: Resting, maker: Resting, now_ns: int, events: Events) -> None:
        if maker.lots <= taker.lots or not taker.owner:
            super()._match(taker, maker, now_ns, events)
            return
        price_units, maker.price_units = maker.price_units, taker.price_units
        super()._match(taker, maker, now_ns, events)
        maker.price_units = price_units


class MarketRestRests(Exchange):
    def _work(self, order: Resting, rests: bool, now_ns: int, events: Events) -> None:
        super()._work(order, True, now_ns, events)


class LimitOffByOne(Exchange):
    def _take(self, taker: Resting, now_ns: int, events: Events) -> bool:
        inward = -1 if taker.side is Side.BUY else 1
        taker.price_units += inward
        met_own = super()._take(taker, now_ns, events)
        taker.price_units -= inward
        return met_own


class NumberReused(Exchange):
    def cancel(self, order_id: int, events: Events) -> None:
        order = self.book.orders.get(order_id)
        super().cancel(order_id, events)
        if order is not None and order.order_no == self._numbering.last_order:
            self._numbering.last_order -= 1


class RemainingBeforeExecution(Exchange):
    def _match(self, taker: Resting, maker: Resting, now_ns: int, events: Events) -> None:
        super()._match(taker, maker, now_ns, events)
        done = events[-1]
        if isinstance(done, Executed):
            before = done.remaining_lots + done.lots
            events[-1] = Executed(
                done.order_id,
                done.order_no,
                done.price_units,
                done.lots,
                before,
                done.trade_no,
                done.is_maker,
            )


class QueueIgnored(Exchange):
    def _queue_ahead(self, order: Resting, tape: TapeMarket, now_ns: int) -> int:
        return 0


class QueueCountedTwice(Exchange):
    def _queue_ahead(self, order: Resting, tape: TapeMarket, now_ns: int) -> int:
        level = self.book.side(order.side).at(order.price_units)
        before = level.last().ahead_lots if level is not None else 0
        return tape.queue_ahead(order.side, order.price_units, now_ns) + before


class QueueOvertaken(Exchange):
    def _queue_ahead(self, order: Resting, tape: TapeMarket, now_ns: int) -> int:
        return tape.queue_ahead(order.side, order.price_units, now_ns)


class PrintGivenTwice(Exchange):
    def _fill_queue(self, level: Level | None, left: int, now_ns: int, events: Events) -> int:
        if level is None:
            return left
        rest = left
        for order in list(level.orders.values()):
            usable = left - order.ahead_lots
            if usable > 0:
                rest -= self._fill_resting(order, usable, now_ns, events)
        level.passed_lots += max(rest, 0)
        return max(rest, 0)


class FilledLotsPassQueue(Exchange):
    def _fill_queue(self, level: Level | None, left: int, now_ns: int, events: Events) -> int:
        rest = super()._fill_queue(level, left, now_ns, events)
        if level is not None:
            level.passed_lots += left - rest
        return rest


class ThroughAtPrintsPrice(Exchange):
    printed_units = 0

    def _play_print(self, print_: TapePrint, aggressor: Side, now_ns: int, events: Events) -> None:
        self.printed_units = print_.price_units
        super()._play_print(print_, aggressor, now_ns, events)

    def _print(
        self,
        price_units: int,
        lots: int,
        aggressor: Side,
        now_ns: int,
        events: Events,
        *,
        recorded_no: int = 0,
    ) -> int:
        units = self.printed_units or price_units
        return super()._print(units, lots, aggressor, now_ns, events, recorded_no=recorded_no)

    def play(self, batch: Batch, now_ns: int, events: Events) -> None:
        super().play(batch, now_ns, events)
        self.printed_units = 0


class ThroughNotFilled(Exchange):
    def _fill_better(
        self, resting: BookSide, price_units: int, left: int, now_ns: int, events: Events
    ) -> int:
        return left


class CoverSkipped(TapeMarket):
    def cover(self, aggressor: Side, price_units: int, lots: int) -> int:
        return lots


class CoverAtWorseTakes(TapeMarket):
    def cover(self, aggressor: Side, price_units: int, lots: int) -> int:
        far = 1_000 if aggressor is Side.BUY else -1_000
        return super().cover(aggressor, price_units + far, lots)


class SlicesAtOnePrice(TapeMarket):
    def next_slice(self, taker: Side) -> Slice | None:
        slice_ = super().next_slice(taker)
        if slice_ is None:
            return None
        quotes = self.quotes
        return (quotes.ask_units if taker is Side.BUY else quotes.bid_units), slice_[1]


class TakenKept(TapeMarket):
    def after_batch(self, batch: Batch, now_ns: int) -> None:
        taken = dict(self._taken)
        super().after_batch(batch, now_ns)
        self._taken = taken


class MemoryEndless(TapeMarket):
    def after_batch(self, batch: Batch, now_ns: int) -> None:
        super().after_batch(batch, now_ns + NS_PER_DAY)


class MemoryOff(TapeMarket):
    def after_batch(self, batch: Batch, now_ns: int) -> None:
        super().after_batch(batch, now_ns)
        self._peaks.clear()


class MemoryOfLastBatch(TapeMarket):
    def after_batch(self, batch: Batch, now_ns: int) -> None:
        for print_ in batch.prints:
            self._peaks.pop((batch.aggressor, print_.price_units), None)
        super().after_batch(batch, now_ns)


class SizeOfLastPrint(TapeMarket):
    def after_batch(self, batch: Batch, now_ns: int) -> None:
        super().after_batch(batch, now_ns)
        self.quotes.after_batch(Batch(0, batch.aggressor, batch.prints[-1:]))


def _whole(make: type[Exchange]) -> MakeExchange:
    def made(step: int | None) -> Exchange:
        tape = TapeMarket(step) if step is not None else None
        return make(SYMBOL, Numbering(FIRST_ORDER), tape)

    return made


def _with_book(make: type[Book]) -> MakeExchange:
    def made(step: int | None) -> Exchange:
        exchange = _whole(Exchange)(step)
        exchange.book = make()
        return exchange

    return made


def _with_sides(make: type[BookSide]) -> MakeExchange:
    def made(step: int | None) -> Exchange:
        exchange = _whole(Exchange)(step)
        exchange.book.bids, exchange.book.asks = make(Side.BUY), make(Side.SELL)
        return exchange

    return made


def _with_tape(make: type[TapeMarket]) -> MakeExchange:
    def made(step: int | None) -> Exchange:
        exchange = _whole(Exchange)(step)
        exchange.tape = make(step) if step is not None else None
        return exchange

    return made


DEFECTS: Final[dict[str, MakeExchange]] = {
    "time priority inverted": _with_sides(YoungestFirst),
    "the second best price first": _with_sides(SecondBestFirst),
    "cancel leaves its lots in the level": _with_sides(LevelKeepsLots),
    "what passed a level before counts for new orders": _with_sides(PassedForgotten),
    "a partly filled maker loses its rest": _with_book(MakerLosesRest),
    "a partly filled taker loses its rest": _whole(TakerLosesRest),
    "move to another price goes to the front": _whole(MoveKeepsPriority),
    "move to the same price loses priority": _whole(SamePriceLosesPriority),
    "self-trade allowed": _whole(SelfTradeAllowed),
    "self-trade leaves a crossed book": _whole(SelfTradeSkipsOwn),
    "trades at the taker's price": _whole(TakersPrice),
    "a market order's rest rests": _whole(MarketRestRests),
    "a limit is off by one": _whole(LimitOffByOne),
    "order numbers reused": _whole(NumberReused),
    "remaining lots before the execution": _whole(RemainingBeforeExecution),
    "queue ahead ignored": _whole(QueueIgnored),
    "queue ahead counted twice": _whole(QueueCountedTwice),
    "robots overtake in the queue": _whole(QueueOvertaken),
    "a print gives each robot all its lots": _whole(PrintGivenTwice),
    "lots that went to a robot pass the queue too": _whole(FilledLotsPassQueue),
    "a print through a price fills at its own": _whole(ThroughAtPrintsPrice),
    "a print through a price fills nobody": _whole(ThroughNotFilled),
    "modelled fills are never covered": _with_tape(CoverSkipped),
    "prints cover takes at worse prices": _with_tape(CoverAtWorseTakes),
    "slices get no worse": _with_tape(SlicesAtOnePrice),
    "a batch does not make its side whole again": _with_tape(TakenKept),
    "the queue's memory has no end": _with_tape(MemoryEndless),
    "the queue has no memory": _with_tape(MemoryOff),
    "the queue remembers the last batch only": _with_tape(MemoryOfLastBatch),
    "the size of the last print is shown": _with_tape(SizeOfLastPrint),
}
