from __future__ import annotations

import pytest

from chp.core.matching.tape import QUEUE_MEMORY_NS, Slice, TapeMarket
from chp.model.flow import Batch, TapePrint
from chp.model.order import Side
from chp.units import NS_PER_MINUTE

B, S = Side.BUY, Side.SELL
STEP = 5


def _play(market: TapeMarket, side: Side, *prints: tuple[int, int], now_ns: int = 0) -> None:
    """One batch; prints are (price, lots)."""
    rows = tuple(TapePrint(0, price, lots, side, 1) for price, lots in prints)
    batch = Batch(0, side, rows)
    market.before_batch(batch)
    market.after_batch(batch, now_ns)


def _market() -> TapeMarket:
    """Bid 95 with 7 lots, ask 100 with 4."""
    market = TapeMarket(STEP)
    _play(market, S, (95, 7))
    _play(market, B, (100, 4))
    assert market.quotes.state() == [95, 100, 7, 4]
    return market


def _offers(market: TapeMarket) -> tuple[Slice | None, Slice | None]:
    return market.next_slice(B), market.next_slice(S)


def test_nothing_is_offered_before_the_first_batch() -> None:
    market = TapeMarket(STEP)
    assert _offers(market) == (None, None)
    assert market.queue_ahead(B, 100, 0) == market.queue_ahead(S, 100, 0) == 0


# Lots taken from the asks (4 each) and the bids (7 each); what is offered then.
@pytest.mark.parametrize(
    ("taken", "ask", "bid"),
    [
        (0, (100, 4), (95, 7)),
        (1, (100, 3), (95, 6)),
        (4, (105, 4), (95, 3)),
        (7, (105, 1), (90, 7)),
        (8, (110, 4), (90, 6)),
        (140, (275, 4), None),
    ],
)
def test_beyond_the_quote_is_a_ladder_of_equal_slices_one_step_apart(
    taken: int, ask: Slice, bid: Slice | None
) -> None:
    market = _market()
    market.take(B, 100, taken)
    market.take(S, 95, taken)
    assert _offers(market) == (ask, bid)


def test_ladder_of_bids_ends_above_zero() -> None:
    market = _market()
    market.take(S, 5, 7 * 18)
    assert market.next_slice(S) == (5, 7)
    market.take(S, 5, 7)
    assert market.next_slice(S) is None


def test_a_batch_makes_its_own_side_whole_again_and_not_the_other() -> None:
    market = _market()
    market.take(B, 100, 3)
    market.take(S, 95, 3)
    _play(market, B, (100, 6))
    assert _offers(market) == ((100, 6), (95, 4))
    _play(market, S, (95, 2), (90, 3))
    assert _offers(market) == ((100, 6), (90, 5))


# What robots took: 3 at 100, 2 at 105 (bought); a print; what it has left; what stays uncovered.
@pytest.mark.parametrize(
    ("price", "lots", "left", "uncovered"),
    [
        (99, 9, 9, [[100, 3], [105, 2]]),
        (100, 2, 0, [[100, 1], [105, 2]]),
        (100, 3, 0, [[105, 2]]),
        (104, 9, 6, [[105, 2]]),
        (105, 4, 0, [[105, 1]]),
        (105, 9, 4, []),
        (110, 5, 0, []),
    ],
)
def test_buy_prints_cover_what_robots_bought_at_their_price_or_lower(
    price: int, lots: int, left: int, uncovered: list[list[int]]
) -> None:
    market = _market()
    market.take(B, 100, 2)
    market.take(B, 105, 2)
    market.take(B, 100, 1)
    assert market.cover(B, price, lots) == left
    assert market.cover(S, price, lots) == lots
    assert market.state()[2:4] == [uncovered, []]


@pytest.mark.parametrize(
    ("price", "left", "uncovered"),
    [(96, 9, [[95, 3], [90, 2]]), (95, 6, [[90, 2]]), (91, 6, [[90, 2]]), (90, 4, [])],
)
def test_sell_prints_cover_what_robots_sold_at_their_price_or_higher(
    price: int, left: int, uncovered: list[list[int]]
) -> None:
    market = _market()
    market.take(S, 95, 3)
    market.take(S, 90, 2)
    assert market.cover(S, price, 9) == left
    assert market.state()[2:4] == [[], uncovered]


# Side and price of a new order; the lots before it: displayed 7 and 4, printed 7 at 95, 4 at 100.
@pytest.mark.parametrize(
    ("side", "price", "ahead"),
    [
        (B, 96, 0),  # improves the quote, by less than a step
        (B, 95, 7),
        (B, 94, 7),  # off the ladder: what stands before it
        (B, 90, 7),
        (S, 99, 0),
        (S, 100, 4),
        (S, 101, 4),
        (S, 105, 4),
    ],
)
def test_queue_ahead_is_what_is_displayed(side: Side, price: int, ahead: int) -> None:
    assert _market().queue_ahead(side, price, 0) == ahead


def test_queue_ahead_is_at_least_one_lot_where_robots_took_the_rest() -> None:
    market = TapeMarket(STEP)
    _play(market, S, (90, 2), (95, 1))
    assert _offers(market) == ((100, 1), (95, 3))
    market.take(S, 95, 3)
    market.take(S, 90, 2)
    assert [market.queue_ahead(B, price, 0) for price in (95, 90, 85)] == [1, 2, 3]
    market.take(S, 90, 1)
    assert market.queue_ahead(B, 90, 0) == 2  # printed there
    assert market.queue_ahead(B, 90, QUEUE_MEMORY_NS + 1) == 1


def test_queue_ahead_is_at_least_the_largest_volume_of_one_batch_in_five_minutes() -> None:
    market = TapeMarket(STEP)
    minute = NS_PER_MINUTE
    _play(market, S, (95, 8), (95, 9), (90, 1), now_ns=0)
    _play(market, S, (95, 11), now_ns=minute)
    _play(market, B, (95, 50), now_ns=2 * minute)
    _play(market, S, (95, 2), now_ns=2 * minute)
    assert 5 * minute == QUEUE_MEMORY_NS
    after = [2 * minute, 5 * minute, 5 * minute + 1, 6 * minute, 6 * minute + 1]
    assert [market.queue_ahead(B, 95, now_ns) for now_ns in after] == [17, 17, 11, 11, 2]
    assert market.queue_ahead(S, 100, 2 * minute) == 50
    assert market.queue_ahead(S, 95, 2 * minute) == 0


def test_only_batches_that_may_still_be_the_largest_are_remembered() -> None:
    market = TapeMarket(STEP)
    late = QUEUE_MEMORY_NS + 1
    for now_ns, lots in ((0, 9), (1, 4), (2, 6), (3, 6), (4, 2)):
        _play(market, S, (95, lots), now_ns=now_ns)
    _play(market, S, (90, 5), now_ns=4)
    assert market.state()[4] == [[0, S, 95, 9], [3, S, 95, 6], [4, S, 95, 2], [4, S, 90, 5]]
    _play(market, S, (95, 1), now_ns=late)
    assert market.state()[4] == [
        [3, S, 95, 6], [4, S, 95, 2], [late, S, 95, 1], [4, S, 90, 5],
    ]  # fmt: skip
    _play(market, S, (95, 7), now_ns=late)
    assert market.state()[4] == [[late, S, 95, 7], [4, S, 90, 5]]


def test_market_comes_back_from_its_state_and_goes_on() -> None:
    market = _market()
    market.take(B, 100, 3)
    market.take(S, 95, 9)
    assert market.state() == [
        [95, 100, 7, 4],
        [3, 9],
        [[100, 3]],
        [[95, 9]],
        [[0, S, 95, 7], [0, B, 100, 4]],
    ]
    again = TapeMarket.from_state(STEP, market.state())
    assert again.state() == market.state()
    for one in (market, again):
        one.take(B, 100, 1)
        assert one.cover(S, 95, 4) == 0
        _play(one, B, (105, 2), now_ns=1)
    assert again.state() == market.state()
    assert _offers(again) == _offers(market) == ((105, 2), (90, 5))
    assert again.queue_ahead(B, 95, 1) == market.queue_ahead(B, 95, 1) == 7
