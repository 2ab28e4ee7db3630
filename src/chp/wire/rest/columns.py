"""The keys of the answers' rows, in their order, with what they mean.

Not the values: `chp.wire.rest.rows` fills them, and a test holds both together.
Source: wire.md section 4.
"""

from __future__ import annotations

from typing import Final

from chp.wire.rest.fields import Column

_KINDS: Final = {
    "s": "string",
    "f": "number",
    "i": "integer",
    "b": "boolean",
    "t": "date-time",
}


def _columns(*lines: str) -> tuple[Column, ...]:
    """Columns from lines "kind name: description"."""
    made = []
    for line in lines:
        head, _, description = line.partition(": ")
        kind, name = head.split()
        made.append(Column(name, _KINDS[kind], description))
    return tuple(made)


_ROW: Final = ("i row: number of the row, from 0", "i nrows: rows in this answer")

SESSION: Final = _columns(
    "s token: the access token",
    "i work: always 0",
    "i exchange: always 1",
    "s login: the trading login",
    "s password: always ***",
)

DESCRIPTION: Final = _columns("s description: what was done, in Russian")

SYMBOL: Final = (
    *_columns(
        *_ROW,
        "s symbol: code by which all calls name the instrument",
        "s short_name: human name",
        "s long_name: code",
        "s type: board",
        "i decimals: decimal places of a price",
        "i lot_size: securities in a lot",
        "f punkt: money value of a price step, per security",
        "f step: smallest difference of two prices",
        "s sec_ext_id: ISIN",
        "s sec_exch_name: exchange",
        "t expiryDate: 1899-12-30T00:00:00 for none",
        "f days_before_expiry: 0 for none",
        "f strike: 0 for none",
        "b synthetic: true where the market is made by seeded agents, not by recorded history",
    ),
    Column(
        "syntheticBarsTo",
        "date-time",
        "end of the seeded, invented bars in front of the first start; null where there are none",
        is_nullable=True,
    ),
)

BAR: Final = _columns(
    *_ROW,
    "s symbol: the symbol asked for",
    "i interval: the interval asked for",
    "t datetime: close of the bar; a day or longer is stamped 23:59:59 of its last day",
    "f open: first price",
    "f high: highest price",
    "f low: lowest price",
    "f close: last price",
    "f volume: volume in the unit of `amount`",
    "f openInt: 0 for shares",
)

TICK: Final = _columns(
    "s symbol: the symbol",
    "t datetime: time of the trade",
    "f price: price of one security",
    "f volume: volume in the unit of `amount`",
    "s tradeNo: number of the trade, strictly increasing over all symbols",
    "i action: aggressor, 1 buy or 2 sell",
)

TRADE: Final = (*_columns(*_ROW), *TICK)

QUOTE: Final = _columns(
    "s symbol: the symbol",
    "t datetime: time of the last trade; 1899-12-30T00:00:00 before the first",
    "f open: first price of the trading day",
    "f high: highest price of the trading day",
    "f low: lowest price of the trading day",
    "f close: last price of the previous trading day",
    "f last: price of the last trade",
    "f volume: volume of the trading day in the unit of `amount`",
    "f size: lots of the last trade",
    "f bid: best price to buy",
    "f ask: best price to sell",
    "f bidSize: lots of all levels to buy that UpdateBidAsk shows",
    "f askSize: lots of all levels to sell that UpdateBidAsk shows",
    "f open_Int: 0 for shares",
    "f go_Buy: 0 for shares",
    "f go_Sell: 0 for shares",
    "f go_Base: 0 for shares",
    "f go_Base_Backed: 0 for shares",
    "f high_Limit: highest price an order may have today",
    "f low_Limit: lowest price an order may have today",
    "i trading_Status: 0 where an order would be accepted, else 1",
    "f volat: 0 for shares",
    "f theor_Price: 0 for shares",
    "f step_Price: money value of a price step, per security",
)

LEVEL: Final = _columns(
    "s symbol: the symbol",
    "i row: 0 is the best level",
    "i nrows: levels of this symbol, 20 at most",
    "f bid: price to buy; 0 where this side is shorter",
    "f bidSize: lots at that price",
    "f ask: price to sell; 0 where this side is shorter",
    "f askSize: lots at that price",
)

PORTFOLIO: Final = _columns(
    *_ROW,
    "s portfolioName: name of the portfolio",
    "s portfolioExch: code of its exchange, MON for a single money account",
    "i portfolioStatus: 0 may trade, 2 read only, 3 blocked",
)

MONEY: Final = _columns(
    "s portfolio: the portfolio",
    "f cash: money less what working orders hold",
    "f leverage: allowed multiple",
    "f comission: commission of the trading day, positive",
    "f saldo: sales less purchases less commission of the trading day",
    "f liquidationValue: money with all positions at their last prices, signed",
    "f initialMargin: margin of positions and working orders",
    "f totalAssets: money, where positive, with the long positions at their last prices",
)

POSITION: Final = _columns(
    "s portfolio: the portfolio",
    "s symbol: the symbol",
    "f avprice: average price of the open position; 0 where it is closed",
    "f amount: position, signed",
    "f planned: position after all working orders fill",
)

_ORDER_HEAD: Final = (
    "s portfolio: the portfolio",
    "s symbol: the symbol",
    "i state: 0 submitted, 1 pending, 2 open, 3 expired, 4 cancelled, 5 filled, 6 partial,"
    " 8 rejected",
    "i action: 1 buy, 2 sell, 3 short, 4 cover",
    "i type: 1 market, 2 limit, 3 stop, 4 stop-limit",
    "i validity: 1 day, 2 GTC",
    "f price: limit price; 0 where the type has none",
    "f amount: volume of the order",
    "f stop: stop price; 0 where the type has none",
    "f filled: volume that is **not** yet executed (the old API's name)",
    "t datetime: time of the last change",
)

ORDER: Final = _columns(
    *_ORDER_HEAD,
    "s orderid: the order's handle, kept over moves",
    's orderno: number at the exchange; "0" for none yet',
    "i status_mask: always 0",
    "i cookie: the robot's own number; 0 for none, and for the child of a stop",
    "s description: why the venue ended it; else empty",
)

FILL: Final = _columns(
    "s portfolio: the portfolio",
    "s symbol: the symbol",
    "s orderid: number of the order **at the exchange**, equal to UpdateOrder.orderno",
    "f price: price of one security",
    "f amount: volume, negative for a sale",
    "t datetime: time of the trade",
    "s tradeno: number of the trade",
    "f value: money value",
    "f accruedint: 0 for shares",
    "i cookie: the order's cookie",
)

_OLD_ORDER: Final = _columns(
    *_ROW,
    *_ORDER_HEAD,
    "s id: UpdateOrder.orderid",
    "s no: UpdateOrder.orderno",
    "i cookie: the robot's own number",
)

_OLD_FILL: Final = _columns(
    *_ROW,
    "s portfolio: the portfolio",
    "s symbol: the symbol",
    "t datetime: time of the trade",
    "f price: price of one security",
    "f volume: volume, unsigned",
    "s tradeno: number of the trade",
    "i buysell: 1 bought, 2 sold",
    "s orderno: UpdateOrder.orderno",
    "f value: money value",
    "f accruedint: 0 for shares",
)

_CLOSED: Final = _columns(
    *_ROW,
    "s portfolio: the portfolio",
    "s symbol: the symbol",
    "f amount: positive for a closed long position, negative for a closed short one",
    "f price_buy: price bought at",
    "f price_sell: price sold at",
    "t postime: time of the closing",
    "s order_open: orderid that opened",
    "s order_close: orderid that closed",
)

HISTORY: Final = (
    Column("orders", "rows", "orders", columns=_OLD_ORDER),
    Column("trades", "rows", "the portfolio's own trades", columns=_OLD_FILL),
    Column("closedPositions", "rows", "round trips, first in first out", columns=_CLOSED),
)

PLACED: Final = _columns(
    "i cookie: the cookie that came",
    "s orderid: the new order's handle",
    "i lots: its volume in lots",
    "i securities: its volume in securities",
)

TOUCHED: Final = _columns("s orderid: the order's handle")

TIME: Final = _columns(
    "t time: venue time",
    "s trade_date: trading day, YYYY-MM-DD",
    "s phase: phase of the market",
    "f speed: venue seconds per second",
)
