"""Prices, money and volumes print exactly, at any scale a double can hold."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from chp.model.answers import Monies
from chp.wire.rest import market_rows, portfolio_rows
from chp.wire.rest.row_units import Recipient
from tests.support.rest_answers import FILL, GAZP, MONEY, TRADE

EXACT_DIGITS = 15
"""Decimal digits that any double gives back as they were."""

scales = st.integers(0, 9)
prices = st.integers(0, 10**EXACT_DIGITS - 1)


def printed(row: dict[str, object], key: str) -> Decimal:
    text = msgspec.json.encode(row[key]).decode()
    return Decimal(text)


@given(prices, scales)
def test_price_prints_as_the_exact_decimal(units: int, scale: int) -> None:
    instrument = structs.replace(GAZP, scale=scale)
    recipient = Recipient({"GAZP": instrument}, in_lots=False, token="")
    expected = Decimal(units).scaleb(-scale)
    trade = market_rows.trade_row(structs.replace(TRADE, price_units=units), instrument, recipient)
    fill = portfolio_rows.fill_row(structs.replace(FILL, price_units=units), recipient)
    assert printed(trade, "price") == expected
    assert printed(fill, "price") == expected


@given(st.integers(-(10**EXACT_DIGITS) + 1, 10**EXACT_DIGITS - 1))
def test_money_prints_to_the_kopeck(kopecks: int) -> None:
    money = structs.replace(MONEY, cash_kopecks=kopecks)
    (row,) = portfolio_rows.money_rows(Monies((money,)), Recipient({}, False, ""))
    assert printed(row, "cash") == Decimal(kopecks).scaleb(-2)
