"""The venue's counters: order ids and numbers from one, trade numbers from the other.

Source: market.md sections 9 and 10 (strictly increasing over laps and restarts).
"""

from __future__ import annotations


class Numbering:
    """Counters of one venue; their values are part of its state."""

    __slots__ = ("last_order", "last_trade")

    def __init__(self, last_order: int = 0, last_trade: int = 0) -> None:
        """Counters that go on after the given numbers."""
        self.last_order = last_order
        self.last_trade = last_trade

    def next_order(self) -> int:
        """A new order id or exchange order number."""
        self.last_order += 1
        return self.last_order

    def next_trade(self) -> int:
        """A new trade number."""
        self.last_trade += 1
        return self.last_trade
