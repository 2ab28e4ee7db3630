"""The one table of operations: what can be asked over REST.

Not how it is decoded or answered: `decode`, `rows` and `envelope` read this table, and so do the
server's routing, `openapi` and docs/protocols/rest.md. Source: wire.md section 4.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from chp.model import requests as ask
from chp.model.access import Right
from chp.wire.rest import columns, fields
from chp.wire.rest.fields import Column, Field
from chp.wire.rest.urns import URNS


class Operation(Struct, frozen=True, kw_only=True):
    """One call of the protocol."""

    method: str
    urn: str
    summary: str
    request_type: type[ask.Request]
    fields: tuple[Field, ...]
    """Keys of the body beside `token` (and `requestId` where `is_idempotent`), in the order of
    the request's own fields."""
    columns: tuple[Column, ...]
    """Keys of a row of `data`."""
    right: Right = Right.READ
    is_idempotent: bool = False
    """True where `Idempotency-Key` makes it happen exactly once."""
    is_numbered: bool = False
    """True where the answer carries `seq`: each event once, in order."""
    needs_session: bool = True
    error_number: int
    """N of the outer "Error #N"."""
    error_text: str


def _operation(
    method: str,
    error_number: int,
    request_type: type[ask.Request],
    *,
    summary: str,
    rows: tuple[Column, ...],
    body: tuple[Field, ...] = (),
    error_text: str | None = None,
    right: Right = Right.READ,
    is_idempotent: bool = False,
    is_numbered: bool = False,
    needs_session: bool = True,
) -> Operation:
    return Operation(
        method=method,
        urn=URNS[method],
        summary=summary,
        request_type=request_type,
        fields=body,
        columns=rows,
        right=right,
        is_idempotent=is_idempotent,
        is_numbered=is_numbered,
        needs_session=needs_session,
        error_number=error_number,
        error_text=error_text or f"Ошибка {method}",
    )


def _subscription(
    method: str, error_number: int, request_type: type[ask.Request], summary: str
) -> Operation:
    is_portfolio = method.endswith("Portfolio")
    return _operation(
        method,
        error_number,
        request_type,
        summary=summary,
        rows=columns.DESCRIPTION,
        body=(fields.PORTFOLIO if is_portfolio else fields.SYMBOL,),
    )


AUTH_ERROR_NUMBER: Final = 3
"""The old number of every failure to log in or out."""

NO_CONNECTION_TEXT: Final = "Не удалось подключиться к серверу"

_AUTH: Final = (
    _operation(
        "Connected",
        AUTH_ERROR_NUMBER,
        ask.Connect,
        summary="Opens the session of the token; refused while one is open.",
        rows=columns.SESSION,
        body=fields.AUTH,
        error_text=NO_CONNECTION_TEXT,
        needs_session=False,
    ),
    _operation(
        "Reconnection",
        AUTH_ERROR_NUMBER,
        ask.Reconnect,
        summary="Opens the session anew, open or not; keeps subscriptions and cursors.",
        rows=columns.SESSION,
        body=fields.AUTH,
        error_text=NO_CONNECTION_TEXT,
        needs_session=False,
    ),
    _operation(
        "Disconnected",
        AUTH_ERROR_NUMBER,
        ask.Disconnect,
        summary="Closes the session with its subscriptions and cursors; working orders stay.",
        rows=columns.DESCRIPTION,
        body=fields.AUTH,
        needs_session=False,
    ),
)

_INSTRUMENTS: Final = (
    _operation(
        "GetSymbols",
        4,
        ask.GetSymbols,
        summary="All listed instruments.",
        rows=columns.SYMBOL,
    ),
    _operation(
        "GetBars",
        5,
        ask.GetBars,
        summary="Bars around a moment, the unfinished one included.",
        rows=columns.BAR,
        body=fields.BARS,
    ),
    _operation(
        "GetTrades",
        6,
        ask.GetTrades,
        summary="Trades of the main board around a moment.",
        rows=columns.TRADE,
        body=fields.TRADES,
    ),
    _subscription("ListenQuotes", 12, ask.ListenQuotes, "Begins to listen to quotes."),
    _subscription("CancelQuotes", 13, ask.CancelQuotes, "Ceases to listen to quotes."),
    _subscription("ListenTicks", 14, ask.ListenTicks, "Begins to listen to trades."),
    _subscription("CancelTicks", 15, ask.CancelTicks, "Ceases to listen to trades."),
    _subscription("ListenBidAsks", 16, ask.ListenDepth, "Begins to listen to the order book."),
    _subscription("CancelBidAsks", 17, ask.CancelDepth, "Ceases to listen to the order book."),
    _operation(
        "UpdateQuote",
        7,
        ask.PollQuotes,
        summary="The latest quote of every symbol listened to, every time.",
        rows=columns.QUOTE,
    ),
    _operation(
        "AddTick",
        8,
        ask.PollTicks,
        summary="Trades of the symbols listened to, each once, in order.",
        rows=columns.TICK,
        body=(fields.AFTER,),
        is_numbered=True,
    ),
    _operation(
        "UpdateBidAsk",
        9,
        ask.PollDepth,
        summary="The latest order book of every symbol listened to, every time.",
        rows=columns.LEVEL,
    ),
    _operation(
        "GetTime",
        10,
        ask.GetTime,
        summary="Venue time.",
        rows=columns.TIME,
    ),
)

_PORTFOLIOS: Final = (
    _operation(
        "GetMyPortfolioData",
        11,
        ask.GetPortfolioData,
        summary="Orders, own trades and round trips of a portfolio, as one object.",
        rows=columns.HISTORY,
        body=fields.PORTFOLIO_DATA,
    ),
    _operation(
        "GetPortfolioList",
        18,
        ask.GetPortfolioList,
        summary="The portfolios of the token.",
        rows=columns.PORTFOLIO,
    ),
    _subscription(
        "ListenPortfolio",
        19,
        ask.ListenPortfolio,
        "Begins to listen to a portfolio; its working orders and today's trades come first.",
    ),
    _subscription("CancelPortfolio", 21, ask.CancelPortfolio, "Ceases to listen to a portfolio."),
    _operation(
        "SetPortfolio",
        22,
        ask.PollMoney,
        summary="The money of every portfolio listened to, every time.",
        rows=columns.MONEY,
    ),
    _operation(
        "UpdatePosition",
        23,
        ask.PollPositions,
        summary="The positions of every portfolio listened to, every time.",
        rows=columns.POSITION,
    ),
    _operation(
        "UpdateOrder",
        24,
        ask.PollOrders,
        summary="Changes of orders of the portfolios listened to, each once, in order.",
        rows=columns.ORDER,
        body=(fields.AFTER,),
        is_numbered=True,
    ),
    _operation(
        "AddTrade",
        25,
        ask.PollFills,
        summary="Own trades of the portfolios listened to, each once, in order.",
        rows=columns.FILL,
        body=(fields.AFTER,),
        is_numbered=True,
    ),
)

_ORDERS: Final = (
    _operation(
        "PlaceOrder",
        26,
        ask.PlaceOrder,
        summary="Places an order.",
        rows=columns.PLACED,
        body=fields.PLACE,
        right=Right.TRADE,
        is_idempotent=True,
    ),
    _operation(
        "MoveOrder",
        27,
        ask.MoveOrder,
        summary="Gives an order another price.",
        rows=columns.TOUCHED,
        body=fields.MOVE,
        right=Right.TRADE,
        is_idempotent=True,
    ),
    _operation(
        "CancelOrder",
        28,
        ask.CancelOrder,
        summary="Cancels an order.",
        rows=columns.TOUCHED,
        body=fields.CANCEL,
        right=Right.TRADE,
        is_idempotent=True,
    ),
    _operation(
        "CancelAll",
        29,
        ask.CancelAllOrders,
        summary="Cancels every working order of the token; one row per order.",
        rows=columns.TOUCHED,
        body=fields.CANCEL_ALL,
        right=Right.TRADE,
        is_idempotent=True,
    ),
    _operation(
        "GetOrder",
        30,
        ask.GetOrder,
        summary="What became of an order; exactly one of the three keys is given.",
        rows=columns.ORDER,
        body=fields.GET_ORDER,
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_AUTH, *_INSTRUMENTS, *_PORTFOLIOS, *_ORDERS)
"""Every operation, in the order of the documents."""

_BY_PATH: Final = {
    spelling: operation
    for operation in OPERATIONS
    for spelling in (f"/{operation.urn}", operation.urn.lower())
}


def find(path: str) -> Operation | None:
    """The operation of a URL path: in any case, with or without a slash at either end.

    None where there is none.
    """
    return _BY_PATH.get(path) or _BY_PATH.get(_bare(path))


def is_legacy(path: str) -> bool:
    """Whether the path belongs to the oldest protocol, `/api/…`, which is not served."""
    bare = _bare(path)
    return bare == "api" or bare.startswith("api/")


def _bare(path: str) -> str:
    return path.removeprefix("/").removesuffix("/").lower()
