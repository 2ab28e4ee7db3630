from __future__ import annotations

from collections.abc import Iterator

import pytest

from chp.core.bars import bar_limits_ns, first_stamp, fold, stamp_of, trade_rows
from chp.model.quote import Bar, Interval
from tests.support.naive_bars import moscow_ns, trade

LONG = [Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER, Interval.YEAR]


@pytest.mark.parametrize(
    ("interval", "stamp"),
    [
        (Interval.M1, "2016-07-06 10:05:00"),
        (Interval.M5, "2016-07-06 10:05:00"),
        (Interval.M10, "2016-07-06 10:10:00"),
        (Interval.M15, "2016-07-06 10:15:00"),
        (Interval.M30, "2016-07-06 10:30:00"),
        (Interval.H1, "2016-07-06 11:00:00"),
        (Interval.H2, "2016-07-06 12:00:00"),
        (Interval.H4, "2016-07-06 12:00:00"),
        (Interval.DAY, "2016-07-06 23:59:59"),
        (Interval.WEEK, "2016-07-08 23:59:59"),
        (Interval.MONTH, "2016-07-31 23:59:59"),
        (Interval.QUARTER, "2016-09-30 23:59:59"),
        (Interval.YEAR, "2016-12-31 23:59:59"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_stamps_are_those_that_the_old_api_answered(interval: Interval, stamp: str) -> None:
    asked_ns = moscow_ns("2016-07-06 10:04:20")
    assert stamp_of(interval, asked_ns) == moscow_ns(stamp)
    assert first_stamp(interval, asked_ns) == moscow_ns(stamp)


@pytest.mark.parametrize(
    ("interval", "time", "stamp"),
    [
        (Interval.M1, "2018-03-05 10:05:00", "2018-03-05 10:06:00"),
        (Interval.M1, "2018-03-05 10:04:59.999999", "2018-03-05 10:05:00"),
        (Interval.M5, "2018-03-05 10:05:00", "2018-03-05 10:10:00"),
        (Interval.H1, "2018-03-05 23:30:00", "2018-03-06 00:00:00"),
        (Interval.H4, "2018-03-05 23:59:59.5", "2018-03-06 00:00:00"),
        (Interval.H4, "2018-03-06 00:00:00", "2018-03-06 04:00:00"),
        (Interval.DAY, "2018-03-05 23:59:59.5", "2018-03-05 23:59:59"),
        (Interval.DAY, "2018-03-06 00:00:00", "2018-03-06 23:59:59"),
        (Interval.WEEK, "2018-03-09 23:59:59.5", "2018-03-09 23:59:59"),
        (Interval.WEEK, "2018-03-10 00:00:00", "2018-03-16 23:59:59"),
        (Interval.WEEK, "2018-03-11 12:00:00", "2018-03-16 23:59:59"),
        (Interval.WEEK, "2018-03-12 00:00:00", "2018-03-16 23:59:59"),
        (Interval.WEEK, "2018-12-31 12:00:00", "2019-01-04 23:59:59"),
        (Interval.MONTH, "2016-02-01 00:00:00", "2016-02-29 23:59:59"),
        (Interval.MONTH, "2018-12-31 23:59:59", "2018-12-31 23:59:59"),
        (Interval.QUARTER, "2018-01-01 00:00:00", "2018-03-31 23:59:59"),
        (Interval.QUARTER, "2018-06-30 23:00:00", "2018-06-30 23:59:59"),
        (Interval.QUARTER, "2018-10-01 00:00:00", "2018-12-31 23:59:59"),
        (Interval.YEAR, "2018-01-01 00:00:00", "2018-12-31 23:59:59"),
    ],
)
def test_trade_belongs_to_the_bar_that_is_open(interval: Interval, time: str, stamp: str) -> None:
    assert stamp_of(interval, moscow_ns(time)) == moscow_ns(stamp)


@pytest.mark.parametrize(
    ("interval", "since", "stamp"),
    [
        (Interval.M1, "2018-03-05 10:05:00", "2018-03-05 10:05:00"),
        (Interval.M1, "2018-03-05 10:05:00.000001", "2018-03-05 10:06:00"),
        (Interval.H1, "2018-03-06 00:00:00", "2018-03-06 00:00:00"),
        (Interval.DAY, "2018-03-06 00:00:00", "2018-03-06 23:59:59"),
        (Interval.DAY, "2018-03-05 23:59:59", "2018-03-05 23:59:59"),
        (Interval.DAY, "2018-03-05 23:59:59.5", "2018-03-05 23:59:59"),
        (Interval.WEEK, "2018-03-09 23:59:59", "2018-03-09 23:59:59"),
        (Interval.WEEK, "2018-03-10 12:00:00", "2018-03-16 23:59:59"),
    ],
)
def test_answer_starts_at_the_stamp_that_is_asked_for(
    interval: Interval, since: str, stamp: str
) -> None:
    assert first_stamp(interval, moscow_ns(since)) == moscow_ns(stamp)


@pytest.mark.parametrize(
    ("interval", "opens", "ends"),
    [
        (Interval.M5, "2018-03-07 10:00:00", "2018-03-07 10:05:00"),
        (Interval.DAY, "2018-03-07 00:00:00", "2018-03-08 00:00:00"),
        (Interval.WEEK, "2018-03-03 00:00:00", "2018-03-10 00:00:00"),
        (Interval.MONTH, "2018-03-01 00:00:00", "2018-04-01 00:00:00"),
        (Interval.QUARTER, "2018-01-01 00:00:00", "2018-04-01 00:00:00"),
        (Interval.YEAR, "2018-01-01 00:00:00", "2019-01-01 00:00:00"),
    ],
)
def test_limits_of_a_bar_meet_those_of_the_next(interval: Interval, opens: str, ends: str) -> None:
    limits = (moscow_ns(opens), moscow_ns(ends))
    assert bar_limits_ns(interval, moscow_ns("2018-03-07 10:04:00")) == limits


def minute(time: str, *numbers: int) -> Bar:
    return Bar(moscow_ns(f"2018-03-05 {time}"), *numbers)


MINUTES = [
    minute("10:04:00", 100, 104, 99, 102, 7),
    minute("10:05:00", 102, 103, 98, 101, 5),
    minute("10:06:00", 101, 101, 101, 101, 1),
    minute("10:13:00", 105, 106, 105, 106, 2),
]
FIVES = [
    minute("10:05:00", 100, 104, 98, 101, 12),
    minute("10:10:00", 101, 101, 101, 101, 1),
    minute("10:15:00", 105, 106, 105, 106, 2),
]


def test_minutes_fold_forward_and_back() -> None:
    assert list(fold(Interval.M5, MINUTES)) == FIVES
    assert list(fold(Interval.M5, reversed(MINUTES), is_backward=True)) == FIVES[::-1]


def test_nothing_folds_to_nothing() -> None:
    assert list(fold(Interval.M5, [])) == []


def test_fillers_become_no_bars_and_prices_without_volume_do() -> None:
    filler = minute("10:07:00", 300, 300, 300, 300, 0)
    late_filler = minute("10:20:00", 300, 300, 300, 300, 0)
    quiet = minute("10:30:00", 300, 301, 300, 300, 0)
    rows = [*MINUTES[:3], filler, MINUTES[3], late_filler, quiet]
    assert list(fold(Interval.M5, rows)) == [*FIVES, quiet]


def test_folding_reads_no_row_beyond_the_one_that_ends_a_bar() -> None:
    read: list[Bar] = []

    def rows() -> Iterator[Bar]:
        for row in MINUTES:
            read.append(row)
            yield row

    assert next(fold(Interval.M5, rows())) == FIVES[0]
    assert read == MINUTES[:3]


def test_a_day_takes_in_all_that_closes_until_midnight() -> None:
    rows = [
        minute("00:00:00", 90, 90, 90, 90, 1),
        minute("00:01:00", 100, 100, 100, 100, 2),
        minute("23:59:59", 101, 101, 101, 101, 4),
        Bar(moscow_ns("2018-03-06 00:00:00"), 102, 102, 102, 102, 8),
    ]
    assert list(fold(Interval.DAY, rows)) == [
        Bar(moscow_ns("2018-03-04 23:59:59"), 90, 90, 90, 90, 1),
        minute("23:59:59", 100, 102, 100, 102, 14),
    ]


def test_trades_are_rows_of_their_securities() -> None:
    first = trade(1, moscow_ns("2018-03-05 10:05:00"), 100, 3)
    second = trade(2, moscow_ns("2018-03-05 10:05:59.999999"), 99, 1)
    rows = list(trade_rows([first, second], 10))
    assert rows[0] == Bar(first.time_ns + 1, 100, 100, 100, 100, 30)
    assert list(fold(Interval.M1, rows)) == [minute("10:06:00", 100, 100, 99, 99, 40)]


@pytest.mark.parametrize("interval", LONG, ids=lambda interval: interval.name)
def test_days_fold_to_longer_bars(interval: Interval) -> None:
    days = [
        Bar(moscow_ns("2018-12-28 23:59:59"), 10, 12, 9, 11, 1),
        Bar(moscow_ns("2018-12-29 23:59:59"), 11, 15, 11, 14, 2),
        Bar(moscow_ns("2019-01-03 23:59:59"), 14, 14, 8, 9, 4),
    ]
    whole = Bar(moscow_ns("2019-01-04 23:59:59"), 11, 15, 8, 9, 6)
    if interval is Interval.DAY:
        wanted = days
    elif interval is Interval.WEEK:
        wanted = [days[0], whole]
    else:
        ends = {Interval.MONTH: "01-31", Interval.QUARTER: "03-31", Interval.YEAR: "12-31"}
        last_ns = moscow_ns(f"2019-{ends[interval]} 23:59:59")
        wanted = [
            Bar(moscow_ns("2018-12-31 23:59:59"), 10, 15, 9, 14, 3),
            Bar(last_ns, 14, 14, 8, 9, 4),
        ]
    assert list(fold(interval, days)) == wanted
