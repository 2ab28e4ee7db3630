from __future__ import annotations

from statistics import fmean, median, pstdev

import pytest
from msgspec.structs import replace

from chp.core.flow.synthetic import FIRST_LEVELS, GRID_NS, MOST_ORDERS, SyntheticFlow
from chp.model.flow import AddLimit, AgentAction, Aggress
from chp.model.instrument import Instrument
from chp.model.order import Side
from chp.units import NS_PER_SECOND
from tests.support.flow_book import FlowBook
from tests.support.flow_cases import SBER, START_NS, VKCO, VTBR, instrument

LIVE = pytest.mark.parametrize("live", [SBER, VTBR, VKCO], ids=lambda live: live.symbol)


def _step(flow: SyntheticFlow, book: FlowBook) -> list[AgentAction]:
    actions = flow.step(book.remaining)
    for action in actions:
        book.act(action)
    return actions


def _spread_steps(book: FlowBook, live: Instrument) -> int:
    return (book.levels(Side.SELL)[0] - book.levels(Side.BUY)[0]) // live.step_units


@LIVE
def test_the_first_step_puts_up_a_whole_book_at_the_opening_price(live: Instrument) -> None:
    flow, book = SyntheticFlow(live, 1, START_NS), FlowBook()
    assert flow.next_due_ns == START_NS
    actions = _step(flow, book)
    assert all(isinstance(action, AddLimit) for action in actions)
    assert not book.trades
    bids, asks = book.levels(Side.BUY), book.levels(Side.SELL)
    assert len(bids) == len(asks) == FIRST_LEVELS
    assert bids[0] <= live.opening_units < asks[0]
    assert 1 <= _spread_steps(book, live) <= 3


@LIVE
def test_an_hour_looks_like_a_market(live: Instrument) -> None:
    flow, book = SyntheticFlow(live, 2, START_NS), FlowBook()
    _step(flow, book)
    spreads, swept, printing, refs = [], 0, 0, set[int]()
    for _ in range(3600):
        traded = len(book.trades)
        for action in _step(flow, book):
            if isinstance(action, AddLimit):
                assert action.ref < 0
                assert action.ref not in refs
                refs.add(action.ref)
        printing += len(book.trades) > traded
        swept += len({price for price, _, _ in book.trades[traded:]}) > 1
        spreads.append(_spread_steps(book, live))
        assert len(book.orders) <= 2 * (MOST_ORDERS + FIRST_LEVELS)
    assert 0.45 < printing / 3600 < 0.57
    assert 0.10 < swept / printing < 0.30
    assert min(spreads) >= 1
    assert median(spreads) <= 3
    assert sum(spread <= 3 for spread in spreads) > 0.85 * len(spreads)
    sizes = [lots for _, lots, _ in book.trades]
    assert fmean(sizes) > 2 * median(sizes)
    prices = [price / live.opening_units for price, _, _ in book.trades]
    assert 0.0003 < pstdev(prices) < 0.012
    assert {order.side for order in book.orders.values()} == {Side.BUY, Side.SELL}


def test_events_come_once_a_second_on_a_grid() -> None:
    flow, book = SyntheticFlow(SBER, 3, START_NS), FlowBook()
    gaps = []
    for _ in range(8000):
        before_ns = flow.next_due_ns
        _step(flow, book)
        gaps.append(flow.next_due_ns - before_ns)
    assert min(gaps) == GRID_NS
    assert not any(gap % GRID_NS for gap in gaps)
    # A geometric law with mean 20 intervals: its deviation is nearly its mean.
    assert abs(fmean(gaps) / NS_PER_SECOND - 1) < 0.05
    assert abs(pstdev(gaps) / NS_PER_SECOND - 0.975) < 0.07


def test_buys_and_sells_are_about_as_many() -> None:
    flow, book = SyntheticFlow(SBER, 4, START_NS), FlowBook()
    sides = [a.side for _ in range(8000) for a in _step(flow, book) if isinstance(a, Aggress)]
    assert abs(sides.count(Side.BUY) / len(sides) - 0.5) < 0.04


@pytest.mark.parametrize("side", list(Side))
def test_a_swept_side_is_full_again_after_the_next_step(side: Side) -> None:
    flow, book = SyntheticFlow(SBER, 5, START_NS), FlowBook()
    for _ in range(200):
        _step(flow, book)
        assert len(book.levels(Side.BUY)) >= 5
        assert len(book.levels(Side.SELL)) >= 5
        book.take(side, 10**9)


def test_a_robot_inside_the_spread_is_traded_with() -> None:
    flow, book = SyntheticFlow(SBER, 6, START_NS), FlowBook()
    _step(flow, book)
    while _spread_steps(book, SBER) == 1:
        _step(flow, book)
    book.place(1, Side.BUY, book.levels(Side.BUY)[0] + SBER.step_units, 5)
    assert book.remaining(1) == 5
    for _ in range(600):
        _step(flow, book)
    assert not book.remaining(1)
    assert sum(lots for _, lots, maker in book.trades if maker == 1) == 5


@LIVE
def test_prices_are_on_the_step_and_within_the_limits(live: Instrument) -> None:
    flow, book = SyntheticFlow(live, 7, START_NS), FlowBook()
    for _ in range(3000):
        for action in _step(flow, book):
            if isinstance(action, AddLimit):
                assert action.price_units % live.step_units == 0
                assert 80 * live.legal_close_units <= 100 * action.price_units
                assert 100 * action.price_units <= 120 * live.legal_close_units


def test_refuses_an_opening_price_without_room_for_a_ladder() -> None:
    with pytest.raises(ValueError, match="COARSE: a market around 100 needs 36 units"):
        SyntheticFlow(instrument("COARSE", 100), 1, START_NS)
    with pytest.raises(ValueError, match="its limits are 80 and 120"):
        SyntheticFlow(instrument("COARSE", 100), 1, START_NS)
    for legal_close_units in (248_00, 347_00):
        far = replace(SBER, legal_close_units=legal_close_units)
        with pytest.raises(ValueError, match="SBER: a market around 28983"):
            SyntheticFlow(far, 1, START_NS)
    assert SyntheticFlow(replace(SBER, legal_close_units=0), 1, START_NS).next_due_ns == START_NS


def test_a_delay_shifts_all_that_is_to_come() -> None:
    flow, late = SyntheticFlow(SBER, 8, START_NS), SyntheticFlow(SBER, 8, START_NS)
    book, late_book = FlowBook(), FlowBook()
    late.delay(12_345)
    for _ in range(100):
        assert late.next_due_ns == flow.next_due_ns + 12_345
        assert _step(late, late_book) == _step(flow, book)


def test_seed_and_symbol_make_another_market() -> None:
    def actions(live: Instrument, seed: int) -> list[AgentAction]:
        return _step(SyntheticFlow(live, seed, START_NS), FlowBook())

    assert actions(SBER, 1) == actions(SBER, 1)
    assert actions(SBER, 1) != actions(SBER, 2)
    assert actions(SBER, 1) != actions(replace(SBER, symbol="SBERP"), 1)


@pytest.mark.parametrize("steps", [0, 1, 2, 500])
def test_a_restored_flow_goes_on_identically(steps: int) -> None:
    flow, book = SyntheticFlow(SBER, 9, START_NS), FlowBook()
    for _ in range(steps):
        _step(flow, book)
    state = flow.state()
    assert all(type(number) is int for number in state)
    again = SyntheticFlow.from_state(SBER, state)
    assert again.state() == state
    for _ in range(200):
        actions = again.step(book.remaining)
        assert _step(flow, book) == actions
        assert again.state() == flow.state()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_month_is_stationary() -> None:
    flow, book = SyntheticFlow(SBER, 10, START_NS), FlowBook()
    end_ns = START_NS + 30 * 86_400 * NS_PER_SECOND
    last_by_hour: dict[int, float] = {}
    while flow.next_due_ns < end_ns:
        hour = (flow.next_due_ns - START_NS) // (3600 * NS_PER_SECOND)
        _step(flow, book)
        assert len(book.levels(Side.BUY)) >= 5
        assert len(book.levels(Side.SELL)) >= 5
        if book.trades:
            last_by_hour[hour] = book.trades[-1][0] / SBER.opening_units - 1
            book.trades.clear()
    moves = list(last_by_hour.values())
    assert len(moves) == 720
    assert max(map(abs, moves)) < 0.04
    assert abs(fmean(moves)) < 0.003
    assert abs(fmean(moves[:168])) < 0.006
    assert abs(fmean(moves[-168:])) < 0.006
