"""The way between broker and exchange: both directions take half the latency, in order.

Source: market.md section 5, rule 4, and rows 19 and 30 of section 10.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import NamedTuple

from chp.model.events import ExchangeReport


class Errand(IntEnum):
    """What the broker sends to the exchange."""

    ENTER = 1
    CANCEL = 2
    MOVE = 3


class Sent(NamedTuple):
    """One errand on its way; `price_units` is the target of a move, else 0."""

    due_ns: int
    errand: Errand
    order_id: int
    price_units: int


class Link:
    """Two queues with a constant delay each; without latency nothing ever queues."""

    __slots__ = ("half_ns", "to_broker", "to_exchange")

    def __init__(self, half_ns: int) -> None:
        """A link that takes `half_ns` each way."""
        self.half_ns = half_ns
        self.to_exchange: deque[Sent] = deque()
        self.to_broker: deque[tuple[int, ExchangeReport]] = deque()

    def next_due_ns(self) -> int | None:
        """When the next thing arrives; None when nothing is under way."""
        heads = [queue[0][0] for queue in (self.to_exchange, self.to_broker) if queue]
        return min(heads, default=None)
