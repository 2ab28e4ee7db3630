"""The end of a trading day on `demo24`: one atomic roll at midnight, Moscow time.

Source: market.md section 9 and rows 31 to 36 of section 10.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from chp.app.venue.booking import end_order, hold_money, take_report
from chp.app.venue.desk import enter
from chp.app.venue.link import Errand
from chp.app.venue.orders import WorkingOrder
from chp.app.venue.state import VenueState
from chp.core.calendar import date_of, next_midnight_ns
from chp.model.events import DayRolled
from chp.model.order import OrderState, TimeInForce
from chp.units import NS_PER_DAY

GTC_DAYS: Final = 30
"""A GTC order ends with the last trading day within so many calendar days of its placing."""

KEYS_KEPT_NS: Final = 25 * NS_PER_DAY // 24
"""Request keys live at least 24 hours (wire.md, Exactly once); they are forgotten at midnight."""


def roll(state: VenueState) -> None:
    """Ends the trading day at `state.now_ns` and begins the next."""
    _land_reports(state)
    moved_to = _call_back_moves(state)
    ended_ns = state.next_roll_ns
    state.next_roll_ns = next_midnight_ns(ended_ns)
    waiting = _expire(state, ended_ns)
    for order in waiting:
        if not order.is_parked:
            _park(state, order, moved_to.get(order.order_id))
    for market in state.markets.values():
        market.roll_day()
        state.dirty_symbols[market.instrument.symbol] = None
    state.ledger.roll_day()
    for portfolio in state.ledger.portfolios.values():
        state.touch(portfolio)
    state.events.append(DayRolled(ended_ns))
    for order in waiting:
        _reopen(state, order)
    _forget_keys(state)


def _land_reports(state: VenueState) -> None:
    """What the exchange did before midnight is booked in the day in which it happened."""
    while state.link.to_broker:
        take_report(state, state.link.to_broker.popleft()[1])


def _call_back_moves(state: VenueState) -> dict[int, int]:
    """Targets of moves that have yet to reach an exchange whose book is about to be emptied.

    Moves of orders that are themselves under way stay behind these.
    """
    sent_moves = [sent for sent in state.link.to_exchange if sent.errand is Errand.MOVE]
    called_back = [
        sent
        for sent in sent_moves
        if sent.order_id in state.orders and not state.orders[sent.order_id].in_flight
    ]
    for sent in called_back:
        state.link.to_exchange.remove(sent)
    return {sent.order_id: sent.price_units for sent in called_back}


def _expire(state: VenueState, ended_ns: int) -> list[WorkingOrder]:
    """Ends the orders whose time is over; answers the limits that go on, oldest number first."""
    waiting = []
    for order in list(state.orders.values()):
        if order.in_flight:
            continue
        if order.time_in_force is TimeInForce.DAY or _is_at_end(order, ended_ns):
            _take_from_exchange(state, order)
            order.order_no = order.order_no or order.last_order_no
            end_order(state, order, OrderState.EXPIRED)
        elif order.cancel_in_flight:
            _take_from_exchange(state, order)
            end_order(state, order, OrderState.CANCELLED)
        elif not order.is_stop:
            waiting.append(order)
    waiting.sort(key=lambda order: order.order_no or order.last_order_no)
    return waiting


def _is_at_end(order: WorkingOrder, ended_ns: int) -> bool:
    next_day, placed_day = date_of(ended_ns), date_of(order.placed_at_ns)
    return (next_day - placed_day).days > GTC_DAYS


def _take_from_exchange(state: VenueState, order: WorkingOrder) -> None:
    state.markets[order.symbol].exchange.book.remove(order.order_id)


def _park(state: VenueState, order: WorkingOrder, moved_to_units: int | None) -> None:
    """Row 32: a GTC limit waits for the opening; its holds stay.

    A move on its way is carried out here (row 29).
    """
    _take_from_exchange(state, order)
    order.last_order_no, order.order_no = order.order_no, 0
    if moved_to_units is not None:
        order.limit_units = moved_to_units
        hold_money(state, state.markets[order.symbol], order)
    state.events.append(order.report(OrderState.PENDING, state.now_ns))


def _reopen(state: VenueState, order: WorkingOrder) -> None:
    """Row 33: a GTC limit goes back to the exchange, unless its price is outside the band."""
    market = state.markets[order.symbol]
    assert order.limit_units is not None, "only limits wait for an opening"
    if not market.is_in_band(order.limit_units):
        return
    if order.limit_units % market.instrument.step_units:
        end_order(state, order, OrderState.CANCELLED, "price is off the step")
        return
    enter(state, order)


def _forget_keys(state: VenueState) -> None:
    """Keys are kept in the order of their first use, so the old ones come first."""
    oldest_ns = state.now_ns - KEYS_KEPT_NS
    is_old = takewhile(lambda item: item[1].at_ns < oldest_ns, state.remembered.items())
    for key in [key for key, _ in is_old]:
        del state.remembered[key]
