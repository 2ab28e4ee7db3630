"""Seeded streams of commands for an exchange, and the comparison of two exchanges over one.

The comparison looks at what callers see: the events of each command, and after it the book, the
tape's offers and the counters. Prices are few and times jump, so that every rule is met often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Final, NamedTuple, TypeAlias

from chp.core.matching.book import Level, Resting
from chp.core.matching.exchange import Exchange
from chp.core.matching.numbering import Numbering
from chp.core.matching.tape import TapeMarket
from chp.model.events import ExchangeEvent
from chp.model.flow import AddLimit, AgentAction, Aggress, Batch, CancelLimit, TapePrint
from chp.model.order import Side
from tests.support.naive_book import NaiveExchange

SYMBOL: Final = "GAZP"
FIRST_ORDER: Final = 1_000
"""The counter before the first order; ids come before it, as the broker's do."""
HALF_MINUTE_NS: Final = 30_000_000_000
MIDDLE: Final = 500
LEVELS: Final = 6
"""Prices lie within so many steps of the middle."""


class Enter(NamedTuple):
    """A robot's order."""

    order_id: int
    owner: int
    side: Side
    lots: int
    limit_units: int
    rests: bool


class CancelOrder(NamedTuple):
    """A robot's cancel."""

    order_id: int


class MoveOrder(NamedTuple):
    """A robot's move."""

    order_id: int
    limit_units: int


Command: TypeAlias = Enter | CancelOrder | MoveOrder | Batch | AgentAction
Timed: TypeAlias = tuple[int, Command]
"""(venue time, command)."""
OrderRow: TypeAlias = tuple[int, int, int, int, int, int]
"""(id, owner, price, lots, number, lots ahead)."""


class Look(NamedTuple):
    """All that shows of an exchange between two commands."""

    bids: list[OrderRow]
    asks: list[OrderRow]
    levels: list[tuple[int, int]]
    """(price, lots) of both sides, bids first, best first."""
    offers: tuple[tuple[int, int] | None, tuple[int, int] | None]
    """What the tape offers a buyer and a seller."""
    quotes: list[int]
    last_order: int
    last_trade: int


def new_engine(step: int | None) -> Exchange:
    """The engine's exchange; `step` None is a market of agents."""
    tape = TapeMarket(step) if step is not None else None
    return Exchange(SYMBOL, Numbering(FIRST_ORDER), tape)


def new_oracle(step: int | None) -> NaiveExchange:
    """The oracle of the same market."""
    return NaiveExchange(SYMBOL, FIRST_ORDER, step)


def carry_out(exchange: Exchange | NaiveExchange, timed: Timed) -> list[ExchangeEvent]:
    """The events of one command."""
    now_ns, command = timed
    events: list[ExchangeEvent] = []
    match command:
        case Enter():
            exchange.enter(
                command.order_id,
                command.owner,
                command.side,
                command.lots,
                command.limit_units,
                rests=command.rests,
                now_ns=now_ns,
                events=events,
            )
        case CancelOrder():
            exchange.cancel(command.order_id, events)
        case MoveOrder():
            exchange.move(command.order_id, command.limit_units, now_ns, events)
        case Batch():
            exchange.play(command, now_ns, events)
        case _:
            exchange.act(command, now_ns, events)
    return events


def look_of_engine(exchange: Exchange) -> Look:
    """The engine's exchange as it shows itself."""
    bids, asks = (exchange.book.side(side).top(1_000) for side in Side)
    tape, numbers = exchange.tape, exchange._numbering
    return Look(
        bids=_engine_orders(bids),
        asks=_engine_orders(asks),
        levels=[(level.price_units, level.lots) for level in (*bids, *asks)],
        offers=(tape.next_slice(Side.BUY), tape.next_slice(Side.SELL)) if tape else (None, None),
        quotes=tape.quotes.state() if tape else [],
        last_order=numbers.last_order,
        last_trade=numbers.last_trade,
    )


def _engine_orders(levels: list[Level]) -> list[OrderRow]:
    return [
        (o.order_id, o.owner, o.price_units, o.lots, o.order_no, o.ahead_lots)
        for level in levels
        for o in level.orders.values()
    ]


def look_of_oracle(exchange: NaiveExchange) -> Look:
    """The oracle as the engine should show itself."""
    bids = _oracle_orders(exchange, Side.BUY, -1)
    asks = _oracle_orders(exchange, Side.SELL, 1)
    tape = exchange.tape
    return Look(
        bids=bids,
        asks=asks,
        levels=[
            (price, sum(lots for _, _, at, lots, _, _ in orders if at == price))
            for orders in (bids, asks)
            for price in dict.fromkeys(order[2] for order in orders)
        ],
        offers=(tape.offer(Side.BUY), tape.offer(Side.SELL)) if tape else (None, None),
        quotes=[*tape.best.values(), *tape.size.values()] if tape else [],
        last_order=exchange.order_numbers,
        last_trade=exchange.trade_numbers,
    )


def _oracle_orders(exchange: NaiveExchange, side: Side, sign: int) -> list[OrderRow]:
    orders = [order for order in exchange.orders if order.side is side]
    orders.sort(key=lambda order: sign * order.price)
    return [(o.order_id, o.owner, o.price, o.lots, o.number, o.ahead) for o in orders]


def restarted(exchange: Exchange) -> Exchange:
    """The exchange as a snapshot of the venue brings it back (`chp.app.venue.persist`)."""
    numbers, tape = exchange._numbering, exchange.tape
    again = Exchange(SYMBOL, Numbering(numbers.last_order, numbers.last_trade))
    if tape is not None:
        again.tape = TapeMarket.from_state(tape.step_units, tape.state())
    for side in Side:
        for level in exchange.book.side(side).levels.values():
            for o in level.orders.values():
                order = Resting(o.order_id, o.owner, side, o.price_units, o.lots, o.order_no)
                order.ahead_lots = o.ahead_lots
                again.book.add(order)
    return again


def first_difference(
    engine: Exchange,
    oracle: NaiveExchange,
    stream: Iterable[Timed],
    watch: Callable[[Exchange, Command, list[ExchangeEvent]], None] | None = None,
) -> str | None:
    """Where events or looks of both part; None where they never do.

    `watch` sees the engine after each command, for invariants of its own.
    """
    for place, timed in enumerate(stream):
        got, wanted = carry_out(engine, timed), carry_out(oracle, timed)
        if got != wanted:
            return f"command {place}, {timed}: events {got}, expected {wanted}"
        look, wanted_look = look_of_engine(engine), look_of_oracle(oracle)
        if look != wanted_look:
            return f"command {place}, {timed}: look {look}, expected {wanted_look}"
        if watch is not None:
            watch(engine, timed[1], got)
    return None


class StreamMaker:
    """Makes commands at random; the stream is a function of seed, length and step."""

    def __init__(self, seed: int, step: int | None) -> None:
        """A stream before its first command; `step` None is for a market of agents."""
        self.dice = Random(seed)
        self.is_tape = step is not None
        self.step = step or 1
        self.now_ns = 0
        self.recorded_no = 0
        self.limits: dict[int, int] = {1: MIDDLE}
        """Last limit by order, whether or not the order still rests."""
        self.robots: list[int] = [1]
        self.agents: list[int] = [-1]

    def commands(self, length: int) -> list[Timed]:
        """The next commands, times never going back."""
        return [self._next() for _ in range(length)]

    def _next(self) -> Timed:
        if self.dice.random() < 0.1:
            self.now_ns += self.dice.choice((1, 4, 10, 11)) * HALF_MINUTE_NS
        choice = self.dice.random()
        if choice < 0.4:
            return self.now_ns, self._enter()
        if choice < 0.5:
            return self.now_ns, CancelOrder(self._recent(self.robots))
        if choice < 0.65:
            return self.now_ns, self._move()
        return self.now_ns, self._batch() if self.is_tape else self._agent()

    def _enter(self) -> Enter:
        order_id = self.robots[-1] + 1
        self.robots.append(order_id)
        dice, side = self.dice, self._side()
        lots, owner = dice.randint(1, 12), dice.randint(1, 4)
        if dice.random() < 0.8:
            away = self.step * dice.randint(-2, LEVELS)
            limit = MIDDLE - away if side is Side.BUY else MIDDLE + away
            self.limits[order_id] = limit
            return Enter(order_id, owner, side, lots, limit, True)
        band = 3 * LEVELS * self.step
        limit = MIDDLE + band if side is Side.BUY else MIDDLE - band
        return Enter(order_id, owner, side, 3 * lots, limit, False)

    def _move(self) -> MoveOrder:
        order_id = self._recent(self.robots)
        if self.dice.random() < 0.7 or order_id not in self.limits:
            self.limits[order_id] = self._price()
        return MoveOrder(order_id, self.limits[order_id])

    def _batch(self) -> Batch:
        dice, side, price = self.dice, self._side(), self._price()
        worse = self.step if side is Side.BUY else -self.step
        if self.step > 1:
            # A print may be off the step: the step of today does not fit all history.
            price += dice.choice((0, 0, 0, 0, 1))
        prints = []
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            self.recorded_no += 1
            lots = dice.randint(1, 15)
            prints.append(TapePrint(self.now_ns, price, lots, side, self.recorded_no))
            price += worse * dice.choice((0, 1, 1, 2))
        return Batch(0, side, tuple(prints))

    def _agent(self) -> AgentAction:
        choice = self.dice.random()
        if choice < 0.55:
            ref = self.agents[-1] - 1
            self.agents.append(ref)
            return AddLimit(ref, self._side(), self._price(), self.dice.randint(1, 12))
        if choice < 0.85:
            return CancelLimit(self._recent(self.agents))
        return Aggress(self._side(), self.dice.randint(1, 30))

    def _side(self) -> Side:
        return Side.BUY if self.dice.random() < 0.5 else Side.SELL

    def _price(self) -> int:
        return MIDDLE + self.step * self.dice.randint(-LEVELS, LEVELS)

    def _recent(self, ids: list[int]) -> int:
        """One of the last ids, often of an order that is done."""
        return ids[-self.dice.randint(1, min(len(ids), 12))]
