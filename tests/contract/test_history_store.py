"""CT-H: what every `HistoryStore` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from chp.adapters.history.store import FileHistory
from chp.errors import StoreError, UsageError
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.ports import HistoryStore
from chp.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tests.support.flow_cases import SBER, VTBR
from tests.support.naive_bars import moscow_ns, naive_bars, trade

INSTRUMENTS = {"SBER": SBER, "VTBR": VTBR}
KEPT = [Interval.M1, Interval.M5, Interval.H1, Interval.DAY]
NOON_NS = moscow_ns("2024-02-16 12:00:00")
FOREVER_NS = 2**62

Open = Callable[[], HistoryStore]


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Open]:
    """Opens the store, after a crash where it is open already."""
    opened: list[HistoryStore] = []

    def again() -> HistoryStore:
        opened.append(FileHistory(tmp_path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Open) -> HistoryStore:
    return reopen()


def bars_of(store: HistoryStore, resolution: Interval, symbol: str = "SBER") -> list[Bar]:
    with store.view() as view:
        forward = list(view.bars_forward(symbol, resolution, -FOREVER_NS))
        assert list(view.bars_back(symbol, resolution, FOREVER_NS)) == forward[::-1]
        return forward


def trades_of(store: HistoryStore, symbol: str = "SBER") -> list[Trade]:
    with store.view() as view:
        forward = list(view.trades_forward(symbol, -FOREVER_NS, 10_000))
        assert list(view.trades_back(symbol, FOREVER_NS, 10_000)) == forward[::-1]
        return forward


def minutes(*closes: int, first: str = "12:01:00") -> list[Bar]:
    stamp_ns = moscow_ns(f"2024-02-16 {first}")
    return [
        Bar(stamp_ns + at * NS_PER_MINUTE, close, close + 2, close - 2, close + 1, 10 + at)
        for at, close in enumerate(closes)
    ]


def spread_trades(days: int, a_day: int) -> list[Trade]:
    """Trades of two symbols in turns over some days, two at each moment."""
    step_ns = NS_PER_DAY // a_day
    return [
        trade(
            100_001 + number,
            NOON_NS + number // 4 * 4 * step_ns + number % 4 // 2 * NS_PER_SECOND,
            100 + number * 7 % 11,
            1 + number % 5,
            "VTBR" if number % 2 else "SBER",
        )
        for number in range(days * a_day)
    ]


def of_symbol(trades: Sequence[Trade], symbol: str = "SBER") -> list[Trade]:
    return [row for row in trades if row.symbol == symbol]


def test_ct_h01_new_store_is_empty(store: HistoryStore) -> None:
    assert [bars_of(store, resolution) for resolution in KEPT] == [[]] * 4
    assert trades_of(store) == []
    with store.view() as view:
        assert view.last_trade_no == 0


def test_ct_h02_bars_are_found_from_a_stamp_on_in_both_directions(store: HistoryStore) -> None:
    bars = minutes(100, 101, 102, 103)
    store.put_bars("SBER", Interval.M1, bars)
    with store.view() as view:
        at_ns = bars[1].close_ns
        assert list(view.bars_back("SBER", Interval.M1, at_ns)) == [bars[1], bars[0]]
        assert list(view.bars_forward("SBER", Interval.M1, at_ns)) == bars[1:]
        assert list(view.bars_back("SBER", Interval.M1, at_ns - 1)) == [bars[0]]
        assert list(view.bars_forward("SBER", Interval.M1, at_ns + 1)) == bars[2:]
        assert next(view.bars_forward("SBER", Interval.M1, 0)) == bars[0]


def test_ct_h03_putting_bars_again_replaces_them_and_what_follows(store: HistoryStore) -> None:
    store.put_bars("SBER", Interval.M1, minutes(100, 101, 102))
    better = minutes(200, first="12:02:00")
    store.put_bars("SBER", Interval.M1, better)
    first, _, last = minutes(100, 101, 102)
    assert bars_of(store, Interval.M1) == [first, *better, last]
    assert bars_of(store, Interval.DAY) == [
        Bar(moscow_ns("2024-02-16 23:59:59"), 100, 202, 98, 103, 32)
    ]


def test_ct_h04_longer_bars_follow_from_minutes(store: HistoryStore) -> None:
    store.put_bars("SBER", Interval.M1, minutes(100, 101, 102, 103, 104, 105, first="12:58:00"))
    assert bars_of(store, Interval.M5) == [
        Bar(moscow_ns("2024-02-16 13:00:00"), 100, 104, 98, 103, 33),
        Bar(moscow_ns("2024-02-16 13:05:00"), 103, 107, 101, 106, 42),
    ]
    assert bars_of(store, Interval.H1) == [
        Bar(moscow_ns("2024-02-16 13:00:00"), 100, 104, 98, 103, 33),
        Bar(moscow_ns("2024-02-16 14:00:00"), 103, 107, 101, 106, 42),
    ]
    assert bars_of(store, Interval.DAY) == [
        Bar(moscow_ns("2024-02-16 23:59:59"), 100, 107, 98, 106, 75)
    ]


def test_ct_h05_five_minutes_alone_make_hours_and_days_and_no_minutes(store: HistoryStore) -> None:
    fives = [
        Bar(moscow_ns("2024-02-16 23:55:00"), 100, 105, 99, 104, 10),
        Bar(moscow_ns("2024-02-17 00:00:00"), 104, 106, 97, 98, 20),
        Bar(moscow_ns("2024-02-17 00:05:00"), 98, 99, 90, 91, 40),
    ]
    store.put_bars("SBER", Interval.M5, fives)
    assert bars_of(store, Interval.M1) == []
    assert bars_of(store, Interval.M5) == fives
    assert bars_of(store, Interval.H1) == [
        Bar(moscow_ns("2024-02-17 00:00:00"), 100, 106, 97, 98, 30),
        Bar(moscow_ns("2024-02-17 01:00:00"), 98, 99, 90, 91, 40),
    ]
    assert bars_of(store, Interval.DAY) == [
        Bar(moscow_ns("2024-02-16 23:59:59"), 100, 106, 97, 98, 30),
        Bar(moscow_ns("2024-02-17 23:59:59"), 98, 99, 90, 91, 40),
    ]


@pytest.mark.parametrize("first", [Interval.M1, Interval.M5])
def test_ct_h06_minutes_go_before_five_minutes(store: HistoryStore, first: Interval) -> None:
    fives = [
        Bar(moscow_ns("2024-02-16 12:05:00"), 500, 500, 400, 500, 1000),
        Bar(moscow_ns("2024-02-16 12:10:00"), 300, 300, 200, 250, 2000),
    ]
    put = {Interval.M1: minutes(100, 101), Interval.M5: fives}
    for resolution in (first, *(put.keys() - {first})):
        store.put_bars("SBER", resolution, put[resolution])
    followed = Bar(moscow_ns("2024-02-16 12:05:00"), 100, 103, 98, 102, 21)
    assert bars_of(store, Interval.M5) == [followed, fives[1]]
    assert bars_of(store, Interval.H1) == [
        Bar(moscow_ns("2024-02-16 13:00:00"), 100, 300, 98, 250, 2021)
    ]


def test_ct_h07_fillers_are_left_out(store: HistoryStore) -> None:
    filler = Bar(moscow_ns("2024-02-16 12:02:00"), 100, 100, 100, 100, 0)
    store.put_bars("SBER", Interval.M1, [filler])
    assert bars_of(store, Interval.M1) == []
    store.put_bars("SBER", Interval.M1, [*minutes(100), filler])
    assert bars_of(store, Interval.M1) == minutes(100)
    assert len(bars_of(store, Interval.DAY)) == 1


@pytest.mark.parametrize("resolution", [Interval.M10, Interval.H1, Interval.DAY])
def test_ct_h08_what_is_no_base_is_refused(store: HistoryStore, resolution: Interval) -> None:
    with pytest.raises(UsageError, match=f"M1 or M5, found {resolution.name}"):
        store.put_bars("SBER", resolution, minutes(100))
    assert bars_of(store, resolution) == []


def test_ct_h09_trades_are_found_from_a_moment_on_in_both_directions(store: HistoryStore) -> None:
    trades = spread_trades(1, 24)
    store.put_trades(trades, INSTRUMENTS)
    own = of_symbol(trades)
    assert trades_of(store) == own
    at_ns = own[4].time_ns
    with store.view() as view:
        assert view.last_trade_no == trades[-1].trade_no
        assert list(view.trades_back("SBER", at_ns, 3)) == own[4:1:-1]
        assert list(view.trades_back("SBER", at_ns - 1, 3)) == own[3:0:-1]
        assert list(view.trades_forward("SBER", at_ns, 3)) == own[4:7]
        assert list(view.trades_forward("SBER", at_ns + 1, 3)) == own[5:8]
        assert list(view.trades_back("SBER", FOREVER_NS, 1)) == own[-1:]
        assert list(view.trades_back("GAZP", FOREVER_NS, 1)) == []


def test_ct_h10_trades_of_one_moment_are_in_the_order_of_their_numbers(
    store: HistoryStore,
) -> None:
    trades = [trade(number, NOON_NS, 100 + number, 1) for number in range(1, 6)]
    store.put_trades(trades, INSTRUMENTS)
    assert trades_of(store) == trades
    assert bars_of(store, Interval.M1) == [
        Bar(NOON_NS + NS_PER_MINUTE, 101, 105, 101, 105, 5 * SBER.lot_size)
    ]


def test_ct_h11_trades_count_in_bars_of_every_length(store: HistoryStore) -> None:
    trades = spread_trades(3, 100)
    store.put_trades(trades[:150], INSTRUMENTS)
    store.put_trades(trades[150:], INSTRUMENTS)
    for instrument in (SBER, VTBR):
        symbol = instrument.symbol
        for resolution in KEPT:
            wanted = naive_bars(of_symbol(trades, symbol), resolution, instrument.lot_size)
            assert bars_of(store, resolution, symbol) == wanted


@pytest.mark.parametrize("overlap", [0, 1, 20])
def test_ct_h12_known_numbers_are_ignored(reopen: Open, overlap: int) -> None:
    trades = spread_trades(1, 40)
    store = reopen()
    store.put_trades(trades[:20], INSTRUMENTS)
    again = reopen()
    again.put_trades(trades[20 - overlap :], INSTRUMENTS)
    again.put_trades(trades, INSTRUMENTS)
    again.put_trades([], INSTRUMENTS)
    assert trades_of(again) == of_symbol(trades)
    wanted = naive_bars(of_symbol(trades), Interval.M1, SBER.lot_size)
    assert bars_of(again, Interval.M1) == wanted


def test_ct_h13_a_view_does_not_change(store: HistoryStore) -> None:
    trades = spread_trades(1, 40)
    store.put_trades(trades[:20], INSTRUMENTS)
    with store.view() as view:
        store.put_trades(trades[20:], INSTRUMENTS)
        store.put_bars("SBER", Interval.M1, minutes(900, first="15:00:00"))
        assert view.last_trade_no == trades[19].trade_no
        bars = list(view.bars_forward("SBER", Interval.M1, 0))
        found = list(view.trades_forward("SBER", 0, 100))
    assert bars == naive_bars(of_symbol(trades[:20]), Interval.M1, SBER.lot_size)
    assert found == of_symbol(trades[:20])
    assert trades_of(store) == of_symbol(trades)


def test_ct_h14_a_view_left_in_the_middle_leaves_nothing_behind(store: HistoryStore) -> None:
    store.put_bars("SBER", Interval.M1, minutes(100, 101, 102))
    for _ in range(10):
        with store.view() as view:
            next(view.bars_back("SBER", Interval.M1, FOREVER_NS))
    store.put_bars("SBER", Interval.M1, minutes(200, first="12:04:00"))
    assert len(bars_of(store, Interval.M1)) == 4


def test_ct_h15_filing_days_changes_no_answer(store: HistoryStore) -> None:
    trades = spread_trades(4, 40)
    own = of_symbol(trades)
    store.put_trades(trades, INSTRUMENTS)
    store.file_days()
    store.file_days()
    assert trades_of(store) == own
    assert bars_of(store, Interval.M1) == naive_bars(own, Interval.M1, SBER.lot_size)
    with store.view() as view:
        for at in range(0, len(own), 7):
            moment_ns = own[at].time_ns
            back = [row for row in reversed(own) if row.time_ns <= moment_ns]
            forward = [row for row in own if row.time_ns >= moment_ns]
            for limit in (1, 2, 25, 45, 500):
                assert list(view.trades_back("SBER", moment_ns, limit)) == back[:limit]
                assert list(view.trades_forward("SBER", moment_ns, limit)) == forward[:limit]


def test_ct_h16_a_late_trade_of_a_filed_day_is_filed_too(store: HistoryStore) -> None:
    trades = spread_trades(2, 40)
    store.put_trades(trades, INSTRUMENTS)
    store.file_days()
    late = trade(200_000, NOON_NS + NS_PER_SECOND, 55, 3)
    store.put_trades([late], INSTRUMENTS)
    wanted = sorted([*of_symbol(trades), late], key=lambda row: (row.time_ns, row.trade_no))
    assert trades_of(store) == wanted
    store.file_days()
    assert trades_of(store) == wanted
    with store.view() as view:
        assert list(view.trades_back("SBER", FOREVER_NS, 3)) == wanted[:-4:-1]


def test_ct_h17_all_that_was_put_is_there_after_a_crash(reopen: Open) -> None:
    store = reopen()
    trades = spread_trades(3, 40)
    store.put_bars("GAZP", Interval.M1, minutes(100, 101))
    store.put_trades(trades[:60], INSTRUMENTS)
    store.file_days()
    store.put_trades(trades[60:], INSTRUMENTS)
    again = reopen()
    assert trades_of(again) == of_symbol(trades)
    assert bars_of(again, Interval.M1, "GAZP") == minutes(100, 101)
    with again.view() as view:
        assert view.last_trade_no == trades[-1].trade_no


def test_ct_h18_nothing_is_put_of_what_cannot_be_put(store: HistoryStore) -> None:
    trades = spread_trades(1, 8)
    with pytest.raises(KeyError):
        store.put_trades(trades, {"SBER": SBER})
    assert trades_of(store) == []
    assert bars_of(store, Interval.M1) == []
    store.put_trades(trades, INSTRUMENTS)
    assert trades_of(store) == of_symbol(trades)


def test_ct_h19_a_closed_store_says_so(store: HistoryStore) -> None:
    store.close()
    with pytest.raises(StoreError):
        store.put_bars("SBER", Interval.M1, minutes(100))
    with pytest.raises(StoreError), store.view():
        pass
