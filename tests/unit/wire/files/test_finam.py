from __future__ import annotations

import pytest

from chp.errors import UsageError
from chp.model.quote import Bar
from chp.units import NS_PER_SECOND
from chp.wire.files.finam import FinamBars, parse_bars

HEADER = "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"
FIRST = "20180219,100500,137.3600000,138.1900000,137.1300000,138.0000000,1616850"
SECOND = "20180219,101000,138.0000000,138.1100000,137.7800000,137.8100000,301340"
FILLER = "20180219,101500,137.81,137.81,137.81,137.81,0"
FIRST_NS = 1_519_023_900 * NS_PER_SECOND
"""2018-02-19 10:05:00 in Moscow."""
FIRST_BAR = Bar(FIRST_NS, 13736, 13819, 13713, 13800, 1_616_850)
SECOND_BAR = Bar(FIRST_NS + 300 * NS_PER_SECOND, 13800, 13811, 13778, 13781, 301_340)


def _file(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


def test_bars_are_read_and_fillers_are_counted() -> None:
    assert parse_bars(_file(FIRST, SECOND, FILLER), 2) == FinamBars(
        ticker=None, period=None, bars=(FIRST_BAR, SECOND_BAR), fillers=1
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_separators_and_a_byte_order_mark_make_no_difference(
    end: str, separator: str, mark: str
) -> None:
    text = mark + end.join([HEADER, FIRST, SECOND, end]).replace(",", separator)
    assert parse_bars(text.encode(), 2).bars == (FIRST_BAR, SECOND_BAR)


def test_ticker_and_period_are_told_where_the_file_has_them() -> None:
    text = f"<TICKER>,<PER>,{HEADER}\nGAZP,5,{FIRST}\nGAZP,5,{SECOND}"
    assert parse_bars(text.encode(), 2) == FinamBars("GAZP", "5", (FIRST_BAR, SECOND_BAR), 0)
    text = f"<PER>,{HEADER}\n5,{FIRST}"
    assert parse_bars(text.encode(), 2) == FinamBars(None, "5", (FIRST_BAR,), 0)
    text = f"<TICKER>,{HEADER}"
    assert parse_bars(text.encode(), 2) == FinamBars(None, None, (), 0)


def test_columns_may_stand_in_any_order_and_more_of_them() -> None:
    text = "<VOL>,<OPENINT>,<CLOSE>,<LOW>,<HIGH>,<OPEN>,<TIME>,<DATE>\n7,0,3,1,4,2,100500,20180219"
    assert parse_bars(text.encode(), 0).bars == (Bar(FIRST_NS, 2, 4, 1, 3, 7),)


def test_a_bar_without_volume_stays_when_its_price_moved() -> None:
    moved = "20180219,101500,137.81,137.82,137.81,137.81,0"
    read = parse_bars(_file(moved), 2)
    assert (len(read.bars), read.fillers) == (1, 0)


def test_a_filler_is_flat_however_its_prices_are_spelled() -> None:
    read = parse_bars(_file("20180219,101500,137.8,137.80,137.8,137.8,0"), 2)
    assert (read.bars, read.fillers) == ((), 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("", "expected 7 cells, found 1"),
        (FIRST + ",1", "expected 7 cells, found 8"),
        (FIRST, "expected a later stamp than the row before, found 20180219 100500"),
        (
            SECOND.replace("1010", "1004"),
            "expected a later stamp than the row before, found 20180219 100400",
        ),
        (SECOND.replace("0219", "0230"), "expected a date like 20240216, found '20180230'"),
        (SECOND.replace("101000", "1010"), "expected a time like 095956, found '1010'"),
        (SECOND.replace("301340", "-1"), "expected a whole number, found '-1'"),
        (
            SECOND.replace("137.780", "137.785"),
            "expected a price with at most 2 decimals, found '137.7850000'",
        ),
        (
            "20180219,101000,3,2,1,1,5",
            "expected open and close within low and high, found 3,2,1,1",
        ),
        (
            "20180219,101000,2,3,2,1,0",
            "expected open and close within low and high, found 2,3,2,1",
        ),
        (FILLER.replace("137.81", "x"), "expected a price, found 'x'"),
    ],
)
def test_a_bad_row_is_named_with_its_reason(row: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_bars(_file(FIRST, row, SECOND.replace("101000", "102000")), 2)
    assert refused.value.detail == f"line 3: {reason}"


def test_a_row_of_another_ticker_or_period_is_named() -> None:
    text = f"<TICKER>,<PER>,{HEADER}\nGAZP,5,{FIRST}\nSBER,5,{SECOND}"
    with pytest.raises(UsageError) as refused:
        parse_bars(text.encode(), 2)
    assert refused.value.detail == "line 3: expected GAZP 5 as before, found SBER 5"


@pytest.mark.parametrize("text", ["", FIRST, HEADER.replace(",<VOL>", "")])
def test_a_file_without_its_header_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_bars(text.encode(), 2)
    assert refused.value.detail == f"line 1: expected the columns {HEADER}, found {text!r}"


def test_a_byte_that_is_no_text_is_named_with_its_line() -> None:
    with pytest.raises(UsageError) as refused:
        parse_bars(_file(FIRST) + b"\xff", 2)
    assert refused.value.detail == "line 3: expected UTF-8, found byte 255"
