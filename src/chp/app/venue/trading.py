"""The order commands: who asks, under which key, and what is answered.

Source: wire.md (Exactly once), market.md section 10, rows 1 to 3 and 20 to 22.
"""

from __future__ import annotations

from collections.abc import Callable

from chp.app.venue import desk
from chp.app.venue.checks import (
    judge_form,
    judge_move,
    judge_right,
    judge_risk,
    unknown_portfolio,
    unknown_symbol,
)
from chp.app.venue.orders import WorkingOrder, order_id_of
from chp.app.venue.sessions import NOT_CONNECTED
from chp.app.venue.state import RememberedReply, Reply, VenueState
from chp.model.answers import OrderPlaced, OrdersTouched
from chp.model.commands import Cancel, CancelAll, Move, Place
from chp.model.refusal import Refusal, RejectReason

OrderCommand = Place | Move | Cancel | CancelAll


def order_reply(state: VenueState, command: OrderCommand) -> tuple[Reply, bool]:
    """The answer to an order command, and whether it must be journalled.

    The first answer to a request key is kept, refusals too; the key with another body is
    refused and changes nothing.
    """
    key = command.request_key
    if key is not None:
        known = state.remembered.get((command.token_id, key.key))
        if known is not None:
            if known.fingerprint == key.fingerprint:
                return known.reply, False
            reason = RejectReason.REQUEST_KEY_REUSED
            return Refusal(reason, field="requestId", name=key.key), False
    reply = _carry_out(state, command)
    if key is not None:
        remembered = RememberedReply(
            command.token_id, key.key, key.fingerprint, reply, state.now_ns
        )
        state.remembered[command.token_id, key.key] = remembered
    return reply, key is not None or not isinstance(reply, Refusal)


def _carry_out(state: VenueState, command: OrderCommand) -> Reply:
    if command.token_id not in state.sessions:
        return NOT_CONNECTED
    if isinstance(command, Place):
        return _place(state, command)
    if isinstance(command, CancelAll):
        return _cancel_all(state, command)
    if isinstance(command, Move):
        return _move(state, command)
    return _cancel(state, command)


def _place(state: VenueState, command: Place) -> Reply:
    ticket = judge_form(state, command)
    if isinstance(ticket, Refusal):
        return ticket
    request = command.order
    if ticket.stop_units is None:
        refusal = judge_risk(state, ticket, request.side, request.effect)
    else:
        refusal = judge_right(ticket.portfolio, request.effect)
    if refusal is not None:
        return refusal
    order = desk.accept(state, ticket, request)
    securities = order.lots * ticket.market.instrument.lot_size
    return OrderPlaced(request.label, order.order_id, order.lots, securities)


def _cancel(state: VenueState, command: Cancel) -> Reply:
    asked = command.cancel
    order = _find(state, asked.order_id, asked.portfolio, asked.symbol, command.is_allowed)
    if isinstance(order, Refusal):
        return order
    if order.cancel_in_flight:
        return Refusal(RejectReason.CANCEL_IN_FLIGHT, name=asked.order_id)
    desk.cancel(state, order)
    return OrdersTouched((order.order_id,))


def _move(state: VenueState, command: Move) -> Reply:
    asked = command.move
    order = _find(state, asked.order_id, asked.portfolio, asked.symbol, command.is_allowed)
    if isinstance(order, Refusal):
        return order
    price_units = judge_move(state, order, asked.target_price)
    if isinstance(price_units, Refusal):
        return price_units
    desk.move(state, order, price_units)
    return OrdersTouched((order.order_id,))


def _cancel_all(state: VenueState, command: CancelAll) -> Reply:
    asked = command.cancel
    if asked.portfolio is not None and asked.portfolio not in command.portfolios:
        return unknown_portfolio(asked.portfolio)
    if asked.symbol is not None and asked.symbol not in state.instruments:
        return unknown_symbol(asked.symbol)
    meant = _meant(command)
    orders = [order for order in state.orders.values() if meant(order)]
    orders.sort(key=lambda order: order.order_id)
    for order in orders:
        desk.cancel(state, order)
    return OrdersTouched(tuple(order.order_id for order in orders))


def _meant(command: CancelAll) -> Callable[[WorkingOrder], bool]:
    asked = command.cancel
    names = command.portfolios if asked.portfolio is None else (asked.portfolio,)

    def meant(order: WorkingOrder) -> bool:
        return (
            order.portfolio.name in names
            and asked.symbol in (None, order.symbol)
            and not order.cancel_in_flight
        )

    return meant


def _find(
    state: VenueState, text: str, portfolio: str, symbol: str, is_allowed: bool
) -> WorkingOrder | Refusal:
    """The working order a text names; done and unknown are told apart, foreign is unknown."""
    if portfolio not in state.ledger.portfolios or not is_allowed:
        return unknown_portfolio(portfolio)
    order_id = order_id_of(text) or 0
    order = state.orders.get(order_id)
    if order is not None and order.portfolio.name == portfolio and order.symbol == symbol:
        return order
    is_done = order is None and state.done.get(order_id) == portfolio
    reason = RejectReason.ORDER_IS_DONE if is_done else RejectReason.UNKNOWN_ORDER
    return Refusal(reason, field="orderid", name=text[:64])
