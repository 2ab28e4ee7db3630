from __future__ import annotations

from statistics import fmean, pstdev

import pytest

from chp.core.flow.random import Random
from chp.core.flow.walk import (
    FRACTION_BITS,
    RANGE_PERCENT,
    SIGHT_PER_MINUTE,
    SIGHT_PER_SECOND,
    Walk,
)

HOME = 289_83
A_MONTH_OF_SECONDS = 30 * 86_400


def test_stays_at_home_on_average_for_a_month() -> None:
    random, walk = Random.seeded(3, "SBER"), Walk(HOME, SIGHT_PER_SECOND)
    places = []
    for second in range(A_MONTH_OF_SECONDS):
        walk.move(random)
        if second % 600 == 0:
            places.append((walk.fixed >> FRACTION_BITS) / HOME - 1)
    assert abs(fmean(places)) < 0.003
    assert 0.005 < pstdev(places) < 0.011
    assert max(map(abs, places)) < 0.035
    # The last week is no farther from home than the first: nothing drifts.
    week = len(places) * 7 // 30
    assert abs(fmean(places[-week:])) < 0.005
    assert abs(fmean(places[:week])) < 0.005


@pytest.mark.parametrize("sight", [SIGHT_PER_SECOND, SIGHT_PER_MINUTE])
def test_is_turned_back_at_its_range(sight: tuple[int, int]) -> None:
    random, walk = Random(1), Walk(HOME, sight)
    walk.fixed = 2 * HOME << FRACTION_BITS
    walk.move(random)
    assert walk.fixed == (HOME << FRACTION_BITS) * (100 + RANGE_PERCENT) // 100
    walk.fixed = 0
    walk.move(random)
    assert walk.fixed == (HOME << FRACTION_BITS) - (HOME << FRACTION_BITS) * RANGE_PERCENT // 100


def test_answers_the_move_it_made() -> None:
    random, walk = Random(1), Walk(HOME, SIGHT_PER_SECOND)
    before = walk.fixed
    moves = [walk.move(random) for _ in range(100)]
    assert before + sum(moves) == walk.fixed
    assert min(moves) < 0 < max(moves)


def test_a_price_of_few_units_still_moves() -> None:
    random, walk = Random(1), Walk(1, SIGHT_PER_SECOND)
    assert any(walk.move(random) for _ in range(20))
