from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chp.core.flow.tape import TapeFlow, build_tape
from chp.core.matching.quotes import TapeQuotes
from chp.model.flow import TapePrint
from chp.model.order import Side
from chp.units import NS_PER_SECOND

MIRROR_UNITS = 1_000
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 3]),  # seconds since the print before
        st.sampled_from([1, 1, 1, 2]),  # numbers since the print before
        st.sampled_from(list(Side)),
        st.integers(490, 510),
        st.integers(1, 50),
    ),
    min_size=1,
    max_size=40,
)


@st.composite
def recordings(draw: st.DrawFn) -> list[TapePrint]:
    """Continuous trades with times and numbers that never go back."""
    second, number, prints = 1_000, 0, []
    for seconds, numbers, side, price_units, lots in draw(_ROWS):
        second, number = second + seconds, number + numbers
        prints.append(TapePrint(second * NS_PER_SECOND, price_units, lots, side, number))
    return prints


def _worse(earlier: TapePrint, later: TapePrint) -> bool:
    if earlier.aggressor is Side.BUY:
        return later.price_units >= earlier.price_units
    return later.price_units <= earlier.price_units


def _one_order(earlier: TapePrint, later: TapePrint) -> bool:
    return (
        later.recorded_no - earlier.recorded_no == 1
        and later.time_ns == earlier.time_ns
        and later.aggressor is earlier.aggressor
        and _worse(earlier, later)
    )


@given(recordings())
def test_batches_are_the_longest_runs_of_the_recorded_prints(prints: list[TapePrint]) -> None:
    tape = build_tape("X", prints, MIRROR_UNITS)
    assert [print_ for batch in tape.batches for print_ in batch.prints] == prints
    for batch in tape.batches:
        assert {print_.aggressor for print_ in batch.prints} == {batch.aggressor}
        assert all(_one_order(earlier, later) for earlier, later in pairwise(batch.prints))
    for batch, after in pairwise(tape.batches):
        assert not _one_order(batch.prints[-1], after.prints[0])
        assert batch.offset_ns < after.offset_ns
    for batch in tape.batches:
        second = batch.prints[0].time_ns - prints[0].time_ns
        assert second <= batch.offset_ns < second + NS_PER_SECOND
        assert batch.offset_ns < tape.lap_ns


@given(recordings())
def test_quotes_never_cross_and_hold_the_batch_between_them(prints: list[TapePrint]) -> None:
    quotes = TapeQuotes(1)
    for batch in build_tape("X", prints, MIRROR_UNITS).batches:
        quotes.before_batch(batch)
        assert quotes.bid_units < quotes.ask_units
        taken = quotes.ask_units if batch.aggressor is Side.BUY else quotes.bid_units
        assert taken == batch.prints[0].price_units
        quotes.after_batch(batch)
        assert quotes.bid_units < quotes.ask_units
        assert min(quotes.bid_lots, quotes.ask_lots) >= 1


@given(recordings(), st.integers(0, 10**18), st.data())
def test_a_flow_restored_anywhere_goes_on_identically(
    prints: list[TapePrint], start_ns: int, data: st.DataObject
) -> None:
    tape = build_tape("X", prints, MIRROR_UNITS)
    flow = TapeFlow(tape, start_ns)
    for _ in range(data.draw(st.integers(0, 3 * len(tape.batches)))):
        flow.pop()
    flow.delay(data.draw(st.integers(0, 10**12)))
    again = TapeFlow.from_state(tape, flow.state())
    for _ in range(len(tape.batches) + 1):
        assert again.pop() == flow.pop()


@given(recordings())
def test_time_never_stops_and_prices_join_where_laps_meet(prints: list[TapePrint]) -> None:
    tape = build_tape("X", prints, prints[0].price_units + prints[-1].price_units)
    flow = TapeFlow(tape, 0)
    played = [flow.pop() for _ in range(4 * len(tape.batches))]
    for (time_ns, lap, _, batch), (later_ns, later_lap, _, later) in pairwise(played):
        assert later_ns > time_ns
        if later_lap != lap:
            assert later.prints[0].price_units == batch.prints[-1].price_units
    assert [lap for _, lap, _, _ in played[:: len(tape.batches)]] == [1, 2, 3, 4]
