"""Rows of the market, whole, with SmartCOM's meanings."""

import msgspec
import pytest
from msgspec import structs

from chp.model.answers import Bars, Depths, Quotes, SymbolEntry, Symbols, Trades
from chp.model.order import Side
from chp.model.quote import Bar, Depth, DepthLevel, Interval
from chp.wire.rest import market_rows
from chp.wire.rest.moscow import NO_TIME
from chp.wire.rest.row_units import Recipient
from tests.support.rest_answers import (
    BAR,
    DEPTH,
    GAZP,
    INSTRUMENTS,
    QUOTE,
    TIME_NS,
    TOKEN,
    TRADE,
    VTBR,
)

SECURITIES = Recipient(INSTRUMENTS, in_lots=False, token=TOKEN)
LOTS = Recipient(INSTRUMENTS, in_lots=True, token=TOKEN)


def test_symbols_are_told_with_their_reference() -> None:
    answer = Symbols((SymbolEntry(GAZP, TIME_NS), SymbolEntry(VTBR, None)))
    assert market_rows.symbol_rows(answer, SECURITIES) == [
        {
            "row": 0,
            "nrows": 2,
            "symbol": "GAZP",
            "short_name": "ГАЗПРОМ ао",
            "long_name": "GAZP",
            "type": "TQBR",
            "decimals": 2,
            "lot_size": 10,
            "punkt": 0.01,
            "step": 0.01,
            "sec_ext_id": "RU0007661625",
            "sec_exch_name": "MOEX",
            "expiryDate": "1899-12-30T00:00:00",
            "days_before_expiry": 0,
            "strike": 0,
            "synthetic": False,
            "syntheticBarsTo": "2024-02-16T12:00:00.250",
        },
        {
            "row": 1,
            "nrows": 2,
            "symbol": "VTBR",
            "short_name": "ВТБ ао",
            "long_name": "VTBR",
            "type": "TQBR",
            "decimals": 6,
            "lot_size": 10_000,
            "punkt": 0.000005,
            "step": 0.000005,
            "sec_ext_id": "RU000A0JP5V6",
            "sec_exch_name": "MOEX",
            "expiryDate": "1899-12-30T00:00:00",
            "days_before_expiry": 0,
            "strike": 0,
            "synthetic": True,
            "syntheticBarsTo": None,
        },
    ]


def test_bars_keep_their_order_and_stamp() -> None:
    later = structs.replace(BAR, close_ns=BAR.close_ns + 3600 * 10**9)
    first, second = market_rows.bar_rows(Bars(GAZP, Interval.H1, (later, BAR)), SECURITIES)
    assert (first["row"], first["datetime"]) == (0, "2024-02-16T13:00:00")
    assert second == {
        "row": 1,
        "nrows": 2,
        "symbol": "GAZP",
        "interval": 6,
        "datetime": "2024-02-16T12:00:00",
        "open": 161.0,
        "high": 164.5,
        "low": 160.01,
        "close": 163.92,
        "volume": 790_760,
        "openInt": 0,
    }
    assert market_rows.bar_rows(Bars(GAZP, Interval.H1, ()), SECURITIES) == []


@pytest.mark.parametrize(("securities", "volume"), [(790_760, 79_076), (35, 3.5), (0, 0)])
def test_bar_volume_in_lots_may_have_a_fraction(securities: int, volume: float) -> None:
    bar = Bar(0, 1, 1, 1, 1, securities)
    (row,) = market_rows.bar_rows(Bars(GAZP, Interval.DAY, (bar,)), LOTS)
    assert row["volume"] == volume
    assert isinstance(row["volume"], int) is (securities % 10 == 0)


def test_trades_tell_the_aggressor_and_number_as_text() -> None:
    bought = structs.replace(TRADE, aggressor=Side.BUY, trade_no=9_000_018)
    answer = Trades(GAZP, (TRADE, bought))
    first, second = market_rows.trade_rows(answer, SECURITIES)
    assert first == {
        "row": 0,
        "nrows": 2,
        "symbol": "GAZP",
        "datetime": "2024-02-16T12:00:00.250",
        "price": 163.92,
        "volume": 50,
        "tradeNo": "9000017",
        "action": 2,
    }
    assert (second["row"], second["tradeNo"], second["action"]) == (1, "9000018", 1)
    assert market_rows.trade_row(TRADE, GAZP, LOTS)["volume"] == 5


def test_quote_is_told_whole() -> None:
    (row,) = market_rows.quote_rows(Quotes((QUOTE,)), SECURITIES)
    assert row == {
        "symbol": "GAZP",
        "datetime": "2024-02-16T12:00:00.250",
        "open": 161.0,
        "high": 164.5,
        "low": 160.01,
        "close": 161.98,
        "last": 163.92,
        "volume": 51_565_250,
        "size": 49,
        "bid": 163.91,
        "ask": 163.93,
        "bidSize": 800_411,
        "askSize": 922_633,
        "open_Int": 0,
        "go_Buy": 0,
        "go_Sell": 0,
        "go_Base": 0,
        "go_Base_Backed": 0,
        "high_Limit": 194.4,
        "low_Limit": 129.6,
        "trading_Status": 0,
        "volat": 0,
        "theor_Price": 0,
        "step_Price": 0.01,
    }


def test_sizes_of_a_quote_are_lots_whatever_the_token_counts_in() -> None:
    (row,) = market_rows.quote_rows(Quotes((QUOTE,)), LOTS)
    assert (row["volume"], row["size"], row["bidSize"]) == (5_156_525, 49, 800_411)


def test_quote_before_the_first_trade_has_no_time() -> None:
    quiet = structs.replace(QUOTE, time_ns=0, is_tradable=False)
    (row,) = market_rows.quote_rows(Quotes((quiet,)), SECURITIES)
    assert (row["datetime"], row["trading_Status"]) == (NO_TIME, 1)
    assert NO_TIME == "1899-12-30T00:00:00"


def test_shorter_side_of_the_book_has_price_zero() -> None:
    depths = Depths((DEPTH, Depth("VTBR", (), (DepthLevel(24_005, 7),)), Depth("GAZP", (), ())))
    assert market_rows.depth_rows(depths, LOTS) == [
        {
            "symbol": "GAZP",
            "row": 0,
            "nrows": 2,
            "bid": 163.91,
            "bidSize": 15,
            "ask": 163.93,
            "askSize": 20,
        },
        {
            "symbol": "GAZP",
            "row": 1,
            "nrows": 2,
            "bid": 163.9,
            "bidSize": 40,
            "ask": 0.0,
            "askSize": 0,
        },
        {
            "symbol": "VTBR",
            "row": 0,
            "nrows": 1,
            "bid": 0.0,
            "bidSize": 0,
            "ask": 0.024005,
            "askSize": 7,
        },
    ]


def test_price_prints_as_it_is_written() -> None:
    (row,) = market_rows.quote_rows(Quotes((QUOTE,)), SECURITIES)
    assert b'"last":163.92,' in msgspec.json.encode(row)
