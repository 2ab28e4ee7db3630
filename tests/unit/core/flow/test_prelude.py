from __future__ import annotations

from itertools import pairwise
from statistics import pstdev

import pytest
from msgspec.structs import replace

from chp.core.flow.prelude import prelude_bars
from chp.model.instrument import Instrument
from chp.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tests.support.flow_cases import SBER, START_NS, VKCO, VTBR

GAZP = replace(
    SBER, symbol="GAZP", opening_units=161_98, previous_close_units=162_01, legal_close_units=162_01
)
MIDNIGHT_NS = START_NS - 3 * 60 * NS_PER_MINUTE
"""2026-01-01 00:00 in Moscow."""
MINUTES = 43_200


@pytest.mark.parametrize("live", [GAZP, SBER, VTBR, VKCO], ids=lambda live: live.symbol)
def test_bars_are_thirty_days_of_a_possible_market(live: Instrument) -> None:
    bars = prelude_bars(live, 1, START_NS)
    assert len(bars) == MINUTES
    assert bars[-1].close_units == live.opening_units
    for bar, after in pairwise(bars):
        assert after.close_ns == bar.close_ns + NS_PER_MINUTE
        assert after.open_units == bar.close_units
    for bar in bars:
        prices = (bar.open_units, bar.high_units, bar.low_units, bar.close_units)
        assert bar.low_units == min(prices)
        assert bar.high_units == max(prices)
        assert not any(price % live.step_units for price in prices)
        assert 90 * live.opening_units <= 100 * bar.low_units
        assert 100 * bar.high_units <= 110 * live.opening_units
        assert bar.securities > 0
        assert bar.securities % live.lot_size == 0


def test_bars_move_and_differ() -> None:
    bars = prelude_bars(SBER, 1, START_NS)
    closes = [bar.close_units / SBER.opening_units for bar in bars]
    assert 0.004 < pstdev(closes) < 0.013
    assert len({bar.securities for bar in bars}) > 100
    assert sum(bar.high_units > max(bar.open_units, bar.close_units) for bar in bars) > MINUTES / 2
    assert sum(bar.low_units < min(bar.open_units, bar.close_units) for bar in bars) > MINUTES / 2


@pytest.mark.parametrize("seed", range(6))
def test_no_minute_jumps_to_meet_midnight_or_the_opening_price(seed: int) -> None:
    bars = prelude_bars(SBER, seed, MIDNIGHT_NS + 1439 * NS_PER_MINUTE)
    assert max(abs(bar.close_units - bar.open_units) for bar in bars) < 0.002 * SBER.opening_units


@pytest.mark.parametrize("into_minute_ns", [0, 1, 59 * NS_PER_SECOND])
@pytest.mark.parametrize("minutes", [1, 2, 180, 1439])
def test_bars_meet_the_close_at_midnight(minutes: int, into_minute_ns: int) -> None:
    start_ns = MIDNIGHT_NS + minutes * NS_PER_MINUTE + into_minute_ns
    bars = prelude_bars(GAZP, 1, start_ns)
    assert len(bars) == MINUTES
    assert bars[-1].close_ns == start_ns - into_minute_ns
    assert bars[-1].close_units == GAZP.opening_units
    at_midnight = bars[-1 - minutes]
    assert at_midnight.close_ns == MIDNIGHT_NS
    assert at_midnight.close_units == GAZP.previous_close_units


@pytest.mark.parametrize("into_minute_ns", [0, 59 * NS_PER_SECOND])
def test_a_start_in_the_first_minute_of_a_day_ends_at_the_opening_price(
    into_minute_ns: int,
) -> None:
    bars = prelude_bars(GAZP, 1, MIDNIGHT_NS + into_minute_ns)
    assert bars[-1].close_ns == MIDNIGHT_NS
    assert bars[-1].close_units == GAZP.opening_units
    assert len(bars) == MINUTES


def test_a_start_long_ago_is_as_good() -> None:
    bars = prelude_bars(GAZP, 1, 40 * NS_PER_DAY + 7)
    assert bars[-1].close_ns == 40 * NS_PER_DAY
    assert bars[-1 - 180].close_units == GAZP.previous_close_units


def test_seed_and_symbol_make_another_past() -> None:
    bars = prelude_bars(SBER, 1, START_NS)
    assert bars == prelude_bars(SBER, 1, START_NS)
    assert bars != prelude_bars(SBER, 2, START_NS)
    assert bars != prelude_bars(replace(SBER, symbol="SBERP"), 1, START_NS)


def test_an_expensive_security_trades_at_least_a_lot() -> None:
    costly = replace(SBER, opening_units=10**9, previous_close_units=10**9, lot_size=100)
    assert min(bar.securities for bar in prelude_bars(costly, 1, START_NS)) == 100
