"""What a request's fields are: name, kind, what is accepted, what it means.

Not the reading of values (`chp.wire.rest.values`), nor which call has which
(`chp.wire.rest.operations`). Source: wire.md sections 1 and 4.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.quote import Interval

COOKIE_LIMIT: Final = 2**53
"""`cookie` is exact in a double of the old clients up to here, on either side of 0."""

INTEGER_LIMIT: Final = 2**63 - 1

REQUEST_KEY_LIMIT: Final = 128
"""Greatest length of an idempotency key."""


class Kind(StrEnum):
    """How a value is read."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    """Text, or a whole number taken as its digits."""
    NUMBER = "number"
    INTEGER = "integer"
    CHOICE = "choice"
    """An integer out of a few."""
    MOMENT = "date-time"


class Choice(Struct, frozen=True):
    """One value of a field of few values."""

    value: int
    """As on the wire."""
    meaning: object
    """As in the model."""
    description: str


class Field(Struct, frozen=True, kw_only=True):
    """One key of a request body."""

    name: str
    kind: Kind
    description: str
    aliases: tuple[str, ...] = ()
    """Other spellings of the key, lower case."""
    is_required: bool = True
    default: object = None
    """The model's value where the key is absent or null."""
    choices: tuple[Choice, ...] = ()
    limit: int = INTEGER_LIMIT
    """Largest absolute value of an integer; greatest length of a text that has one."""
    is_secret: bool = False
    """Never echoed, in no text."""


class Column(Struct, frozen=True):
    """One key of an answer's row."""

    name: str
    kind: str
    """string, number, integer, boolean, date-time, or rows for a nested list."""
    description: str
    is_nullable: bool = False
    columns: tuple[Column, ...] = ()
    """The keys of the nested rows."""


_ACTIONS: Final = (
    Choice(1, (Side.BUY, PositionEffect.AUTO), "buy"),
    Choice(2, (Side.SELL, PositionEffect.AUTO), "sell"),
    Choice(3, (Side.SELL, PositionEffect.OPEN_SHORT), "open a short position"),
    Choice(4, (Side.BUY, PositionEffect.CLOSE_SHORT), "close a short position"),
)
_TYPES: Final = (
    Choice(1, OrderType.MARKET, "market"),
    Choice(2, OrderType.LIMIT, "limit"),
    Choice(3, OrderType.STOP, "stop"),
    Choice(4, OrderType.STOP_LIMIT, "stop-limit"),
)
_VALIDITIES: Final = (
    Choice(1, TimeInForce.DAY, "day"),
    Choice(2, TimeInForce.GTC, "until cancelled, 30 days at most"),
)
_INTERVAL_TEXTS: Final = (
    *("1 minute", "5 minutes", "10 minutes", "15 minutes", "30 minutes"),
    *("1 hour", "2 hours", "4 hours", "day", "week", "month", "quarter", "year"),
)
_INTERVALS: Final = tuple(
    Choice(int(interval), interval, text)
    for interval, text in zip(Interval, _INTERVAL_TEXTS, strict=True)
)

LOGIN: Final = Field(name="login", kind=Kind.TEXT, description="trading login")
PASSWORD: Final = Field(
    name="password", kind=Kind.TEXT, description="trading password", is_secret=True
)
MODE: Final = Field(
    name="mode",
    kind=Kind.CHOICE,
    description="where to trade",
    is_required=False,
    default=False,
    choices=(
        Choice(0, False, "paper venue"),
        Choice(1, True, "the configured broker; refused where none is"),
    ),
)
SYMBOL: Final = Field(name="symbol", kind=Kind.TEXT, description="code of the instrument")
PORTFOLIO: Final = Field(name="portfolio", kind=Kind.TEXT, description="name of the portfolio")
SINCE: Final = Field(
    name="since", kind=Kind.MOMENT, description="where to start; the bar around it is included"
)
COUNT: Final = Field(
    name="count",
    kind=Kind.INTEGER,
    description="above 0 walks back, newest first; below 0 forward, oldest first; at most"
    " 10,000 rows are answered",
)
AFTER: Final = Field(
    name="after",
    kind=Kind.INTEGER,
    description="answer the events after this number and go on from there",
    is_required=False,
)
ORDER_ID: Final = Field(
    name="orderid",
    kind=Kind.IDENTIFIER,
    aliases=("irderid",),
    description="the order's handle",
)
COOKIE: Final = Field(
    name="cookie",
    kind=Kind.INTEGER,
    description="the robot's own number; may repeat, is no key",
    is_required=False,
    default=0,
    limit=COOKIE_LIMIT,
)


def _optional(field: Field, description: str) -> Field:
    return replace(field, is_required=False, default=None, description=description)


AUTH: Final = (LOGIN, PASSWORD, MODE)

BARS: Final = (
    SINCE,
    Field(name="interval", kind=Kind.CHOICE, description="bar length", choices=_INTERVALS),
    SYMBOL,
    COUNT,
)

TRADES: Final = (
    replace(SINCE, name="from", aliases=("since",), description="where to start"),
    SYMBOL,
    COUNT,
)

PORTFOLIO_DATA: Final = (
    Field(
        name="mode",
        kind=Kind.CHOICE,
        description="how much",
        choices=(
            Choice(1, False, "working orders and today's trades"),
            Choice(2, True, "all of this and the previous 30 venue days"),
        ),
    ),
    PORTFOLIO,
)

PLACE: Final = (
    PORTFOLIO,
    SYMBOL,
    Field(name="action", kind=Kind.CHOICE, description="what to do", choices=_ACTIONS),
    Field(
        name="type",
        kind=Kind.CHOICE,
        aliases=("type_",),
        description="type of the order",
        choices=_TYPES,
    ),
    Field(name="validity", kind=Kind.CHOICE, description="how long it lives", choices=_VALIDITIES),
    Field(
        name="price",
        kind=Kind.NUMBER,
        description="limit price; ignored for a market order and a stop",
    ),
    Field(
        name="amount",
        kind=Kind.NUMBER,
        description="volume in securities, a whole number of lots",
    ),
    Field(
        name="stop",
        kind=Kind.NUMBER,
        description="stop price; ignored for a market order and a limit order",
    ),
    COOKIE,
)

CANCEL: Final = (PORTFOLIO, SYMBOL, ORDER_ID)

MOVE: Final = (
    *CANCEL,
    Field(
        name="targetprice",
        kind=Kind.NUMBER,
        description="the new limit price; the new stop price of a plain stop",
    ),
)

CANCEL_ALL: Final = (
    _optional(PORTFOLIO, "only this portfolio's orders"),
    _optional(SYMBOL, "only this symbol's orders"),
)

GET_ORDER: Final = (
    _optional(ORDER_ID, "the order's handle"),
    _optional(COOKIE, "all orders with this cookie"),
    Field(
        name="requestId",
        kind=Kind.TEXT,
        description="the idempotency key the order was placed with",
        is_required=False,
        limit=REQUEST_KEY_LIMIT,
    ),
)
