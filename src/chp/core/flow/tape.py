"""The recorded tape as a market flow: batches of prints, and their endless laps.

Not the quotes inferred from it: those are `chp.core.matching.quotes`.
Source: market.md section 4 (Tape), section 9 (laps).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from chp.model.flow import Batch, Tape, TapePrint
from chp.model.order import Side
from chp.units import NS_PER_SECOND

_OPPOSITE: Final = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


def build_tape(symbol: str, prints: Sequence[TapePrint], mirror_units: int) -> Tape:
    """Cuts a recorded session into the opening uncross and batches.

    A batch is a run of consecutive trade numbers in one second and of one aggressor whose
    prices never get better for the aggressor. The batches of a second are spread evenly over
    it, in their order. A lap begins with the first second of continuous trading and ends after
    the last.

    Args:
        symbol: of the instrument.
        prints: of the main board only, by recorded number.
        mirror_units: even laps play price mirror - p; above every recorded price.

    Raises:
        ValueError: numbers or times go back, no continuous trading, an auction of several
            prices, or prices not below the mirror; the file is at fault.
    """
    uncross = tuple(print_ for print_ in prints if print_.is_auction)
    continuous = [print_ for print_ in prints if not print_.is_auction]
    _check(symbol, prints, continuous, mirror_units)
    first_second = continuous[0].time_ns // NS_PER_SECOND
    last_second = continuous[-1].time_ns // NS_PER_SECOND
    return Tape(
        symbol=symbol,
        uncross=uncross,
        batches=tuple(_spread(_cut(continuous), first_second)),
        lap_ns=(last_second - first_second + 1) * NS_PER_SECOND,
        mirror_units=mirror_units,
    )


def _check(
    symbol: str, prints: Sequence[TapePrint], continuous: Sequence[TapePrint], mirror_units: int
) -> None:
    for earlier, later in pairwise(prints):
        if later.recorded_no <= earlier.recorded_no or later.time_ns < earlier.time_ns:
            raise ValueError(
                f"{symbol}: trade {later.recorded_no} does not come after {earlier.recorded_no}"
            )
    if not continuous:
        raise ValueError(f"{symbol}: expected trades of continuous trading, found none")
    if not all(0 < print_.price_units < mirror_units for print_ in prints):
        raise ValueError(f"{symbol}: expected every price above 0 and below {mirror_units}")
    auction_prices = {print_.price_units for print_ in prints if print_.is_auction}
    if len(auction_prices) > 1:
        raise ValueError(f"{symbol}: expected one price of the auction, found {auction_prices}")


def _cut(continuous: Sequence[TapePrint]) -> list[list[TapePrint]]:
    runs = [[continuous[0]]]
    for earlier, later in pairwise(continuous):
        if _belongs(earlier, later):
            runs[-1].append(later)
        else:
            runs.append([later])
    return runs


def _belongs(earlier: TapePrint, later: TapePrint) -> bool:
    """Whether both prints are of one aggressive order."""
    worsening = later.price_units - earlier.price_units
    if earlier.aggressor is Side.SELL:
        worsening = -worsening
    return (
        worsening >= 0
        and later.recorded_no == earlier.recorded_no + 1
        and later.aggressor is earlier.aggressor
        and later.time_ns // NS_PER_SECOND == earlier.time_ns // NS_PER_SECOND
    )


def _spread(runs: Sequence[list[TapePrint]], first_second: int) -> list[Batch]:
    by_second: dict[int, list[list[TapePrint]]] = {}
    for run in runs:
        by_second.setdefault(run[0].time_ns // NS_PER_SECOND - first_second, []).append(run)
    return [
        Batch(
            second * NS_PER_SECOND + place * NS_PER_SECOND // len(together),
            run[0].aggressor,
            tuple(run),
        )
        for second, together in by_second.items()
        for place, run in enumerate(together)
    ]


def mirrored(batch: Batch, mirror_units: int) -> Batch:
    """The batch of an even lap: price mirror - p, side swapped, same lots, time and numbers."""
    aggressor = _OPPOSITE[batch.aggressor]
    prints = tuple(
        TapePrint(
            print_.time_ns,
            mirror_units - print_.price_units,
            print_.lots,
            aggressor,
            print_.recorded_no,
            print_.is_auction,
        )
        for print_ in batch.prints
    )
    return Batch(batch.offset_ns, aggressor, prints)


class TapeFlow:
    """Plays a tape lap after lap without end: odd laps as recorded, even laps mirrored."""

    __slots__ = ("_index", "_lap", "_lap_start_ns", "_tape", "next_due_ns")

    def __init__(self, tape: Tape, start_ns: int) -> None:
        """The flow whose first lap begins at `start_ns`."""
        self._tape = tape
        self._place(start_ns, 1, 0)

    def _place(self, lap_start_ns: int, lap: int, index: int) -> None:
        self._lap_start_ns, self._lap, self._index = lap_start_ns, lap, index
        self.next_due_ns = lap_start_ns + self._tape.batches[index].offset_ns
        """When the next batch is to be played."""

    def pop(self) -> tuple[int, int, bool, Batch]:
        """Takes the next batch.

        Returns:
            time when it is due; number of the lap, from 1; whether the lap is mirrored; the
            batch as it is to be played.
        """
        tape, lap, time_ns = self._tape, self._lap, self.next_due_ns
        batch, is_mirrored = tape.batches[self._index], lap % 2 == 0
        if is_mirrored:
            batch = mirrored(batch, tape.mirror_units)
        if self._index + 1 < len(tape.batches):
            self._place(self._lap_start_ns, lap, self._index + 1)
        else:
            self._place(self._lap_start_ns + tape.lap_ns, lap + 1, 0)
        return time_ns, lap, is_mirrored, batch

    def delay(self, by_ns: int) -> None:
        """Shifts all that is to come: the market stood still that long."""
        self._place(self._lap_start_ns + by_ns, self._lap, self._index)

    def state(self) -> list[int]:
        """Where the flow is, for `from_state`."""
        return [self._lap_start_ns, self._lap, self._index]

    @classmethod
    def from_state(cls, tape: Tape, state: Sequence[int]) -> TapeFlow:
        """The flow of the same tape whose `state()` this was."""
        lap_start_ns, lap, index = state
        flow = cls(tape, lap_start_ns)
        flow._place(lap_start_ns, lap, index)
        return flow
