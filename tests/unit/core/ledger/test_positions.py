from __future__ import annotations

from collections.abc import Sequence

import pytest

from chp.core.ledger.positions import OpenLot, PositionBook, RoundTrip
from chp.model.order import Side

B, S = Side.BUY, Side.SELL
Execution = tuple[Side, int, int]
"""(side, lots, price); order ids are 1, 2, ..., a lot is worth ten times its price."""


def _execute(book: PositionBook, executions: Sequence[Execution]) -> list[list[RoundTrip]]:
    return [
        book.execute(side, lots, price, lots * price * 10, order_id)
        for order_id, (side, lots, price) in enumerate(executions, 1)
    ]


# Executions; then the position: lots, cost, open lots; and the last execution's round trips.
@pytest.mark.parametrize(
    ("executions", "lots", "cost", "open_lots", "trips"),
    [
        ([(B, 5, 100)], 5, 5_000, [(5, 100, 1)], []),
        ([(S, 5, 100)], -5, -5_000, [(5, 100, 1)], []),
        ([(B, 5, 100), (B, 5, 110)], 10, 10_500, [(5, 100, 1), (5, 110, 2)], []),
        ([(B, 5, 100), (S, 5, 120)], 0, 0, [], [(5, 100, 120, 1, 2)]),
        ([(B, 5, 100), (S, 2, 120)], 3, 3_000, [(3, 100, 1)], [(2, 100, 120, 1, 2)]),
        (
            [(B, 5, 100), (B, 5, 110), (S, 7, 120)],
            3,
            3_150,  # averaged: 3 of 10 lots of 10,500
            [(3, 110, 2)],
            [(5, 100, 120, 1, 3), (2, 110, 120, 2, 3)],
        ),
        ([(S, 5, 100), (B, 2, 90)], -3, -3_000, [(3, 100, 1)], [(-2, 90, 100, 1, 2)]),
        ([(S, 5, 100), (B, 5, 90)], 0, 0, [], [(-5, 90, 100, 1, 2)]),
        # Through zero: the rest opens at the execution's own price.
        ([(B, 5, 100), (S, 8, 120)], -3, -3_600, [(3, 120, 2)], [(5, 100, 120, 1, 2)]),
        ([(S, 5, 100), (B, 8, 90)], 3, 2_700, [(3, 90, 2)], [(-5, 90, 100, 1, 2)]),
    ],
)
def test_position_after_executions(
    executions: Sequence[Execution],
    lots: int,
    cost: int,
    open_lots: list[OpenLot],
    trips: list[RoundTrip],
) -> None:
    book = PositionBook()
    assert _execute(book, executions)[-1] == trips
    assert (book.lots, book.cost_kopecks, list(book.open_lots)) == (lots, cost, open_lots)
    assert book.traded_today


def test_cost_of_a_share_of_the_position_is_rounded_half_away_from_zero() -> None:
    for sign, side, back in ((1, B, S), (-1, S, B)):
        book = PositionBook()
        book.execute(side, 2, 100, 1_001, 1)
        book.execute(back, 1, 100, 500, 2)
        assert book.cost_kopecks == sign * 500  # 1,001 less 501
        book.execute(back, 1, 100, 500, 3)
        assert book.cost_kopecks == 0


def test_working_lots_are_counted_by_side() -> None:
    book = PositionBook()
    book.add_working(B, 5)
    book.add_working(S, 3)
    book.add_working(B, -2)
    assert (book.working_buy_lots, book.working_sell_lots) == (3, 3)
    assert not book.traded_today


def test_position_is_idle_when_nothing_is_held_or_works() -> None:
    book = PositionBook()
    assert book.is_idle()
    book.add_working(B, 1)
    assert not book.is_idle()
    book.add_working(B, -1)
    book.add_working(S, 1)
    assert not book.is_idle()
    book.add_working(S, -1)
    _execute(book, [(S, 1, 100)])
    assert not book.is_idle()
    _execute(book, [(B, 1, 100)])
    assert book.is_idle()


def test_position_comes_back_from_its_state_and_goes_on() -> None:
    book = PositionBook()
    _execute(book, [(B, 5, 100), (B, 5, 110), (S, 2, 120)])
    book.add_working(S, 4)
    assert book.state() == [8, 8_400, [[3, 100, 1], [5, 110, 2]], 0, 4, True]
    again = PositionBook.from_state(book.state())
    assert again.state() == book.state()
    assert again.execute(S, 4, 90, 3_600, 9) == [(3, 100, 90, 1, 9), (1, 110, 90, 2, 9)]
    assert book.lots == 8
