"""One answer of every call, rich enough that no list in it is empty.

Not what a venue would answer to anything: numbers are chosen to be told apart in a row.
"""

from __future__ import annotations

from typing import Final

from chp.model.access import Caller, Right
from chp.model.answers import (
    Answer,
    Bars,
    Depths,
    EventPage,
    Monies,
    OrderPlaced,
    OrderReports,
    OrdersTouched,
    PortfolioHistory,
    PortfolioList,
    Positions,
    Quotes,
    SessionClosed,
    SessionOpened,
    Subscribed,
    SymbolEntry,
    Symbols,
    Trades,
    Unsubscribed,
    VenueTime,
)
from chp.model.instrument import FlowKind, Instrument
from chp.model.order import OrderReport, OrderState, OrderType, PositionEffect, Side, TimeInForce
from chp.model.portfolio import ClosedPosition, Money, PortfolioEntry, PortfolioStatus, Position
from chp.model.quote import Bar, Depth, DepthLevel, Interval, Quote
from chp.model.trade import Fill, Trade
from chp.wire.rest.operations import OPERATIONS, Operation

TIME_NS: Final = 1_708_074_000_250_000_000
"""2024-02-16T12:00:00.250 in Moscow."""

TOKEN: Final = "user_token"
PORTFOLIO: Final = "ST123456-MO-01"

IN_SECURITIES: Final = Caller(1, "user_login", frozenset({Right.TRADE}), frozenset({PORTFOLIO}))
IN_LOTS: Final = Caller(
    2, "user_login", frozenset({Right.TRADE}), frozenset({PORTFOLIO}), amount_in_lots=True
)

GAZP: Final = Instrument(
    symbol="GAZP",
    board="TQBR",
    short_name="ГАЗПРОМ ао",
    isin="RU0007661625",
    scale=2,
    lot_size=10,
    step_units=1,
    legal_close_units=16200,
    previous_close_units=16198,
    opening_units=16200,
    is_halted=False,
    flow=FlowKind.TAPE,
)
VTBR: Final = Instrument(
    symbol="VTBR",
    board="TQBR",
    short_name="ВТБ ао",
    isin="RU000A0JP5V6",
    scale=6,
    lot_size=10_000,
    step_units=5,
    legal_close_units=24_000,
    previous_close_units=23_990,
    opening_units=24_000,
    is_halted=False,
    flow=FlowKind.SYNTHETIC,
)
INSTRUMENTS: Final = {"GAZP": GAZP, "VTBR": VTBR}

QUOTE: Final = Quote(
    symbol="GAZP",
    time_ns=TIME_NS,
    open_units=16100,
    high_units=16450,
    low_units=16001,
    previous_close_units=16198,
    last_units=16392,
    volume_lots=5_156_525,
    last_lots=49,
    bid_units=16391,
    ask_units=16393,
    bid_total_lots=800_411,
    ask_total_lots=922_633,
    high_limit_units=19440,
    low_limit_units=12960,
    is_tradable=True,
)
DEPTH: Final = Depth(
    "GAZP",
    bids=(DepthLevel(16391, 15), DepthLevel(16390, 40)),
    asks=(DepthLevel(16393, 20),),
)
BAR: Final = Bar(TIME_NS - 250_000_000, 16100, 16450, 16001, 16392, 790_760)
TRADE: Final = Trade("GAZP", TIME_NS, 16392, 5, 9_000_017, Side.SELL, 4711)
ORDER: Final = OrderReport(
    portfolio=PORTFOLIO,
    symbol="GAZP",
    state=OrderState.PARTIAL,
    side=Side.SELL,
    effect=PositionEffect.AUTO,
    order_type=OrderType.STOP_LIMIT,
    time_in_force=TimeInForce.GTC,
    limit_price_units=16350,
    stop_price_units=16360,
    lots=7,
    remaining_lots=3,
    time_ns=TIME_NS,
    order_id=4_636_001_270,
    order_no=2_413_543_384,
    label=12,
    description="why",
    placed_at_ns=TIME_NS - 10**9,
)
FILL: Final = Fill(
    portfolio=PORTFOLIO,
    symbol="GAZP",
    side=Side.SELL,
    price_units=16392,
    lots=4,
    time_ns=TIME_NS,
    trade_no=9_000_017,
    order_id=4_636_001_270,
    order_no=2_413_543_384,
    label=12,
    commission_kopecks=262,
    is_maker=False,
)
CLOSED: Final = ClosedPosition(
    portfolio=PORTFOLIO,
    symbol="GAZP",
    lots=-2,
    buy_units=16300,
    sell_units=16392,
    time_ns=TIME_NS,
    open_order_id=4_636_001_270,
    close_order_id=4_636_001_271,
    trade_no=9_000_018,
    part=0,
)
MONEY: Final = Money(
    portfolio=PORTFOLIO,
    cash_kopecks=100_000_001,
    leverage=5,
    commission_kopecks=262,
    saldo_kopecks=-65_568_262,
    liquidation_kopecks=120_000_005,
    initial_margin_kopecks=30_000_010,
    total_assets_kopecks=150_000_099,
)
POSITION: Final = Position(PORTFOLIO, "GAZP", lots=3, planned_lots=-4, cost_kopecks=485_941)

_LISTEN: Final = ("ListenQuotes", "ListenTicks", "ListenBidAsks", "ListenPortfolio")
_CANCEL: Final = ("CancelQuotes", "CancelTicks", "CancelBidAsks", "CancelPortfolio")

ANSWERS: Final[dict[str, Answer]] = {
    "Connected": SessionOpened("user_login"),
    "Reconnection": SessionOpened("user_login"),
    "Disconnected": SessionClosed(),
    "GetSymbols": Symbols((SymbolEntry(GAZP, TIME_NS), SymbolEntry(VTBR, None))),
    "GetBars": Bars(GAZP, Interval.H1, (BAR, BAR)),
    "GetTrades": Trades(GAZP, (TRADE, TRADE)),
    **dict.fromkeys(_LISTEN, Subscribed("GAZP")),
    **dict.fromkeys(_CANCEL, Unsubscribed("GAZP")),
    "UpdateQuote": Quotes((QUOTE,)),
    "AddTick": EventPage((TRADE, TRADE), 2, None),
    "UpdateBidAsk": Depths((DEPTH,)),
    "GetMyPortfolioData": PortfolioHistory((ORDER, ORDER), (FILL, FILL), (CLOSED, CLOSED)),
    "GetPortfolioList": PortfolioList(
        (
            PortfolioEntry(PORTFOLIO, "MON", PortfolioStatus.BROKER),
            PortfolioEntry("ST123456-RF-01", "RTS_FUT", PortfolioStatus.BLOCKED),
        )
    ),
    "SetPortfolio": Monies((MONEY,)),
    "UpdatePosition": Positions((POSITION,)),
    "UpdateOrder": EventPage((ORDER,), 100_007, 8),
    "AddTrade": EventPage((FILL,), 1, None),
    "PlaceOrder": OrderPlaced(12, 4_636_001_270, 3, 30),
    "MoveOrder": OrdersTouched((4_636_001_270,)),
    "CancelOrder": OrdersTouched((4_636_001_270,)),
    "CancelAll": OrdersTouched((4_636_001_270, 4_636_001_271)),
    "GetOrder": OrderReports((ORDER,)),
    "GetTime": VenueTime(TIME_NS, "2024-02-16", "continuous", 1),
}
"""By method name."""


def operation_of(method: str) -> Operation:
    """The call with this method name."""
    return next(operation for operation in OPERATIONS if operation.method == method)
