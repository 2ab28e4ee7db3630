from __future__ import annotations

import pytest

from chp.core.flow.ladder import Ladder
from chp.model.order import Side


def _ladder(side: Side, prices: list[int]) -> Ladder:
    ladder = Ladder(side, 5)
    ladder.anchor_units = 1000
    ladder.orders.update({-1 - place: price for place, price in enumerate(prices)})
    return ladder


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, 985), (Side.SELL, 1015)])
def test_distances_count_steps_away_from_the_other_side(side: Side, price: int) -> None:
    ladder = _ladder(side, [])
    assert ladder.price_units(3) == price
    assert ladder.distance(price) == 3
    assert ladder.distance(2000 - price) == -3


def test_outside_is_behind_the_reference_or_out_of_reach() -> None:
    ladder = _ladder(Side.BUY, [1005, 1000, 955, 950])
    assert ladder.pop_outside(10) == [-1, -4]
    assert ladder.orders == {-2: 1000, -3: 955}


def test_forgets_what_is_gone() -> None:
    ladder = _ladder(Side.SELL, [1000, 1005])
    ladder.forget_gone({-1: 0, -2: 7}.__getitem__)
    assert ladder.orders == {-2: 1005}


def test_sums_lots_by_level_best_first() -> None:
    ladder = _ladder(Side.SELL, [1010, 1000, 1010, 1040])
    lots = {-1: 2, -2: 3, -3: 5, -4: 7}
    assert ladder.distances() == [0, 2, 8]
    assert ladder.lots_of_best(2, lots.__getitem__) == [3, 7]
    assert ladder.lots_of_best(9, lots.__getitem__) == [3, 7, 7]
