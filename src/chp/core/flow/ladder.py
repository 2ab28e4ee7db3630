"""One side of the synthetic market: the agents' own resting orders.

It knows prices only; how many lots are left the venue's book says. Not robots' orders.
Source: market.md section 4 (Synthetic).
"""

from __future__ import annotations

from collections.abc import Callable

from chp.model.order import Side

Remaining = Callable[[int], int]
"""Lots left of the resting order with a ref; 0 when it is gone."""


class Ladder:
    """The live orders of one side by ref, oldest first.

    Distances are steps from the side's best allowed price, `anchor_units`: 0 is the touch, a
    negative distance is on the wrong side of the reference price.
    """

    __slots__ = ("_sign", "_step_units", "anchor_units", "orders", "side")

    def __init__(self, side: Side, step_units: int) -> None:
        """A side without orders."""
        self.side = side
        self._sign = -1 if side is Side.BUY else 1
        self._step_units = step_units
        self.anchor_units = 0
        self.orders: dict[int, int] = {}
        """Price by ref."""

    def price_units(self, distance: int) -> int:
        """The price at a distance from the anchor."""
        return self.anchor_units + self._sign * distance * self._step_units

    def distance(self, price_units: int) -> int:
        """How far a price is from the anchor."""
        return self._sign * (price_units - self.anchor_units) // self._step_units

    def forget_gone(self, remaining: Remaining) -> None:
        """Drops the orders that robots or agents have taken whole."""
        gone = [ref for ref in self.orders if not remaining(ref)]
        for ref in gone:
            del self.orders[ref]

    def pop_outside(self, reach: int) -> list[int]:
        """Drops and answers the orders behind the reference price or beyond `reach`."""
        outside = [
            ref for ref, price in self.orders.items() if not 0 <= self.distance(price) < reach
        ]
        for ref in outside:
            del self.orders[ref]
        return outside

    def distances(self) -> list[int]:
        """The distances at which orders rest, best first, each once."""
        return sorted({self.distance(price) for price in self.orders.values()})

    def lots_of_best(self, levels: int, lots_of: Remaining) -> list[int]:
        """Lots that rest at each of the best levels, best first."""
        best = self.distances()[:levels]
        lots = dict.fromkeys(best, 0)
        for ref, price in self.orders.items():
            distance = self.distance(price)
            if distance in lots:
                lots[distance] += lots_of(ref)
        return list(lots.values())
