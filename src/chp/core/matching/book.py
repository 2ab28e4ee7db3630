"""A price-time priority book of one instrument.

Not the exchange: it knows no market orders, no tape and no events; `exchange` calls it.
Sides are the integers of `Side`, prices are price units, sizes are lots.
Source: market.md section 5; design decision 5.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict

from chp.model.order import Side


class Resting:
    """One resting order; `owner` 0 is a market participant, whose id is negative."""

    __slots__ = ("ahead_lots", "lots", "order_id", "order_no", "owner", "price_units", "side")

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
        self.ahead_lots = 0
        """Lots of the recorded market that a print must consume first (tape only)."""


class Level:
    """The orders at one price, oldest first."""

    __slots__ = ("lots", "orders", "price_units")

    def __init__(self, price_units: int) -> None:
        """An empty level."""
        self.price_units = price_units
        self.lots = 0
        self.orders: OrderedDict[int, Resting] = OrderedDict()


class BookSide:
    """The levels of one side; keys are signed so that the best price is always the last key."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, side: Side) -> None:
        """An empty side."""
        self.sign = 1 if side is Side.BUY else -1
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
        return [self.levels[key] for key in reversed(self.keys[-depth:])]

    def add(self, order: Resting) -> None:
        """Puts an order behind those of its price."""
        key = self.sign * order.price_units
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price_units)
            insort(self.keys, key)
        level.orders[order.order_id] = order
        level.lots += order.lots

    def remove(self, order: Resting) -> None:
        """Takes an order out; the order must rest here."""
        level = self.levels[self.sign * order.price_units]
        del level.orders[order.order_id]
        level.lots -= order.lots
        if not level.orders:
            self._drop(level)

    def reduce(self, level: Level, order: Resting, lots: int) -> bool:
        """Executes `lots` of an order; True when nothing of it is left and it is gone."""
        order.lots -= lots
        level.lots -= lots
        if order.lots:
            return False
        del level.orders[order.order_id]
        if not level.orders:
            self._drop(level)
        return True

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
        return self.bids if side is Side.BUY else self.asks

    def add(self, order: Resting) -> None:
        """Rests an order; its id must be new."""
        self.orders[order.order_id] = order
        self.side(order.side).add(order)

    def remove(self, order_id: int) -> Resting | None:
        """Takes an order out; None when it does not rest here."""
        order = self.orders.pop(order_id, None)
        if order is not None:
            self.side(order.side).remove(order)
        return order

    def reduce(self, level: Level, order: Resting, lots: int) -> None:
        """Executes `lots` of a resting order."""
        if self.side(order.side).reduce(level, order, lots):
            del self.orders[order.order_id]

    def remaining(self, order_id: int) -> int:
        """Lots left of a resting order; 0 when it is gone."""
        order = self.orders.get(order_id)
        return order.lots if order is not None else 0
