from __future__ import annotations

import pytest

from chp.core.matching.book import Book, BookSide, Level, Resting
from chp.model.order import Side

B, S = Side.BUY, Side.SELL


def _order(order_id: int, side: Side, price: int, lots: int) -> Resting:
    return Resting(order_id, 1, side, price, lots, order_id)


def _book(*rows: tuple[int, Side, int, int]) -> Book:
    book = Book()
    for row in rows:
        book.add(_order(*row))
    return book


def _levels(side: BookSide, depth: int = 99) -> list[tuple[int, int, list[int]]]:
    return [(level.price_units, level.lots, list(level.orders)) for level in side.top(depth)]


def _look(book: Book) -> list[list[tuple[int, int, list[int]]]]:
    return [_levels(book.side(side)) for side in Side]


ROWS = [
    (1, B, 100, 5), (2, B, 98, 6), (3, B, 100, 7), (4, B, 99, 8),
    (5, S, 103, 1), (6, S, 101, 2), (7, S, 103, 3), (8, S, 102, 4),
]  # fmt: skip


def test_levels_are_sorted_best_first_and_orders_oldest_first() -> None:
    book = _book(*ROWS)
    assert _look(book) == [
        [(100, 12, [1, 3]), (99, 8, [4]), (98, 6, [2])],
        [(101, 2, [6]), (102, 4, [8]), (103, 4, [5, 7])],
    ]
    assert list(book.orders) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("depth", "prices"), [(0, []), (1, [100]), (2, [100, 99]), (9, [100, 99, 98])]
)
def test_top_answers_at_most_so_many_levels(depth: int, prices: list[int]) -> None:
    assert [level.price_units for level in _book(*ROWS).bids.top(depth)] == prices


def test_best_and_level_at_a_price() -> None:
    book = _book(*ROWS)
    best, at = book.asks.best(), book.asks.at(103)
    assert best is not None
    assert at is not None
    assert (best.price_units, at.first().order_id, at.last().order_id) == (101, 5, 7)
    assert book.asks.at(100) is None
    assert Book().bids.best() is None


# The order taken out; then the levels of its side.
@pytest.mark.parametrize(
    ("order_id", "levels"),
    [
        (1, [(100, 7, [3]), (99, 8, [4]), (98, 6, [2])]),
        (3, [(100, 5, [1]), (99, 8, [4]), (98, 6, [2])]),
        (2, [(100, 12, [1, 3]), (99, 8, [4])]),
        (4, [(100, 12, [1, 3]), (98, 6, [2])]),
    ],
)
def test_removed_order_leaves_its_level_or_takes_it_along(
    order_id: int, levels: list[tuple[int, int, list[int]]]
) -> None:
    book = _book(*ROWS)
    removed = book.remove(order_id)
    assert removed is not None
    assert (removed.order_id, removed.level) == (order_id, None)
    assert _levels(book.bids) == levels
    assert book.remaining(order_id) == 0
    assert book.remove(order_id) is None


def test_best_level_goes_with_its_last_order() -> None:
    book = _book(*ROWS)
    book.remove(6)
    assert _levels(book.asks, 1) == [(102, 4, [8])]


def test_executed_lots_leave_the_order_and_the_level() -> None:
    book = _book(*ROWS)
    order = book.orders[1]
    book.reduce(order, 3)
    assert _levels(book.bids, 1) == [(100, 9, [1, 3])]
    assert book.remaining(1) == 2
    book.reduce(order, 2)
    assert _levels(book.bids, 1) == [(100, 7, [3])]
    assert (book.remaining(1), 1 in book.orders) == (0, False)
    book.reduce(book.orders[3], 7)
    assert _levels(book.bids, 1) == [(99, 8, [4])]


def test_same_price_of_both_sides_makes_two_levels() -> None:
    book = _book((1, B, 100, 5), (2, S, 100, 6))
    assert _look(book) == [[(100, 5, [1])], [(100, 6, [2])]]


def _level_of(order: Resting) -> Level:
    assert order.level is not None
    return order.level


def test_what_passes_a_level_passes_the_orders_that_were_there() -> None:
    book = Book()
    first, second, third = (_order(order_id, B, 100, 5) for order_id in (1, 2, 3))
    first.ahead_lots, second.ahead_lots, third.ahead_lots = 4, 9, 7
    assert [first.ahead_lots, first.level] == [4, None]
    book.add(first)
    book.add(second)
    _level_of(first).passed_lots += 6
    book.add(third)
    assert [order.ahead_lots for order in (first, second, third)] == [0, 3, 7]
    _level_of(first).passed_lots += 1
    assert [order.ahead_lots for order in (first, second, third)] == [0, 2, 6]


def test_lots_ahead_can_be_set_while_an_order_rests() -> None:
    book = _book((1, B, 100, 5))
    order = book.orders[1]
    _level_of(order).passed_lots += 6
    order.ahead_lots = 3
    assert order.ahead_lots == 3
    book.remove(1)
    order.ahead_lots = 8
    assert order.ahead_lots == 8
