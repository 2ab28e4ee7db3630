from __future__ import annotations

import pytest

from chp.core.matching.stops import StopBook
from chp.model.order import Side


def _stops() -> StopBook:
    """Buys 1, 4, 5 at 105, 103, 105; sells 2, 3, 6 at 95, 97, 95."""
    stops = StopBook()
    for order_id, side, price in (
        (1, Side.BUY, 105),
        (2, Side.SELL, 95),
        (3, Side.SELL, 97),
        (4, Side.BUY, 103),
        (5, Side.BUY, 105),
        (6, Side.SELL, 95),
    ):
        stops.add(order_id, side, price)
    return stops


# Lowest and highest trade of a batch; what fires, in the order of acceptance.
@pytest.mark.parametrize(
    ("low", "high", "fired"),
    [
        (98, 102, []),
        (100, 103, [4]),
        (100, 104, [4]),
        (100, 105, [1, 4, 5]),
        (100, 999, [1, 4, 5]),
        (97, 100, [3]),
        (96, 100, [3]),
        (95, 100, [2, 3, 6]),
        (1, 100, [2, 3, 6]),
        (97, 103, [3, 4]),
        (95, 105, [1, 2, 3, 4, 5, 6]),
        (104, 104, [4]),
    ],
)
def test_stops_fire_at_their_price_or_beyond_in_the_order_of_acceptance(
    low: int, high: int, fired: list[int]
) -> None:
    stops = _stops()
    assert stops.pop_triggered(low, high) == fired
    assert len(stops) == 6 - len(fired)
    assert stops.pop_triggered(low, high) == []
    rest = [order_id for order_id in range(1, 7) if order_id not in fired]
    assert stops.pop_triggered(1, 999) == rest


def test_removed_stop_does_not_fire() -> None:
    stops = _stops()
    assert stops.remove(5)
    assert not stops.remove(5)
    assert not stops.remove(7)
    assert stops.pop_triggered(1, 999) == [1, 2, 3, 4, 6]
    assert not stops.remove(1)


def test_moved_stop_keeps_its_place_in_the_order_of_acceptance() -> None:
    stops = _stops()
    stops.remove(1)
    stops.add(1, Side.BUY, 103)
    assert stops.pop_triggered(100, 103) == [1, 4]
