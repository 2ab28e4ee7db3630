"""What the broker checks before an order exists, in the documented order.

portfolio, symbol, tradable, amount, prices, band, position, money. Answers a `Refusal` or what
the order is made of; changes nothing. Source: market.md sections 3 and 7, rows 1, 2 and 27.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from chp.app.venue.market import Market
from chp.app.venue.orders import WorkingOrder
from chp.app.venue.state import VenueState
from chp.core.ledger.accounts import Portfolio
from chp.core.ledger.fees import commission_kopecks
from chp.core.ledger.margin import affords, covers
from chp.model.commands import Place
from chp.model.instrument import Instrument
from chp.model.order import OrderType, PositionEffect, Side
from chp.model.refusal import Refusal, RejectReason
from chp.units import lots_of, price_decimal, price_units

MOST_LOTS: Final = 1_000_000_000
"""More in one order is a slip of the finger, and values stay far inside 64 bits."""


class Ticket(NamedTuple):
    """An order that passed the checks of its form."""

    portfolio: Portfolio
    market: Market
    lots: int
    limit_units: int | None
    stop_units: int | None


def judge_form(state: VenueState, place: Place) -> Ticket | Refusal:
    """Checks names, amount and prices of a placement."""
    order = place.order
    portfolio = state.ledger.portfolios.get(order.portfolio)
    if portfolio is None or not place.is_allowed:
        return unknown_portfolio(order.portfolio)
    instrument = state.instruments.get(order.symbol)
    if instrument is None:
        return unknown_symbol(order.symbol)
    market = state.markets.get(order.symbol)
    if market is None:
        return Refusal(RejectReason.NOT_TRADABLE, field="symbol", name=order.symbol)
    lots = _judge_amount(instrument, order.securities, place.is_in_lots)
    if isinstance(lots, Refusal):
        return lots
    limit_units = stop_units = None
    if order.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        limit = judge_price(market, order.limit_price, "limit_price")
        if isinstance(limit, Refusal):
            return limit
        limit_units = limit
    if order.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
        stop = judge_price(market, order.stop_price, "stop_price", is_stop=True)
        if isinstance(stop, Refusal):
            return stop
        stop_units = stop
    return Ticket(portfolio, market, lots, limit_units, stop_units)


def _judge_amount(instrument: Instrument, amount: Decimal, is_in_lots: bool) -> int | Refusal:
    if amount <= 0:
        reason = RejectReason.AMOUNT_NOT_POSITIVE
        return Refusal(reason, field="amount", expected="more than 0", came=_plain(amount))
    lot_size = 1 if is_in_lots else instrument.lot_size
    if amount > MOST_LOTS * lot_size:
        most = f"at most {MOST_LOTS * lot_size}"
        reason = RejectReason.AMOUNT_TOO_LARGE
        return Refusal(reason, field="amount", expected=most, came=_plain(amount))
    lots = lots_of(amount, lot_size)
    if lots is not None:
        return lots
    reason = RejectReason.AMOUNT_NOT_WHOLE_LOTS
    expected = "a whole number" if lot_size == 1 else _both_readings(amount, lot_size)
    return Refusal(reason, field="amount", expected=expected, came=_plain(amount))


def _both_readings(amount: Decimal, lot_size: int) -> str:
    """What an amount is in securities, and what it would be in lots: one of them was meant."""
    came, lots, securities = (
        _plain(number.normalize())
        for number in (amount, round(amount / lot_size, 6), amount * lot_size)
    )
    return (
        f"a whole number of lots: {lot_size} securities are 1 lot, so {came} securities "
        f"are {lots} lots; {came} lots would be {securities} securities"
    )


def judge_price(
    market: Market, price: Decimal | None, field: str, *, is_stop: bool = False
) -> int | Refusal:
    """A price in units, if it is positive, on the step and within the day's limits."""
    instrument = market.instrument
    if price is None or price <= 0:
        reason = (
            RejectReason.STOP_PRICE_NOT_POSITIVE
            if is_stop
            else RejectReason.LIMIT_PRICE_NOT_POSITIVE
        )
        return Refusal(
            reason, field=field, expected="more than 0", came=_plain(price or Decimal(0))
        )
    if price > 10**12:
        return _out_of_band(market, price, field)
    units = price_units(price, instrument.scale)
    if units is None or units % instrument.step_units:
        step = price_decimal(instrument.step_units, instrument.scale)
        expected = f"a multiple of {step}"
        return Refusal(
            RejectReason.PRICE_OFF_STEP, field=field, expected=expected, came=_plain(price)
        )
    return units if market.is_in_band(units) else _out_of_band(market, price, field)


def _out_of_band(market: Market, price: Decimal, field: str) -> Refusal:
    scale = market.instrument.scale
    low = price_decimal(market.low_limit_units, scale)
    high = price_decimal(market.high_limit_units, scale)
    expected = f"{low} to {high}"
    return Refusal(
        RejectReason.PRICE_OUT_OF_BAND, field=field, expected=expected, came=_plain(price)
    )


def judge_risk(
    state: VenueState, ticket: Ticket, side: Side, effect: PositionEffect
) -> Refusal | None:
    """Checks position and money of an order that would begin to work now."""
    refusal = _judge_position(ticket, side, effect)
    if refusal is not None:
        return refusal
    market, portfolio = ticket.market, ticket.portfolio
    value = market.value_kopecks(worst_units(market, side, ticket.limit_units), ticket.lots)
    if affords(
        state.ledger.account(portfolio),
        state.lot_value,
        symbol=market.instrument.symbol,
        side=side,
        lots=ticket.lots,
        commission_kopecks=commission_kopecks(value, is_maker=False),
    ):
        return None
    return Refusal(
        RejectReason.NOT_ENOUGH_MONEY,
        field="amount",
        expected="liquidation value above initial margin after the order",
        came=f"{ticket.lots} lots",
        name=portfolio.name,
    )


def judge_child(
    state: VenueState, ticket: Ticket, side: Side, effect: PositionEffect
) -> Refusal | None:
    """Checks what a stop became: the limits may be those of a later day (row 16)."""
    limit_units, market = ticket.limit_units, ticket.market
    if limit_units is not None and not market.is_in_band(limit_units):
        price = price_decimal(limit_units, market.instrument.scale)
        return _out_of_band(market, price, "limit_price")
    return judge_risk(state, ticket, side, effect)


def worst_units(market: Market, side: Side, limit_units: int | None) -> int:
    """The worst price an order may trade at: its limit, else the day's."""
    if limit_units is not None:
        return limit_units
    return market.high_limit_units if side is Side.BUY else market.low_limit_units


def judge_right(portfolio: Portfolio, effect: PositionEffect) -> Refusal | None:
    """Checks the right to sell short; of a stop it is all that is judged at once."""
    if effect is PositionEffect.OPEN_SHORT and not portfolio.may_short:
        return Refusal(RejectReason.SHORT_NOT_ALLOWED, field="action", name=portfolio.name)
    return None


def _judge_position(ticket: Ticket, side: Side, effect: PositionEffect) -> Refusal | None:
    portfolio, lots = ticket.portfolio, ticket.lots
    symbol = ticket.market.instrument.symbol
    position = portfolio.positions.get(symbol)
    held = position.lots if position is not None else 0
    refusal = judge_right(portfolio, effect)
    if refusal is not None:
        return refusal
    if effect is PositionEffect.CLOSE_SHORT:
        working = position.working_buy_lots if position is not None else 0
        coverable = max(0, -held - working)
        reason = RejectReason.COVER_EXCEEDS_SHORT
    elif side is Side.SELL and not portfolio.may_short:
        working = position.working_sell_lots if position is not None else 0
        coverable = max(0, held - working)
        reason = RejectReason.NOT_ENOUGH_POSITION
    else:
        return None
    if lots <= coverable:
        return None
    expected = f"at most {coverable * ticket.market.instrument.lot_size} securities"
    came = str(lots * ticket.market.instrument.lot_size)
    return Refusal(reason, field="amount", expected=expected, came=came, name=symbol)


def judge_move(state: VenueState, order: WorkingOrder, target: Decimal) -> int | Refusal:
    """The new price in units, if the order can be moved there (row 27)."""
    if order.order_type is OrderType.MARKET:
        return Refusal(RejectReason.MOVE_OF_MARKET_ORDER, name=str(order.order_id))
    if order.order_type is OrderType.STOP_LIMIT:
        return Refusal(RejectReason.MOVE_OF_STOP_LIMIT, name=str(order.order_id))
    if order.cancel_in_flight:
        return Refusal(RejectReason.CANCEL_IN_FLIGHT, name=str(order.order_id))
    market = state.markets[order.symbol]
    units = judge_price(market, target, "target_price", is_stop=order.is_stop)
    if isinstance(units, Refusal) or order.is_stop or order.side is Side.SELL:
        return units
    return units if _affords_move(state, order, market, units) else _too_dear(order, target)


def _affords_move(state: VenueState, order: WorkingOrder, market: Market, units: int) -> bool:
    if order.limit_units is not None and units <= order.limit_units:
        return True
    value = market.value_kopecks(units, order.remaining_lots)
    commission = commission_kopecks(value, is_maker=False)
    return covers(state.ledger.account(order.portfolio), state.lot_value, commission)


def _too_dear(order: WorkingOrder, target: Decimal) -> Refusal:
    return Refusal(
        RejectReason.NOT_ENOUGH_MONEY,
        field="target_price",
        expected="liquidation value above initial margin after the move",
        came=_plain(target),
        name=order.portfolio.name,
    )


def _plain(number: Decimal) -> str:
    """A number as a person writes it: never with an exponent."""
    return f"{number:f}"


def unknown_portfolio(name: str) -> Refusal:
    """The portfolio does not exist or is not the token's; both are answered alike."""
    return Refusal(RejectReason.UNKNOWN_PORTFOLIO, field="portfolio", name=name)


def unknown_symbol(name: str) -> Refusal:
    """The symbol is not listed."""
    return Refusal(RejectReason.UNKNOWN_SYMBOL, field="symbol", name=name)
