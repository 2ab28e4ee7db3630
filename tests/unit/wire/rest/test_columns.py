"""The keys of every row, copied from wire.md section 4, and what is said of them."""

from collections.abc import Iterator

import pytest

from chp.wire.rest.fields import Column
from chp.wire.rest.operations import OPERATIONS
from tests.support.rest_answers import operation_of

SESSION = "token work exchange login password"
ORDER = (
    "portfolio symbol state action type validity price amount stop filled datetime orderid orderno"
    " status_mask cookie description"
)
KEYS = {
    "Connected": SESSION,
    "Reconnection": SESSION,
    "Disconnected": "description",
    "GetSymbols": "row nrows symbol short_name long_name type decimals lot_size punkt step"
    " sec_ext_id sec_exch_name expiryDate days_before_expiry strike synthetic syntheticBarsTo",
    "GetBars": "row nrows symbol interval datetime open high low close volume openInt",
    "GetTrades": "row nrows symbol datetime price volume tradeNo action",
    "ListenQuotes": "description",
    "CancelQuotes": "description",
    "ListenTicks": "description",
    "CancelTicks": "description",
    "ListenBidAsks": "description",
    "CancelBidAsks": "description",
    "UpdateQuote": "symbol datetime open high low close last volume size bid ask bidSize askSize"
    " open_Int go_Buy go_Sell go_Base go_Base_Backed high_Limit low_Limit trading_Status volat"
    " theor_Price step_Price",
    "AddTick": "symbol datetime price volume tradeNo action",
    "UpdateBidAsk": "symbol row nrows bid bidSize ask askSize",
    "GetMyPortfolioData": "orders trades closedPositions",
    "GetPortfolioList": "row nrows portfolioName portfolioExch portfolioStatus",
    "ListenPortfolio": "description",
    "CancelPortfolio": "description",
    "SetPortfolio": "portfolio cash leverage comission saldo liquidationValue initialMargin"
    " totalAssets",
    "UpdatePosition": "portfolio symbol avprice amount planned",
    "UpdateOrder": ORDER,
    "AddTrade": "portfolio symbol orderid price amount datetime tradeno value accruedint cookie",
    "PlaceOrder": "cookie orderid lots securities",
    "MoveOrder": "orderid",
    "CancelOrder": "orderid",
    "CancelAll": "orderid",
    "GetOrder": ORDER,
    "GetTime": "time trade_date phase speed",
}
NESTED_KEYS = {
    "orders": "row nrows portfolio symbol state action type validity price amount stop filled"
    " datetime id no cookie",
    "trades": "row nrows portfolio symbol datetime price volume tradeno buysell orderno value"
    " accruedint",
    "closedPositions": "row nrows portfolio symbol amount price_buy price_sell postime order_open"
    " order_close",
}
IDENTIFIERS = {
    *("tradeNo", "tradeno", "orderid", "orderno", "id", "no", "order_open", "order_close"),
}


def flat(columns: tuple[Column, ...]) -> Iterator[Column]:
    for column in columns:
        yield column
        yield from flat(column.columns)


def keys_of(columns: tuple[Column, ...]) -> str:
    return " ".join(column.name for column in columns)


def test_every_call_is_compared() -> None:
    assert set(KEYS) == {operation.method for operation in OPERATIONS}


@pytest.mark.parametrize("method", KEYS)
def test_keys_are_those_of_the_document(method: str) -> None:
    assert keys_of(operation_of(method).columns) == KEYS[method]


def test_keys_of_the_history_are_those_of_the_document() -> None:
    columns = operation_of("GetMyPortfolioData").columns
    assert {column.name: keys_of(column.columns) for column in columns} == NESTED_KEYS


def test_identifiers_are_texts_and_everything_is_explained() -> None:
    for operation in OPERATIONS:
        for column in flat(operation.columns):
            assert column.description, column.name
            if column.name in IDENTIFIERS:
                assert column.kind == "string", column.name


def test_only_the_end_of_seeded_bars_may_be_null() -> None:
    nullable = {
        column.name
        for operation in OPERATIONS
        for column in flat(operation.columns)
        if column.is_nullable
    }
    assert nullable == {"syntheticBarsTo"}
