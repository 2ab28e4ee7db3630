"""Why a request was refused: one enumeration, ranges per subsystem.

Not the texts and numbers of the wire: `chp.wire.rest.faults`.
Source: wire.md section 2, design.md section 8.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class RejectReason(IntEnum):
    """The name in lower case is the stable `code` on the wire."""

    # 100-199: session
    NOT_CONNECTED = 100
    ALREADY_CONNECTED = 101
    WRONG_LOGIN = 102
    NO_REAL_BROKER = 103
    # 200-299: market data and subscriptions
    UNKNOWN_SYMBOL = 200
    UNKNOWN_PORTFOLIO = 201
    ALREADY_SUBSCRIBED = 202
    NOT_SUBSCRIBED = 203
    COUNT_IS_ZERO = 204
    # 300-399: orders
    UNKNOWN_ORDER = 300
    NOT_TRADABLE = 301
    AMOUNT_NOT_POSITIVE = 302
    AMOUNT_NOT_WHOLE_LOTS = 303
    AMOUNT_TOO_LARGE = 304
    LIMIT_PRICE_NOT_POSITIVE = 305
    STOP_PRICE_NOT_POSITIVE = 306
    PRICE_OFF_STEP = 307
    PRICE_OUT_OF_BAND = 308
    NOT_ENOUGH_MONEY = 309
    NOT_ENOUGH_POSITION = 310
    SHORT_NOT_ALLOWED = 311
    COVER_EXCEEDS_SHORT = 312
    ORDER_IS_DONE = 313
    CANCEL_IN_FLIGHT = 314
    MOVE_OF_MARKET_ORDER = 315
    MOVE_OF_STOP_LIMIT = 316
    # 400-499: requests as such
    REQUEST_KEY_REUSED = 400
    """The same key with another body: 409 on the wire."""


class Refusal(Struct, frozen=True, tag=True):
    """A refusal: no state changed; the facts a person needs to see why."""

    reason: RejectReason
    field: str = ""
    """The request's field at fault in our spelling ("limit_price"); empty where no one field is."""
    expected: str = ""
    """What would have been accepted, with the number ("a multiple of 0.01")."""
    came: str = ""
    """What came ("162.015")."""
    name: str = ""
    """The symbol, portfolio, channel or order id the refusal is about; empty where none."""
