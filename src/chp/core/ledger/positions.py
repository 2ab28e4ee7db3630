"""A position: signed lots, their cost, and round trips first in, first out.

Not money: `accounts` posts that. Source: market.md section 7; wire.md (avprice, closedPositions).
"""

from __future__ import annotations

from collections import deque

from chp.model.order import Side
from chp.units import divide_half_up

OpenLot = tuple[int, int, int]
"""(lots, price in units, order id) of one opening execution, lots unsigned."""

RoundTrip = tuple[int, int, int, int, int]
"""(signed lots closed, buy price, sell price, opening order id, closing order id)."""


class PositionBook:
    """One symbol in one portfolio."""

    __slots__ = (
        "cost_kopecks",
        "lots",
        "open_lots",
        "traded_today",
        "working_buy_lots",
        "working_sell_lots",
    )

    def __init__(self) -> None:
        """Nothing held, nothing working."""
        self.lots = 0
        self.cost_kopecks = 0
        self.open_lots: deque[OpenLot] = deque()
        self.working_buy_lots = 0
        self.working_sell_lots = 0
        self.traded_today = False

    def add_working(self, side: Side, lots: int) -> None:
        """Lots begin (positive) or cease (negative) to work on a side."""
        if side is Side.BUY:
            self.working_buy_lots += lots
        else:
            self.working_sell_lots += lots

    def execute(
        self, side: Side, lots: int, price_units: int, value_kopecks: int, order_id: int
    ) -> list[RoundTrip]:
        """Adds one execution; answers the round trips it closed.

        Cost is averaged: closing takes its share of the cost, passing through zero opens the
        rest at the execution's own price.
        """
        self.traded_today = True
        sign = 1 if side is Side.BUY else -1
        closing = min(lots, abs(self.lots)) if self.lots * sign < 0 else 0
        trips = self._close(side, closing, price_units, order_id) if closing else []
        opening = lots - closing
        if opening:
            self.cost_kopecks += sign * divide_half_up(value_kopecks * opening, lots)
            self.open_lots.append((opening, price_units, order_id))
        self.lots += sign * lots
        return trips

    def _close(self, side: Side, lots: int, price_units: int, order_id: int) -> list[RoundTrip]:
        held = abs(self.lots)
        self.cost_kopecks -= divide_half_up(self.cost_kopecks * lots, held)
        trips = []
        while lots:
            open_lots, open_units, open_id = self.open_lots.popleft()
            part = min(lots, open_lots)
            lots -= part
            if part < open_lots:
                self.open_lots.appendleft((open_lots - part, open_units, open_id))
            if side is Side.SELL:
                trips.append((part, open_units, price_units, open_id, order_id))
            else:
                trips.append((-part, price_units, open_units, open_id, order_id))
        return trips

    def is_idle(self) -> bool:
        """Whether the position may be forgotten at the end of the day."""
        return not (self.lots or self.working_buy_lots or self.working_sell_lots)

    def state(self) -> list[object]:
        """Everything, in plain lists."""
        return [
            self.lots,
            self.cost_kopecks,
            [list(lot) for lot in self.open_lots],
            self.working_buy_lots,
            self.working_sell_lots,
            self.traded_today,
        ]

    @classmethod
    def from_state(cls, state: list) -> PositionBook:  # type: ignore[type-arg]
        """The position whose `state()` this was."""
        book = cls()
        book.lots, book.cost_kopecks = state[0], state[1]
        book.open_lots = deque((lots, units, order_id) for lots, units, order_id in state[2])
        book.working_buy_lots, book.working_sell_lots, book.traded_today = state[3:]
        return book
