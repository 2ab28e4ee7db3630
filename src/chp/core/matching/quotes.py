"""The bid and the ask that a tape of trades implies, inferred from earlier batches only.

Not liquidity: what robots may take at these quotes is `tape`.
Source: market.md section 4 (Tape, rule b).
"""

from __future__ import annotations

from collections.abc import Sequence

from chp.model.flow import Batch
from chp.model.order import Side


class TapeQuotes:
    """Best quotes of a recorded market; all four numbers are 0 before the first batch."""

    __slots__ = ("ask_lots", "ask_units", "bid_lots", "bid_units", "step_units")

    def __init__(self, step_units: int) -> None:
        """Quotes before the first batch; `step_units` is the least spread."""
        self.step_units = step_units
        self.bid_units = self.ask_units = 0
        self.bid_lots = self.ask_lots = 0
        """Displayed sizes: lots of the last batch that took from the side, at least 1."""

    def before_batch(self, batch: Batch) -> None:
        """Moves the quote that a batch takes from to the batch's own first price.

        A batch at the quote moves nothing. Sizes stay those of earlier batches.
        """
        if not self.bid_lots:
            self.bid_lots = self.ask_lots = 1
        self._quote(batch.aggressor, batch.prints[0].price_units)

    def after_batch(self, batch: Batch) -> None:
        """Takes over the price and the size that a batch leaves behind."""
        self._quote(batch.aggressor, batch.prints[-1].price_units)
        lots = max(1, sum(print_.lots for print_ in batch.prints))
        if batch.aggressor is Side.BUY:
            self.ask_lots = lots
        else:
            self.bid_lots = lots

    def _quote(self, aggressor: Side, price_units: int) -> None:
        """Puts the aggressor's opposite quote at a price; the other stays a step away."""
        if aggressor is Side.BUY:
            most = price_units - self.step_units
            self.bid_units = min(self.bid_units, most) if self.ask_units else most
            self.ask_units = price_units
        else:
            least = price_units + self.step_units
            self.ask_units = max(self.ask_units, least)
            self.bid_units = price_units

    def state(self) -> list[int]:
        """The quotes as they are, for `from_state`."""
        return [self.bid_units, self.ask_units, self.bid_lots, self.ask_lots]

    @classmethod
    def from_state(cls, step_units: int, state: Sequence[int]) -> TapeQuotes:
        """The quotes whose `state()` this was."""
        quotes = cls(step_units)
        quotes.bid_units, quotes.ask_units, quotes.bid_lots, quotes.ask_lots = state
        return quotes
