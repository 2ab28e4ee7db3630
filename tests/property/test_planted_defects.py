from __future__ import annotations

from functools import cache

import pytest

from chp.core.matching.exchange import Exchange
from tests.support.matching_stream import (
    StreamMaker,
    Timed,
    first_difference,
    new_engine,
    new_oracle,
)
from tests.support.planted_defects import DEFECTS, MakeExchange

MARKETS = [(seed, step) for seed in range(4) for step in (None, 1, 5)]


@cache
def _stream(seed: int, step: int | None) -> list[Timed]:
    return StreamMaker(seed, step).commands(500)


def _differences(make: MakeExchange) -> list[str]:
    """What the comparison finds; an engine that breaks down is not found, it fails the test."""
    found = [
        first_difference(make(step), new_oracle(step), _stream(seed, step))
        for seed, step in MARKETS
    ]
    return [difference for difference in found if difference is not None]


def test_comparison_finds_nothing_in_the_engine_as_it_is() -> None:
    def make(step: int | None) -> Exchange:
        return new_engine(step)

    assert _differences(make) == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_comparison_finds_the_planted_defect(defect: str) -> None:
    assert _differences(DEFECTS[defect])


def test_there_are_enough_defects() -> None:
    assert len(DEFECTS) >= 20
