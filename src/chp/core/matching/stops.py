"""Untriggered stop orders of one instrument, found by the prices that trade.

Not the children they become: those are the broker's. Source: market.md section 6.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from chp.model.order import Side


class StopBook:
    """Stops by side and price; a buy fires at last >= stop, a sell at last <= stop."""

    __slots__ = ("_keys", "_sides")

    def __init__(self) -> None:
        """No stops."""
        self._keys: dict[Side, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
        self._sides: dict[int, tuple[Side, tuple[int, int]]] = {}

    def __len__(self) -> int:
        """How many stops wait."""
        return len(self._sides)

    def add(self, order_id: int, side: Side, stop_units: int) -> None:
        """Waits for a trade at or beyond `stop_units`; ids rise in the order of acceptance."""
        key = (stop_units if side is Side.BUY else -stop_units, order_id)
        insort(self._keys[side], key)
        self._sides[order_id] = (side, key)

    def remove(self, order_id: int) -> bool:
        """Forgets a stop; False where it does not wait here."""
        found = self._sides.pop(order_id, None)
        if found is None:
            return False
        side, key = found
        keys = self._keys[side]
        del keys[bisect_left(keys, key)]
        return True

    def pop_triggered(self, low_units: int, high_units: int) -> list[int]:
        """The stops fired by trades between two prices, in the order of acceptance; forgotten."""
        fired = []
        for side, reach in ((Side.BUY, high_units), (Side.SELL, -low_units)):
            keys = self._keys[side]
            end = bisect_left(keys, (reach + 1, 0))
            fired += [order_id for _, order_id in keys[:end]]
            del keys[:end]
        for order_id in fired:
            del self._sides[order_id]
        return sorted(fired)
