from __future__ import annotations

import pytest

from chp.core.ledger.fees import (
    AUCTION_RATE_MILLIONTHS,
    BROKER_RATE_MILLIONTHS,
    MAKER_RATE_MILLIONTHS,
    TAKER_RATE_MILLIONTHS,
    commission_kopecks,
)


def test_rates_are_those_of_the_rule_book() -> None:
    assert TAKER_RATE_MILLIONTHS == AUCTION_RATE_MILLIONTHS == 300
    assert MAKER_RATE_MILLIONTHS == BROKER_RATE_MILLIONTHS == 0


@pytest.mark.parametrize(
    ("value_kopecks", "commission"),
    [
        (0, 0),
        (1_666, 0),  # 0.4998
        (1_667, 1),  # 0.5001
        (5_000, 2),  # 1.5, half up
        (15_000, 5),  # 4.5, half up and not to the even one
        (161_580_00, 4_847),  # 1,000 shares at 161.58: 4,847.4
        (10**15, 3 * 10**11),
    ],
)
def test_taker_pays_three_hundredths_of_a_percent_half_up(
    value_kopecks: int, commission: int
) -> None:
    assert commission_kopecks(value_kopecks, is_maker=False) == commission


def test_maker_pays_nothing() -> None:
    assert commission_kopecks(10**15, is_maker=True) == 0


def test_commission_is_rounded_per_trade_and_not_on_the_sum() -> None:
    each = commission_kopecks(1_700, is_maker=False)  # 0.51 each
    assert [each * 10, commission_kopecks(17_000, is_maker=False)] == [10, 5]
