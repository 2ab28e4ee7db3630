"""A market made by seeded agents: limit orders, cancels and aggressive orders.

Agents arrive one after another, on average one a second, and quote around a reference price
that wanders around the opening price. The market never empties and never trades with itself
but by aggressive orders. Not matching: the venue carries the actions out.
Source: market.md section 4 (Synthetic); the figures are ours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from chp.core.flow.ladder import Ladder, Remaining
from chp.core.flow.random import Random
from chp.core.flow.walk import FRACTION_BITS, RANGE_PERCENT, SIGHT_PER_SECOND, Walk
from chp.model.flow import AddLimit, AgentAction, Aggress, CancelLimit
from chp.model.instrument import BAND_PERCENT, Instrument
from chp.model.order import Side
from chp.units import NS_PER_MS

GRID_NS: Final = 50 * NS_PER_MS
"""Gaps between events are whole multiples of it."""
MEAN_GAP: Final = 20
"""Of the gaps, in grid intervals: one event a second."""

REACH: Final = 30
"""Orders rest less than so many steps behind the touch."""
FIRST_LEVELS: Final = 10
LEAST_LEVELS: Final = 8
"""Levels a side before an aggressive order."""
SWEPT_LEVELS: Final = 3
"""An aggressive order takes at most so many levels: five of `LEAST_LEVELS` stay."""
MOST_ORDERS: Final = 24
"""A side with so many live orders gets no more but to fill up its levels."""

AGGRESS_PERCENT: Final = 52
LIMIT_PERCENT: Final = 30
"""The rest of the events are cancels."""
SWEEP_PERCENT: Final = 12
"""Of the aggressive orders, those that take the best level whole and part of the next."""
FOLLOW_PERCENT: Final = 70
"""Aggressive orders that go the way the reference price has just moved."""

RESTING_RUBLES: Final = 30_000
AGGRESS_RUBLES: Final = 4_000
"""Least usual value of an order; each doubling is half as likely."""
MOST_DOUBLINGS: Final = 8


def _gap_thresholds() -> list[int]:
    """Descending chances, in 2^-32, that a gap is longer than 1, 2, ... intervals; negated."""
    thresholds, chance = [], 1 << 32
    while chance:
        chance = chance * (MEAN_GAP - 1) // MEAN_GAP
        thresholds.append(-chance)
    return thresholds


_GAP_THRESHOLDS: Final = _gap_thresholds()


def _walk_around(instrument: Instrument) -> Walk:
    """The reference price; refuses instruments whose limits leave the ladder no room."""
    opening, step = instrument.opening_units, instrument.step_units
    room = opening * RANGE_PERCENT // 100 + (REACH + 1) * step
    close = instrument.legal_close_units or opening
    low = max(step, -(-close * (100 - BAND_PERCENT) // 100))
    high = close * (100 + BAND_PERCENT) // 100
    if opening - room < low or opening + room > high:
        raise ValueError(
            f"{instrument.symbol}: a market around {opening} needs {room} units on both sides, "
            f"its limits are {low} and {high}"
        )
    return Walk(opening, SIGHT_PER_SECOND)


class SyntheticFlow:
    """The agents of one instrument; the first step puts up a whole book."""

    __slots__ = (
        "_asks",
        "_bids",
        "_instrument",
        "_last_ref",
        "_lot_rubles",
        "_random",
        "_walk",
        "next_due_ns",
    )

    def __init__(self, instrument: Instrument, seed: int, start_ns: int) -> None:
        """Agents that open the market at `start_ns`.

        Raises:
            ValueError: the opening price is too near to the price limits, or has too few steps.
        """
        self._instrument = instrument
        self._random = Random.seeded(seed, instrument.symbol, "synthetic")
        self._walk = _walk_around(instrument)
        self._bids = Ladder(Side.BUY, instrument.step_units)
        self._asks = Ladder(Side.SELL, instrument.step_units)
        self._last_ref = 0
        lot_units = instrument.opening_units * instrument.lot_size
        self._lot_rubles: int = max(1, lot_units // 10**instrument.scale)
        self.next_due_ns = start_ns
        """When the next event happens."""

    def step(self, remaining: Remaining) -> list[AgentAction]:
        """Performs the event that is due and moves on to the next.

        Args:
            remaining: lots left of an order of this flow by its ref, before the step; 0 when
                it is gone.

        Returns:
            what the agents do, in order; afterwards at least five price levels of their own
            rest on each side, unless robots' resting orders swallowed what was added.
        """
        actions: list[AgentAction] = []
        moved = self._walk.move(self._random) if self._last_ref else 0
        self._anchor()
        added: dict[int, int] = {}
        least_levels = LEAST_LEVELS if self._last_ref else FIRST_LEVELS
        for ladder in (self._bids, self._asks):
            ladder.forget_gone(remaining)
            actions += [CancelLimit(ref) for ref in ladder.pop_outside(REACH)]
        for ladder in (self._bids, self._asks):
            self._replenish(ladder, least_levels, added, actions)
        if least_levels == LEAST_LEVELS:
            self._happen(moved, lambda ref: added.get(ref) or remaining(ref), actions)
        self.next_due_ns += self._gap() * GRID_NS
        return actions

    def _anchor(self) -> None:
        """Best allowed prices: bids at the reference or below, asks above, never the same."""
        step = self._instrument.step_units
        below = (self._walk.fixed >> FRACTION_BITS) // step * step
        self._bids.anchor_units, self._asks.anchor_units = below, below + step

    def _replenish(
        self, ladder: Ladder, least_levels: int, added: dict[int, int], actions: list[AgentAction]
    ) -> None:
        """Quotes again near the touch and fills the side up to its least number of levels."""
        below = self._random.below
        taken = set(ladder.distances())
        if not taken & {0, 1}:
            taken.add(self._quote(ladder, below(2), added, actions))
        distance = 1
        while len(taken) < least_levels:
            if distance not in taken:
                taken.add(self._quote(ladder, distance, added, actions))
            distance += 1 + below(4) // 3

    def _quote(
        self, ladder: Ladder, distance: int, added: dict[int, int], actions: list[AgentAction]
    ) -> int:
        """Adds an order at a distance, which is the answer."""
        self._last_ref -= 1
        price_units, lots = ladder.price_units(distance), self._lots(RESTING_RUBLES)
        ladder.orders[self._last_ref] = price_units
        added[self._last_ref] = lots
        actions.append(AddLimit(self._last_ref, ladder.side, price_units, lots))
        return distance

    def _happen(self, moved: int, lots_of: Remaining, actions: list[AgentAction]) -> None:
        """The event itself: an aggressive order, a new limit order or a cancel."""
        below = self._random.below
        kind = below(100)
        if kind < AGGRESS_PERCENT:
            follows = below(100) < FOLLOW_PERCENT
            buys = (moved >= 0) is follows
            actions.append(self._aggress(self._asks if buys else self._bids, lots_of))
            return
        ladder = self._asks if below(2) else self._bids
        if kind < AGGRESS_PERCENT + LIMIT_PERCENT and len(ladder.orders) < MOST_ORDERS:
            self._quote(ladder, min(below(REACH // 2), below(REACH // 2)), {}, actions)
        else:
            ref = list(ladder.orders)[below(len(ladder.orders))]
            del ladder.orders[ref]
            actions.append(CancelLimit(ref))

    def _aggress(self, ladder: Ladder, lots_of: Remaining) -> Aggress:
        """Takes from a ladder, never more than its best levels hold."""
        levels = ladder.lots_of_best(SWEPT_LEVELS, lots_of)
        if self._random.below(100) < SWEEP_PERCENT:
            lots = levels[0] + 1 + self._random.below(levels[1])
        else:
            lots = min(self._lots(AGGRESS_RUBLES), sum(levels))
        return Aggress(Side.BUY if ladder.side is Side.SELL else Side.SELL, lots)

    def _lots(self, rubles: int) -> int:
        """A skewed size: `rubles`, doubled as often as a coin shows heads, and up to twice that."""
        drawn = self._random.next_u32() | 1 << MOST_DOUBLINGS
        rubles <<= (drawn & -drawn).bit_length() - 1
        return max(1, (rubles + (rubles * (drawn >> 16) >> 16)) // self._lot_rubles)

    def _gap(self) -> int:
        """A geometric number of grid intervals, at least 1, on average `MEAN_GAP`."""
        return 1 + bisect_left(_GAP_THRESHOLDS, -self._random.next_u32())

    def delay(self, by_ns: int) -> None:
        """Shifts all that is to come: the market stood still that long."""
        self.next_due_ns += by_ns

    def state(self) -> list[int]:
        """Everything that differs from a new flow, for `from_state`: plain integers."""
        state = [self.next_due_ns, self._random.state, self._last_ref, self._walk.fixed]
        state.append(len(self._bids.orders))
        for ladder in (self._bids, self._asks):
            for ref, price_units in ladder.orders.items():
                state += (ref, price_units)
        return state

    @classmethod
    def from_state(cls, instrument: Instrument, state: Sequence[int]) -> SyntheticFlow:
        """The flow of the same instrument whose `state()` this was."""
        flow = cls(instrument, 0, state[0])
        _, flow._random.state, flow._last_ref, flow._walk.fixed, bids = state[:5]
        pairs = list(zip(state[5::2], state[6::2], strict=True))
        flow._bids.orders.update(pairs[:bids])
        flow._asks.orders.update(pairs[bids:])
        return flow
