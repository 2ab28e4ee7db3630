"""What a recorded tape offers to robots: inferred quotes, slices, and the queue ahead.

Not the flow that plays the tape. Every rule is market.md sections 4 (Tape) and 5.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from chp.core.matching.quotes import TapeQuotes
from chp.model.flow import Batch
from chp.model.order import Side
from chp.units import NS_PER_MINUTE

QUEUE_MEMORY_NS: Final = 5 * NS_PER_MINUTE
"""How long a batch's volume at a price counts for the queue ahead (section 5, rule 1)."""

Slice = tuple[int, int]
"""(price in units, lots) of the next liquidity."""


class TapeMarket:
    """The recorded market of one instrument as robots' orders meet it.

    Beyond the inferred quote the market is a ladder of equal slices, one step apart; what robots
    take is remembered until the next batch of that side.
    """

    __slots__ = ("_modelled", "_peaks", "_taken", "quotes", "step_units")

    def __init__(self, step_units: int) -> None:
        """A market before its first batch: nothing is offered."""
        self.step_units = step_units
        self.quotes = TapeQuotes(step_units)
        self._taken: dict[Side, int] = {Side.BUY: 0, Side.SELL: 0}
        self._modelled: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        """Lots by price that robots took and no print has covered; first taken, first covered."""
        self._peaks: dict[tuple[Side, int], deque[tuple[int, int]]] = {}
        """By aggressor and price: (time, lots) of batches, without those that a later one of as
        many lots outdoes: the first that is young enough is the largest."""

    def before_batch(self, batch: Batch) -> None:
        """Moves the quote to where the batch begins."""
        self.quotes.before_batch(batch)

    def after_batch(self, batch: Batch, now_ns: int) -> None:
        """Infers the quote the batch left; its side's liquidity is whole again."""
        self.quotes.after_batch(batch)
        self._taken[batch.aggressor] = 0
        by_price: dict[int, int] = {}
        for print_ in batch.prints:
            by_price[print_.price_units] = by_price.get(print_.price_units, 0) + print_.lots
        for price_units, lots in by_price.items():
            peaks = self._peaks.setdefault((batch.aggressor, price_units), deque())
            while peaks and peaks[-1][1] <= lots:
                peaks.pop()
            while peaks and peaks[0][0] < now_ns - QUEUE_MEMORY_NS:
                peaks.popleft()
            peaks.append((now_ns, lots))

    def next_slice(self, taker: Side) -> Slice | None:
        """The best liquidity left for a taker of `taker` side; None before the first quote."""
        quotes = self.quotes
        size = quotes.ask_lots if taker is Side.BUY else quotes.bid_lots
        if not size:
            return None
        steps, used = divmod(self._taken[taker], size)
        if taker is Side.BUY:
            return quotes.ask_units + steps * self.step_units, size - used
        price_units = quotes.bid_units - steps * self.step_units
        return (price_units, size - used) if price_units > 0 else None

    def take(self, taker: Side, price_units: int, lots: int) -> None:
        """Robots take from the next slice; the fill is modelled until prints cover it."""
        self._taken[taker] += lots
        modelled = self._modelled[taker]
        modelled[price_units] = modelled.get(price_units, 0) + lots

    def cover(self, aggressor: Side, price_units: int, lots: int) -> int:
        """Lots of a print left for others, after it covered what robots took before it.

        A buy print covers modelled buys at its price or lower, a sell print modelled sells at
        its price or higher (section 5, rule 2).
        """
        modelled = self._modelled[aggressor]
        sign = 1 if aggressor is Side.BUY else -1
        for taken_units in [taken for taken in modelled if sign * (price_units - taken) >= 0]:
            covered = min(lots, modelled[taken_units])
            lots -= covered
            modelled[taken_units] -= covered
            if not modelled[taken_units]:
                del modelled[taken_units]
        return lots

    def queue_ahead(self, side: Side, price_units: int, now_ns: int) -> int:
        """Lots of the recorded market before a new resting order (section 5, rule 1).

        0 only where the price improves the inferred quote, or before there is one.
        """
        quotes = self.quotes
        best = quotes.bid_units if side is Side.BUY else quotes.ask_units
        if not best:
            return 0
        sign = 1 if side is Side.BUY else -1
        steps = sign * (best - price_units) // self.step_units
        if steps < 0:
            return 0
        return max(self._displayed(side, steps), self._largest(side, price_units, now_ns), 1)

    def _displayed(self, side: Side, steps: int) -> int:
        taker = Side.SELL if side is Side.BUY else Side.BUY
        size = self.quotes.bid_lots if side is Side.BUY else self.quotes.ask_lots
        taken = self._taken[taker] - steps * size
        return size - min(max(taken, 0), size)

    def _largest(self, side: Side, price_units: int, now_ns: int) -> int:
        aggressor = Side.SELL if side is Side.BUY else Side.BUY
        for time_ns, lots in self._peaks.get((aggressor, price_units), ()):
            if time_ns >= now_ns - QUEUE_MEMORY_NS:
                return lots
        return 0

    def state(self) -> list[object]:
        """Everything that differs from a new market, in plain lists."""
        return [
            self.quotes.state(),
            [self._taken[Side.BUY], self._taken[Side.SELL]],
            [list(taken) for taken in self._modelled[Side.BUY].items()],
            [list(taken) for taken in self._modelled[Side.SELL].items()],
            [
                [time_ns, side, price_units, lots]
                for (side, price_units), peaks in self._peaks.items()
                for time_ns, lots in peaks
            ],
        ]

    @classmethod
    def from_state(cls, step_units: int, state: list) -> TapeMarket:  # type: ignore[type-arg]
        """The market whose `state()` this was."""
        market = cls(step_units)
        market.quotes = TapeQuotes.from_state(step_units, state[0])
        market._taken = {Side.BUY: state[1][0], Side.SELL: state[1][1]}
        market._modelled = {Side.BUY: dict(state[2]), Side.SELL: dict(state[3])}
        for time_ns, side, price_units, lots in state[4]:
            peaks = market._peaks.setdefault((Side(side), price_units), deque())
            peaks.append((time_ns, lots))
        return market
