"""A price-time priority book of one instrument.

Not the exchange: it knows no market orders, no tape and no events; `exchange` calls it.
Prices are price units, sizes are lots. No call's cost grows with the number of resting orders;
a new or emptied level moves the keys of the levels that are better, eight bytes each, and a
day's price limits hold some thousand levels.
Source: market.md section 5; design decision 5.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from typing import Final

from chp.model.order import Side

# Module names are read several times faster than members of an enumeration (Python 3.11).
_BUY: Final = Side.BUY


class Resting:
    """One resting order; `owner` 0 is a market participant, whose id is negative."""

    __slots__ = (
        "ahead_until_lots",
        "level",
        "lots",
        "order_id",
        "order_no",
        "owner",
        "price_units",
        "side",
    )

    def __init__(
        self, order_id: int, owner: int, side: Side, price_units: int, lots: int, order_no: int
    ) -> None:
        """A new order with nothing ahead of it but the book."""
        self.order_id = order_id
        self.owner = owner
        self.side = side
        self.price_units = price_units
        self.lots = lots
        self.order_no = order_no
        self.level: Level | None = None
        """Where it rests; None before and after."""
        self.ahead_until_lots = 0
        """What must have passed the level before a print reaches the order."""

    @property
    def ahead_lots(self) -> int:
        """Lots of the recorded market that a print must consume first (tape only)."""
        passed = self.level.passed_lots if self.level is not None else 0
        return max(0, self.ahead_until_lots - passed)

    @ahead_lots.setter
    def ahead_lots(self, lots: int) -> None:
        passed = self.level.passed_lots if self.level is not None else 0
        self.ahead_until_lots = lots + passed


class Level:
    """The orders at one price, oldest first."""

    __slots__ = ("lots", "orders", "passed_lots", "price_units", "side")

    def __init__(self, side: BookSide, price_units: int) -> None:
        """An empty level of a side."""
        self.side = side
        self.price_units = price_units
        self.lots = 0
        self.orders: OrderedDict[int, Resting] = OrderedDict()
        self.passed_lots = 0
        """Lots of the recorded market that were consumed here: one number for all orders, so
        that a print need not touch those that it does not reach."""

    def first(self) -> Resting:
        """The oldest order; there is always one."""
        return next(iter(self.orders.values()))

    def last(self) -> Resting:
        """The youngest order; there is always one."""
        return next(reversed(self.orders.values()))


class BookSide:
    """The levels of one side; keys are signed so that the best price is always the last key."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        """An empty side."""
        self.sign = 1 if side is _BUY else -1
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def best(self) -> Level | None:
        """The level with the best price; None when the side is empty."""
        return self.levels[self.keys[-1]] if self.keys else None

    def at(self, price_units: int) -> Level | None:
        """The level at a price; None when nothing rests there."""
        return self.levels.get(self.sign * price_units)

    def top(self, depth: int) -> list[Level]:
        """At most `depth` levels, best first."""
        return [self.levels[key] for key in self.keys[: -depth - 1 : -1]]

    def add(self, order: Resting) -> None:
        """Puts an order behind those of its price."""
        key = self.sign * order.price_units
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(self, order.price_units)
            insort(self.keys, key)
        level.orders[order.order_id] = order
        level.lots += order.lots
        order.level = level
        if order.ahead_until_lots:
            order.ahead_until_lots += level.passed_lots

    def remove(self, order: Resting) -> None:
        """Takes an order out; the order must rest here."""
        level = order.level
        assert level is not None, "only what rests can be taken out"
        order.level = None
        level.lots -= order.lots
        del level.orders[order.order_id]
        if not level.orders:
            self._drop(level)

    def _drop(self, level: Level) -> None:
        key = self.sign * level.price_units
        del self.levels[key]
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]


class Book:
    """Both sides, and every resting order by its id."""

    __slots__ = ("asks", "bids", "orders")

    def __init__(self) -> None:
        """An empty book."""
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.orders: dict[int, Resting] = {}

    def side(self, side: Side) -> BookSide:
        """The resting orders of `side`."""
        return self.bids if side is _BUY else self.asks

    def add(self, order: Resting) -> None:
        """Rests an order; its id must be new."""
        self.orders[order.order_id] = order
        (self.bids if order.side is _BUY else self.asks).add(order)

    def remove(self, order_id: int) -> Resting | None:
        """Takes an order out; None when it does not rest here."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            (self.bids if order.side is _BUY else self.asks).remove(order)
        return order

    def reduce(self, order: Resting, lots: int) -> None:
        """Executes `lots` of a resting order, which is gone when nothing of it is left."""
        level = order.level
        assert level is not None, "only what rests can be executed"
        order.lots -= lots
        level.lots -= lots
        if not order.lots:
            level.side.remove(order)
            del self.orders[order.order_id]

    def remaining(self, order_id: int) -> int:
        """Lots left of a resting order; 0 when it is gone."""
        order = self.orders.get(order_id)
        return order.lots if order is not None else 0
