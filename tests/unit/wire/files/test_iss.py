from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from chp.errors import UsageError
from chp.model.flow import TapePrint
from chp.model.order import Side
from chp.units import NS_PER_DAY, NS_PER_SECOND
from chp.wire.files.iss import (
    IssTrades,
    ListedShare,
    OtherBoardTrade,
    parse_shares,
    parse_trades,
)

TAPE_START_NS = 1_708_066_796 * NS_PER_SECOND
"""2024-02-16 09:59:56 in Moscow."""

AUCTION = {
    "TRADENO": 9618274017,
    "TRADETIME": "09:59:56",
    "BOARDID": "TQBR",
    "SECID": "GAZP",
    "PRICE": 161.98,
    "QUANTITY": 1,
    "VALUE": 1619.8,
    "PERIOD": "S",
    "SYSTIME": "2024-02-16 09:59:56",
    "BUYSELL": "S",
}
NORMAL = AUCTION | {
    "TRADENO": 9618274200,
    "TRADETIME": "10:00:00",
    "SYSTIME": "2024-02-16 10:00:01",
    "PERIOD": "N",
    "BUYSELL": "B",
    "PRICE": 162,
    "QUANTITY": 30,
}
ODD_LOT = NORMAL | {"BOARDID": "SMAL", "TRADENO": 9618401623, "PRICE": 161.7, "QUANTITY": 1}

GAZP = {
    "SECID": "GAZP",
    "BOARDID": "TQBR",
    "SHORTNAME": "ГАЗПРОМ ао",
    "ISIN": "RU0007661625",
    "DECIMALS": 2,
    "LOTSIZE": 10,
    "MINSTEP": 0.01,
    "PREVPRICE": 161.92,
    "PREVLEGALCLOSEPRICE": 162.19,
}
GAZP_QUOTES = {
    "SECID": "GAZP",
    "BOARDID": "TQBR",
    "BID": 162,
    "OFFER": 162.01,
    "LAST": 162.01,
    "VALTODAY": 2199017860,
    "TRADINGSTATUS": "T",
}
GAZP_SHARE = ListedShare(
    symbol="GAZP",
    board="TQBR",
    short_name="ГАЗПРОМ ао",
    isin="RU0007661625",
    scale=2,
    lot_size=10,
    step_units=1,
    previous_units=16192,
    legal_close_units=16219,
    bid_units=16200,
    ask_units=16201,
    last_units=16201,
    turnover=Decimal(2199017860),
    trading_status="T",
)


def _block(*rows: dict[str, Any]) -> dict[str, Any]:
    columns = list(rows[0])
    return {"metadata": {}, "columns": columns, "data": [[*row.values()] for row in rows]}


def _trades(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"trades": _block(*rows), "dataversion": _block(rows[0])}).encode()


def _shares(listed: list[dict[str, Any]], quoted: list[dict[str, Any]]) -> bytes:
    return json.dumps({"securities": _block(*listed), "marketdata": _block(*quoted)}).encode()


def test_trades_of_the_main_board_are_prints_and_the_others_keep_their_board() -> None:
    assert parse_trades(_trades(AUCTION, NORMAL, ODD_LOT), "GAZP", 2) == IssTrades(
        prints=(
            TapePrint(TAPE_START_NS, 16198, 1, Side.SELL, 9618274017, is_auction=True),
            TapePrint(TAPE_START_NS + 4 * NS_PER_SECOND, 16200, 30, Side.BUY, 9618274200),
        ),
        other_boards=(
            OtherBoardTrade(
                row=3,
                board="SMAL",
                time_ns=TAPE_START_NS + 4 * NS_PER_SECOND,
                price_units=16170,
                quantity=1,
                aggressor=Side.BUY,
                recorded_no=9618401623,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("period", "is_auction"), [("S", True), ("L", True), ("I", True), ("N", False)]
)
def test_the_period_says_what_an_auction_is(period: str, is_auction: bool) -> None:
    (print_,) = parse_trades(_trades(AUCTION | {"PERIOD": period}), "GAZP", 2).prints
    assert print_.is_auction is is_auction


def test_a_trade_before_midnight_keeps_its_day_when_the_system_lags_into_the_next() -> None:
    late = {"TRADETIME": "23:49:59", "SYSTIME": "2024-02-17 00:00:01"}
    (print_,) = parse_trades(_trades(NORMAL | late), "GAZP", 2).prints
    same_day = {"TRADETIME": "23:49:59", "SYSTIME": "2024-02-16 23:50:00"}
    (other,) = parse_trades(_trades(NORMAL | same_day), "GAZP", 2).prints
    assert print_ == other
    assert print_.time_ns < TAPE_START_NS + NS_PER_DAY


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"SECID": "SBER"}, "expected trades of GAZP, found 'SBER'"),
        ({"PRICE": 161.985}, "expected a price with at most 2 decimals, found '161.985'"),
        ({"PRICE": None}, "expected a price, found ''"),
        ({"PRICE": 0}, "expected a price above 0, found '0'"),
        ({"QUANTITY": 0}, "expected a QUANTITY above 0, found 0"),
        ({"QUANTITY": 1.5}, "expected a whole number, found '1.5'"),
        ({"TRADENO": None}, "expected a whole number, found ''"),
        ({"BUYSELL": None}, "expected BUYSELL B, S, found ''"),
        ({"PERIOD": "Q"}, "expected PERIOD S, L, I, N, found 'Q'"),
        ({"TRADETIME": "25:00:00"}, "expected a time like 095956, found '25:00:00'"),
        ({"SYSTIME": "2024-02-16"}, "expected a time like 095956, found ''"),
        ({"SYSTIME": None}, "expected a date like 20240216, found ''"),
    ],
)
def test_a_bad_trade_is_named_with_its_reason(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_trades(_trades(AUCTION, NORMAL | wrong), "GAZP", 2)
    assert refused.value.detail == f"trades row 2: {reason}"


def test_a_row_of_another_length_is_named() -> None:
    block = _block(AUCTION, NORMAL)
    block["data"][1].append(1)
    with pytest.raises(UsageError) as refused:
        parse_trades(json.dumps({"trades": block}).encode(), "GAZP", 2)
    assert refused.value.detail == "trades row 2: expected 10 cells, found 11"


def test_a_missing_column_is_named() -> None:
    row = {name: cell for name, cell in AUCTION.items() if name != "BUYSELL"}
    with pytest.raises(UsageError) as refused:
        parse_trades(_trades(row), "GAZP", 2)
    assert refused.value.detail == "trades: expected the column BUYSELL"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"trades": 1}', b'{"trades": {}}', b"\xff"])
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(UsageError, match=r"^expected an answer of ISS: "):
        parse_trades(raw, "GAZP", 2)
    with pytest.raises(UsageError, match=r"^expected an answer of ISS: "):
        parse_shares(raw)


def test_shares_of_one_board_join_both_blocks() -> None:
    odd, odd_quotes = GAZP | {"BOARDID": "SMAL"}, GAZP_QUOTES | {"BOARDID": "SMAL"}
    raw = _shares([odd, GAZP], [GAZP_QUOTES, odd_quotes])
    assert parse_shares(raw) == [GAZP_SHARE]
    assert [share.board for share in parse_shares(raw, "SMAL")] == ["SMAL"]


def test_a_share_that_nobody_quotes_has_zeros() -> None:
    silent = {"BID": None, "OFFER": None, "LAST": None, "VALTODAY": None, "TRADINGSTATUS": "C"}
    closes = {"PREVPRICE": None, "PREVLEGALCLOSEPRICE": None}
    (share,) = parse_shares(_shares([GAZP | closes], [GAZP_QUOTES | silent]))
    assert not share.has_quotes
    assert (share.previous_units, share.legal_close_units, share.turnover) == (0, 0, Decimal(0))
    assert (share.bid_units, share.ask_units, share.last_units) == (0, 0, 0)
    assert share.trading_status == "C"


@pytest.mark.parametrize("column", ["BID", "OFFER", "LAST"])
def test_any_quote_is_a_quote(column: str) -> None:
    silent = {"BID": None, "OFFER": None, "LAST": None} | {column: 162}
    (share,) = parse_shares(_shares([GAZP], [GAZP_QUOTES | silent]))
    assert share.has_quotes


@pytest.mark.parametrize(
    ("wrong", "wrong_quotes", "reason"),
    [
        ({"SECID": "SBER"}, {}, "SBER: expected one row in each block"),
        ({"LOTSIZE": 0}, {}, "GAZP: expected a lot above 0, found 0"),
        ({"DECIMALS": 10}, {}, "GAZP: expected at most 9 decimals, found 10"),
        ({"DECIMALS": None}, {}, "GAZP: expected a whole number, found ''"),
        ({"MINSTEP": 0.001}, {}, "GAZP: expected a price with at most 2 decimals, found '0.001'"),
        ({"MINSTEP": 0}, {}, "GAZP: expected a price above 0, found '0'"),
        ({}, {"LAST": -1}, "GAZP: expected a price above 0, found '-1'"),
        ({}, {"VALTODAY": "much"}, "GAZP: expected an amount, found 'much'"),
        ({}, {"BOARDID": "SMAL"}, "GAZP: expected one row in each block"),
    ],
)
def test_a_bad_share_is_named_with_its_reason(
    wrong: dict[str, Any], wrong_quotes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UsageError) as refused:
        parse_shares(_shares([GAZP | wrong], [GAZP_QUOTES | wrong_quotes]))
    assert refused.value.detail == f"securities row 1: {reason}"


def test_a_share_listed_twice_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        parse_shares(_shares([GAZP, GAZP], [GAZP_QUOTES, GAZP_QUOTES]))
    assert refused.value.detail == "securities row 2: GAZP: expected one row in each block"
