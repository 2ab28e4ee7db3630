from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chp.core.flow.synthetic import SyntheticFlow
from chp.model.flow import AddLimit, Aggress, CancelLimit
from chp.model.instrument import Instrument
from chp.model.order import Side
from tests.support.flow_book import FlowBook
from tests.support.flow_cases import SBER, START_NS, VKCO, VTBR

# A robot's deed between two steps: (side, lots), 0 lots for none.
_DEEDS = st.lists(
    st.tuples(st.sampled_from(list(Side)), st.sampled_from([0, 0, 1, 40, 700, 10**8])),
    max_size=60,
)
_LIVE = st.sampled_from([SBER, VTBR, VKCO])


@settings(deadline=None)
@given(_LIVE, st.integers(), _DEEDS)
def test_whatever_robots_take_the_book_is_never_empty_nor_crossed(
    live: Instrument, seed: int, deeds: list[tuple[Side, int]]
) -> None:
    flow, book = SyntheticFlow(live, seed, START_NS), FlowBook()
    for side, lots in [(Side.BUY, 0), *deeds]:
        for action in flow.step(book.remaining):
            if isinstance(action, Aggress):
                assert action.lots > 0
            elif isinstance(action, CancelLimit):
                assert book.remaining(action.ref) > 0
            book.act(action)
        bids, asks = book.levels(Side.BUY), book.levels(Side.SELL)
        assert min(len(bids), len(asks)) >= 5
        assert bids[0] < asks[0]
        book.take(side, lots)


@settings(deadline=None)
@given(st.integers(), st.integers(1, 3), st.integers(1, 500), st.integers(0, 60))
def test_robots_inside_the_spread_harm_nothing(
    seed: int, inside: int, lots: int, patience: int
) -> None:
    flow, book = SyntheticFlow(SBER, seed, START_NS), FlowBook()
    for step in range(1, 120):
        for action in flow.step(book.remaining):
            if isinstance(action, AddLimit):
                assert action.price_units % SBER.step_units == 0
            book.act(action)
        if step % (patience + 1) == 0 and book.levels(Side.BUY):
            best = book.levels(Side.BUY)[0]
            book.orders.pop(step - patience - 1, None)
            book.place(step, Side.BUY, best + inside * SBER.step_units, lots)


@settings(deadline=None, max_examples=40)
@given(_LIVE, st.integers(), _DEEDS, st.integers(0, 59), st.integers(0, 10**12))
def test_a_flow_restored_anywhere_goes_on_identically(
    live: Instrument, seed: int, deeds: list[tuple[Side, int]], at: int, delay_ns: int
) -> None:
    flow, book = SyntheticFlow(live, seed, START_NS), FlowBook()
    again = flow
    for place, (side, lots) in enumerate(deeds):
        if place == min(at, len(deeds) - 1):
            flow.delay(delay_ns)
            again = SyntheticFlow.from_state(live, flow.state())
        actions = flow.step(book.remaining)
        if again is not flow:
            assert again.step(book.remaining) == actions
            assert again.state() == flow.state()
        for action in actions:
            book.act(action)
        book.take(side, lots)
