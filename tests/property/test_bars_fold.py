from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chp.core.bars import bar_limits_ns, first_stamp, fold, stamp_of, trade_rows
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from tests.support.naive_bars import naive_bars, naive_stamp
from tests.support.trade_moments import ANY_MOMENTS, tapes

LOT = 10
INTERVALS = st.sampled_from(list(Interval))


def of_trades(interval: Interval, trades: list[Trade]) -> list[Bar]:
    return list(fold(interval, trade_rows(trades, LOT)))


@given(tapes(), INTERVALS)
def test_trades_fold_to_what_the_naive_way_makes_of_them(
    trades: list[Trade], interval: Interval
) -> None:
    assert of_trades(interval, trades) == naive_bars(trades, interval, LOT)


@given(tapes(), INTERVALS)
def test_minutes_fold_to_what_trades_fold_to(trades: list[Trade], interval: Interval) -> None:
    minutes = of_trades(Interval.M1, trades)
    assert list(fold(interval, minutes)) == of_trades(interval, trades)


@pytest.mark.parametrize("finer", [Interval.M5, Interval.H1, Interval.DAY])
@given(tapes(), INTERVALS)
def test_coarser_bars_fold_to_what_trades_fold_to(
    finer: Interval, trades: list[Trade], interval: Interval
) -> None:
    coarser = max(finer, interval)
    assert list(fold(coarser, of_trades(finer, trades))) == of_trades(coarser, trades)


@given(tapes(), INTERVALS)
def test_back_and_forward_agree(trades: list[Trade], interval: Interval) -> None:
    minutes = of_trades(Interval.M1, trades)
    back = list(fold(interval, reversed(minutes), is_backward=True))
    assert back == list(fold(interval, minutes))[::-1]
    rows = list(trade_rows(trades, LOT))
    assert list(fold(interval, reversed(rows), is_backward=True)) == back


@given(tapes(least=1), INTERVALS, st.data())
def test_live_trades_go_on_where_stored_bars_end(
    trades: list[Trade], interval: Interval, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(trades)))
    stored = of_trades(Interval.M1, trades[:at])
    joined = [*stored, *trade_rows(trades[at:], LOT)]
    assert list(fold(interval, joined)) == of_trades(interval, trades)


@given(ANY_MOMENTS, INTERVALS)
def test_a_moment_lies_in_its_bar(time_ns: int, interval: Interval) -> None:
    opens_ns, ends_ns = bar_limits_ns(interval, time_ns)
    stamp_ns = stamp_of(interval, time_ns)
    assert opens_ns <= time_ns < ends_ns
    assert stamp_ns == naive_stamp(interval, time_ns)
    assert bar_limits_ns(interval, opens_ns) == bar_limits_ns(interval, ends_ns - 1)
    assert bar_limits_ns(interval, ends_ns)[0] == ends_ns
    assert first_stamp(interval, stamp_ns) == stamp_ns
