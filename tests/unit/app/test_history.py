from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from chp.adapters.history.store import FileHistory
from chp.app.history import PRELUDE_ROWS_AT_ONCE, ROWS_PER_ANSWER, HistoryService
from chp.core.flow.prelude import prelude_bars
from chp.errors import StoreError
from chp.model.events import AccountTouched, VenueEvent
from chp.model.instrument import FlowKind
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.units import NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND
from tests.support.flow_cases import SBER, VTBR, instrument
from tests.support.hooked_history import HookedHistory
from tests.support.naive_bars import moscow_ns, naive_answer, naive_bars, trade

LISTED = replace(instrument("YNDX", 0), flow=FlowKind.NONE)
HALTED = replace(instrument("POLY", 100), is_halted=True)
INSTRUMENTS = {each.symbol: each for each in (SBER, VTBR, LISTED, HALTED)}
SEED = 7
STARTED_NS = moscow_ns("2024-02-16 12:00:20")
NOW_NS = moscow_ns("2024-02-16 15:00:00")
FUTURE_NS = moscow_ns("2030-01-01 00:00:00")
FINISHED_NS = STARTED_NS // NS_PER_MINUTE * NS_PER_MINUTE
"""Where the bars from before the start end: at 12:00:00."""


class Past:
    """A history under test, and the store behind it."""

    def __init__(self, folder: Path) -> None:
        self.files = FileHistory(folder)
        self.store = HookedHistory(self.files)
        self.started_ns = STARTED_NS
        self.now_ns = NOW_NS
        self.service = HistoryService(
            self.store, INSTRUMENTS, lambda: SEED, lambda: self.started_ns, lambda: self.now_ns
        )

    def take(self, trades: list[Trade]) -> None:
        """Tells trades among other events."""
        events: list[VenueEvent] = [AccountTouched("P"), *trades]
        self.service.take(events)

    def minutes(self, count: int = 3, since_ns: int = FUTURE_NS) -> list[Bar]:
        """M1 bars of a share that has no bars from before the start."""
        return self.service.bars(HALTED, Interval.M1, since_ns, count)

    def trades(self, count: int = 100, since_ns: int = FUTURE_NS) -> list[Trade]:
        """Trades of the same share."""
        return self.service.trades(HALTED, since_ns, count)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    past = Past(tmp_path)
    yield past
    past.files.close()


def tape(
    first: int, count: int, symbol: str = "POLY", every_ns: int = 20 * NS_PER_SECOND
) -> list[Trade]:
    """Trades from 12:00:30 on."""
    begins_ns = STARTED_NS + 10 * NS_PER_SECOND
    return [
        trade(100_000 + at, begins_ns + at * every_ns, 100 + at * 3 % 7, 1 + at % 4, symbol)
        for at in range(first, first + count)
    ]


def bars_of(trades: list[Trade], interval: Interval = Interval.M1) -> list[Bar]:
    return naive_bars(trades, interval, HALTED.lot_size)


@pytest.mark.parametrize("on_disk", [0, 20, 40])
@pytest.mark.parametrize("interval", list(Interval), ids=lambda interval: interval.name)
def test_bars_are_answered_alike_wherever_trades_are(
    past: Past, interval: Interval, on_disk: int
) -> None:
    trades = tape(0, 40, every_ns=4 * NS_PER_MINUTE + 7)
    past.take(trades[:on_disk])
    past.service.flush()
    past.take(trades[on_disk:])
    bars = bars_of(trades, interval)
    sinces = {bar.close_ns + odd for bar in bars for odd in (-NS_PER_SECOND, -1, 0, 1)}
    for since_ns in (since_ns for since_ns in sinces if since_ns <= NOW_NS):
        for count in (1, 2, 100, -1, -2, -100):
            found = past.service.bars(HALTED, interval, since_ns, count)
            assert found == naive_answer(bars, interval, since_ns, count)


@pytest.mark.parametrize("count", [-100, -1, 1])
@pytest.mark.parametrize("interval", list(Interval), ids=lambda interval: interval.name)
def test_bars_from_the_future_start_at_the_newest(
    past: Past, interval: Interval, count: int
) -> None:
    past.take(tape(0, 40))
    newest = bars_of(tape(0, 40), interval)[-1:]
    assert past.service.bars(HALTED, interval, FUTURE_NS, count) == newest
    assert past.service.bars(HALTED, interval, NOW_NS + 1, count) == newest


def test_bars_before_all_and_after_all_are_none(past: Past) -> None:
    past.take(tape(0, 3))
    assert past.minutes(5, STARTED_NS - NS_PER_MINUTE) == []
    assert past.minutes(-5, NOW_NS) == []
    assert past.service.bars(VTBR, Interval.M1, 0, 5) == []


def test_trades_go_both_ways_from_a_moment(past: Past) -> None:
    trades = tape(0, 10)
    past.take(trades[:5])
    past.service.flush()
    past.take(trades[5:])
    assert past.trades() == trades[::-1]
    assert past.trades(-100, 0) == trades
    assert past.trades(7) == trades[:2:-1]
    assert past.trades(-7, 0) == trades[:7]
    assert past.trades(3) == trades[:6:-1]
    assert past.trades(-3, 0) == trades[:3]
    assert past.trades(100, trades[3].time_ns) == trades[3::-1]
    assert past.trades(-100, trades[7].time_ns) == trades[7:]
    assert past.trades(-100) == []


def test_trades_of_a_millisecond_are_all_found_going_back(past: Past) -> None:
    trades = [
        trade(100_000 + at, STARTED_NS + at * NS_PER_MS // 2, 100, 1, "POLY") for at in range(4)
    ]
    past.take(trades[:2])
    past.service.flush()
    past.take(trades[2:])
    assert past.trades(9, STARTED_NS) == trades[1::-1]
    assert past.trades(9, STARTED_NS + NS_PER_MS) == trades[::-1]
    assert past.trades(-9, STARTED_NS + NS_PER_MS) == trades[2:]


def test_answers_have_a_limit(past: Past) -> None:
    trades = tape(0, ROWS_PER_ANSWER + 10, every_ns=NS_PER_MS)
    past.take(trades)
    assert past.trades(2**40) == trades[:9:-1]
    assert past.trades(-(2**40), 0) == trades[:ROWS_PER_ANSWER]
    past.service.flush()
    assert past.trades(2**40) == trades[:9:-1]
    prelude = prelude_bars(SBER, SEED, STARTED_NS)
    assert past.service.bars(SBER, Interval.M1, FUTURE_NS, 2**40) == prelude[:-10_001:-1]
    assert past.service.bars(SBER, Interval.M1, 0, -(2**40)) == prelude[:ROWS_PER_ANSWER]


def test_what_is_told_again_counts_once(past: Past) -> None:
    trades = tape(0, 10)
    past.take(trades[:6])
    past.service.flush()
    past.take(trades)
    assert past.minutes(-100, 0) == bars_of(trades)
    assert past.trades() == trades[::-1]
    past.service.flush()
    assert past.minutes(-100, 0) == bars_of(trades)
    assert past.trades() == trades[::-1]


def test_flushing_nothing_does_nothing(past: Past) -> None:
    past.service.flush()
    past.service.take([AccountTouched("P")])
    past.service.flush()
    assert past.store.moments == []


def test_what_could_not_be_flushed_stays_and_is_flushed_later(past: Past) -> None:
    trades = tape(0, 10)

    def fail() -> None:
        past.take(trades[5:])
        raise StoreError("no space left")

    past.store.hooks["before put_trades"] = fail
    past.take(trades[:5])
    with pytest.raises(StoreError, match="no space left"):
        past.service.flush()
    assert past.trades() == trades[::-1]
    assert past.minutes(-100, 0) == bars_of(trades)
    past.service.flush()
    assert past.trades() == trades[::-1]
    with past.files.view() as view:
        assert view.last_trade_no == trades[-1].trade_no


@pytest.mark.parametrize("moment", ["before put_trades", "after put_trades"])
def test_reading_sees_each_trade_once_while_a_flush_is_under_way(past: Past, moment: str) -> None:
    trades = tape(0, 12)
    seen: list[tuple[list[Bar], list[Trade]]] = []

    def read() -> None:
        past.take(trades[8:])
        seen.append((past.minutes(-100, 0), past.trades()))

    past.take(trades[:4])
    past.service.flush()
    past.take(trades[4:8])
    past.store.hooks[moment] = read
    past.service.flush()
    seen.append((past.minutes(-100, 0), past.trades()))
    assert seen == [(bars_of(trades), trades[::-1])] * 2


@pytest.mark.parametrize("moment", ["before view", "in view"])
@pytest.mark.parametrize(
    "read",
    [
        lambda past: past.minutes(100),
        lambda past: past.minutes(-100, 0)[::-1],
        lambda past: bars_of(past.trades()[::-1])[::-1],
        lambda past: bars_of(past.trades(-100, 0))[::-1],
    ],
    ids=["bars-back", "bars-forward", "trades-back", "trades-forward"],
)
def test_a_flush_while_a_reading_is_under_way_takes_and_doubles_nothing(
    past: Past, read: Callable[[Past], list[Bar]], moment: str
) -> None:
    trades = tape(0, 12)
    past.take(trades[:4])
    past.service.flush()
    past.take(trades[4:])
    past.store.hooks[moment] = past.service.flush
    assert read(past) == bars_of(trades)[::-1]
    assert moment not in past.store.hooks


def test_trades_that_come_during_a_flush_wait_for_the_next(past: Past) -> None:
    trades = tape(0, 12)
    other = tape(12, 3, "VTBR")
    past.store.hooks["after put_trades"] = lambda: past.take([*trades[5:], *other])
    past.take(trades[:5])
    past.service.flush()
    with past.files.view() as view:
        assert view.last_trade_no == trades[4].trade_no
    past.service.flush()
    with past.files.view() as view:
        assert view.last_trade_no == other[-1].trade_no
        assert list(view.trades_forward("POLY", 0, 100)) == trades
        assert list(view.trades_forward("VTBR", 0, 100)) == other


def test_filing_days_is_left_to_the_store(past: Past) -> None:
    past.service.file_days()
    assert past.store.moments == ["before file_days"]


def test_bars_from_before_the_start_are_made_when_first_asked_for(past: Past) -> None:
    prelude = prelude_bars(SBER, SEED, STARTED_NS)
    assert past.service.bars(SBER, Interval.M1, FUTURE_NS, 3) == prelude[:-4:-1]
    assert past.service.bars(SBER, Interval.M1, 0, -2) == prelude[:2]
    puts = len(prelude) // PRELUDE_ROWS_AT_ONCE + 1
    assert past.store.moments.count("before put_bars") == puts
    assert prelude[-1].close_ns == FINISHED_NS == past.service.synthetic_bars_to_ns("SBER")


def test_bars_from_before_the_start_are_made_once(past: Past, tmp_path: Path) -> None:
    past.service.bars(SBER, Interval.M1, FUTURE_NS, 1)
    again = Past(tmp_path)
    try:
        prelude = prelude_bars(SBER, SEED, STARTED_NS)
        assert again.service.bars(SBER, Interval.M1, FUTURE_NS, 2) == prelude[:-3:-1]
        assert "before put_bars" not in again.store.moments
    finally:
        again.files.close()


def test_bars_from_before_the_start_are_made_whole_after_a_crash(
    past: Past, tmp_path: Path
) -> None:
    def crash() -> None:
        raise StoreError("no space left")

    past.store.hooks["before put_bars"] = lambda: past.store.hooks.update(
        {"before put_bars": crash}
    )
    with pytest.raises(StoreError):
        past.service.bars(SBER, Interval.M1, FUTURE_NS, 1)
    with past.files.view() as view:
        assert next(view.bars_back("SBER", Interval.M1, FUTURE_NS)).close_ns < FINISHED_NS
    again = Past(tmp_path)
    try:
        prelude = prelude_bars(SBER, SEED, STARTED_NS)
        assert again.service.bars(SBER, Interval.M1, 0, -ROWS_PER_ANSWER) == prelude[:10_000]
        assert again.service.bars(SBER, Interval.M1, FUTURE_NS, 1) == prelude[-1:]
    finally:
        again.files.close()


def test_two_who_ask_first_make_the_bars_once(past: Past) -> None:
    found: list[list[Bar]] = []

    def ask() -> None:
        found.append(past.service.bars(SBER, Interval.M1, FUTURE_NS, 2))

    second = Thread(target=ask)
    past.store.hooks["before put_bars"] = second.start
    ask()
    second.join()
    prelude = prelude_bars(SBER, SEED, STARTED_NS)
    assert found == [prelude[:-3:-1]] * 2
    puts = len(prelude) // PRELUDE_ROWS_AT_ONCE + 1
    assert past.store.moments.count("before put_bars") == puts


def test_the_venues_own_bars_follow_those_from_before_the_start(past: Past) -> None:
    own = tape(0, 2, "SBER")
    past.take(own)
    past.service.flush()
    prelude = prelude_bars(SBER, SEED, STARTED_NS)
    first = naive_bars(own, Interval.M1, SBER.lot_size)
    assert first[0].close_ns == FINISHED_NS + NS_PER_MINUTE
    found = past.service.bars(SBER, Interval.M1, FUTURE_NS, len(first) + 1)
    assert found == [*reversed(first), prelude[-1]]
    (hour,) = past.service.bars(SBER, Interval.H1, FUTURE_NS, 1)
    assert hour == naive_bars(own, Interval.H1, SBER.lot_size)[0]


def test_a_start_on_the_minute_shares_no_bar(past: Past) -> None:
    past.started_ns = FINISHED_NS
    own = [trade(100_001, FINISHED_NS, 28983, 1, "SBER")]
    past.take(own)
    prelude = prelude_bars(SBER, SEED, FINISHED_NS)
    found = past.service.bars(SBER, Interval.M1, FUTURE_NS, 2)
    assert found == [*naive_bars(own, Interval.M1, SBER.lot_size), prelude[-1]]


@pytest.mark.parametrize("symbol", ["YNDX", "POLY", "NONE"])
def test_what_is_not_live_has_no_bars_from_before_the_start(past: Past, symbol: str) -> None:
    assert past.service.synthetic_bars_to_ns(symbol) is None
    if symbol in INSTRUMENTS:
        assert past.service.bars(INSTRUMENTS[symbol], Interval.M1, FUTURE_NS, 1) == []


def test_before_the_start_is_known_nothing_is_made(past: Past) -> None:
    past.started_ns = 0
    assert past.service.synthetic_bars_to_ns("SBER") is None
    assert past.service.bars(SBER, Interval.M1, FUTURE_NS, 1) == []
    past.started_ns = STARTED_NS
    assert len(past.service.bars(SBER, Interval.M1, FUTURE_NS, 1)) == 1


def test_intervals_finer_than_the_history_have_no_bars(past: Past) -> None:
    stamp_ns = moscow_ns("2018-02-19 10:05:00")
    past.files.put_bars("YNDX", Interval.M5, [Bar(stamp_ns, 100, 104, 99, 101, 50)])
    found = {interval: past.service.bars(LISTED, interval, FUTURE_NS, 5) for interval in Interval}
    assert found.pop(Interval.M1) == []
    assert all(
        [replace(bar, close_ns=0) for bar in bars] == [Bar(0, 100, 104, 99, 101, 50)]
        for bars in found.values()
    )


def test_minutes_go_before_five_minutes_in_every_interval(past: Past) -> None:
    fives = [
        Bar(moscow_ns("2015-03-02 10:05:00"), 500, 500, 400, 500, 1000),
        Bar(moscow_ns("2015-03-02 10:10:00"), 300, 300, 200, 250, 2000),
    ]
    past.files.put_bars("YNDX", Interval.M5, fives)
    minute = Bar(moscow_ns("2015-03-02 10:03:00"), 210, 220, 205, 215, 30)
    past.files.put_bars("YNDX", Interval.M1, [minute])
    assert past.service.bars(LISTED, Interval.M1, FUTURE_NS, 5) == [minute]
    assert past.service.bars(LISTED, Interval.M10, FUTURE_NS, 5) == [
        Bar(moscow_ns("2015-03-02 10:10:00"), 210, 300, 200, 250, 2030)
    ]
    assert past.service.bars(LISTED, Interval.YEAR, FUTURE_NS, 5) == [
        Bar(moscow_ns("2015-12-31 23:59:59"), 210, 300, 200, 250, 2030)
    ]
