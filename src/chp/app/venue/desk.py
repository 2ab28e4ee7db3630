"""The broker's desk: orders from acceptance to their end, against exchange and ledger.

Not the checks (`checks`), the booking of reports (`booking`) or the end of a day (`day`). Every
function appends the events of market.md section 10 to the state's list, in the order of the
table; references like "row 17" are rows there.
"""

from __future__ import annotations

from chp.app.venue.booking import end_order, hold_money, take_report
from chp.app.venue.checks import Ticket, judge_child, worst_units
from chp.app.venue.link import Errand, Sent
from chp.app.venue.market import Market
from chp.app.venue.orders import WorkingOrder
from chp.app.venue.state import VenueState
from chp.model.events import (
    ExchangeEvent,
    RemovalCause,
    Removed,
)
from chp.model.order import OrderState, OrderType, TimeInForce
from chp.model.refusal import Refusal
from chp.model.requests import PlaceOrder
from chp.model.trade import Trade
from chp.units import NS_PER_DAY


def accept(state: VenueState, ticket: Ticket, request: PlaceOrder) -> WorkingOrder:
    """Takes a checked order in: a stop waits, the rest goes to the exchange (rows 4 to 10, 14)."""
    order = WorkingOrder(
        state.numbering.next_order(),
        ticket.portfolio,
        request.symbol,
        side=request.side,
        effect=request.effect,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        limit_units=ticket.limit_units,
        stop_units=ticket.stop_units,
        lots=ticket.lots,
        label=request.label,
        now_ns=state.now_ns,
    )
    state.orders[order.order_id] = order
    state.events.append(order.report(OrderState.PENDING, state.now_ns))
    if ticket.stop_units is not None:
        ticket.market.stops.add(order.order_id, order.side, ticket.stop_units)
    else:
        _begin_to_work(state, ticket.market, order)
    return order


def _begin_to_work(state: VenueState, market: Market, order: WorkingOrder) -> None:
    order.portfolio.position(order.symbol).add_working(order.side, order.lots)
    hold_money(state, market, order)
    enter(state, order)


def enter(state: VenueState, order: WorkingOrder) -> None:
    """Sends an order into the exchange's book."""
    order.in_flight = True
    send(state, Errand.ENTER, order)


def send(state: VenueState, errand: Errand, order: WorkingOrder, price_units: int = 0) -> None:
    """Sends an errand to the exchange; without latency it is there at once."""
    sent = Sent(state.now_ns + state.link.half_ns, errand, order.order_id, price_units)
    if state.link.half_ns:
        state.link.to_exchange.append(sent)
    else:
        arrive(state, sent)


def arrive(state: VenueState, sent: Sent) -> None:
    """Carries out an errand at the exchange; one for an order that is gone does nothing."""
    order = state.orders.get(sent.order_id)
    if order is None:
        return
    market = state.markets[order.symbol]
    exchange, events = market.exchange, list[ExchangeEvent]()
    if sent.errand is Errand.CANCEL:
        exchange.cancel(order.order_id, events)
    elif sent.errand is Errand.MOVE:
        if market.is_in_band(sent.price_units):
            exchange.move(order.order_id, sent.price_units, state.now_ns, events)
    elif (cause := _objection(state, market, order)) is not None:
        events.append(Removed(order.order_id, 0, order.remaining_lots, cause))
    else:
        exchange.enter(
            order.order_id,
            order.portfolio.owner,
            order.side,
            order.remaining_lots,
            worst_units(market, order.side, order.limit_units),
            rests=order.order_type is not OrderType.MARKET,
            now_ns=state.now_ns,
            events=events,
        )
    absorb(state, market, events)


def _objection(state: VenueState, market: Market, order: WorkingOrder) -> RemovalCause | None:
    """Why the exchange rejects an order that crossed midnight on its way (row 9)."""
    day_began_ns = state.next_roll_ns - NS_PER_DAY
    if order.time_in_force is TimeInForce.DAY and order.placed_at_ns < day_began_ns:
        return RemovalCause.DAY_OVER
    if order.limit_units is not None and not market.is_in_band(order.limit_units):
        return RemovalCause.OUT_OF_BAND
    return None


def absorb(state: VenueState, market: Market, events: list[ExchangeEvent]) -> None:
    """Takes in what an exchange did: trades count at once, reports travel, stops fire last.

    A child may trade and so fire further stops: they queue behind those that fired before.
    """
    state.dirty_symbols[market.instrument.symbol] = None
    for event in events:
        if isinstance(event, Trade):
            market.on_trade(event)
            state.events.append(event)
        elif state.link.half_ns:
            state.link.to_broker.append((state.now_ns + state.link.half_ns, event))
        else:
            take_report(state, event)
    is_firing = bool(state.fired)
    state.fired.extend(market.pop_triggered())
    if is_firing:
        return
    while state.fired:
        parent = state.orders[state.fired[0]]
        _trigger(state, state.markets[parent.symbol], parent)
        state.fired.popleft()


def cancel(state: VenueState, order: WorkingOrder) -> None:
    """Rows 17 to 19: the broker ends what has not left it, the exchange the rest."""
    if order.is_stop or order.is_parked:
        end_order(state, order, OrderState.CANCELLED)
        return
    order.cancel_in_flight = True
    send(state, Errand.CANCEL, order)


def move(state: VenueState, order: WorkingOrder, price_units: int) -> None:
    """Rows 23 to 30: moves a stop at the broker, a limit at the exchange.

    A limit that waited at the broker for a better band has a price within it now, so it goes
    to the exchange at once.
    """
    market = state.markets[order.symbol]
    if order.is_stop:
        market.stops.remove(order.order_id)
        market.stops.add(order.order_id, order.side, price_units)
        order.stop_units = price_units
        state.events.append(order.report(OrderState.PENDING, state.now_ns))
    elif order.is_parked:
        order.limit_units = price_units
        hold_money(state, market, order)
        state.events.append(order.report(OrderState.PENDING, state.now_ns))
        state.touch(order.portfolio)
        enter(state, order)
    else:
        send(state, Errand.MOVE, order, price_units)


def _trigger(state: VenueState, market: Market, parent: WorkingOrder) -> None:
    """Rows 15 and 16: a stop becomes a market order, a stop-limit a limit order."""
    child_id = state.numbering.next_order()
    parent.order_no, parent.remaining_lots = child_id, 0
    state.events.append(parent.report(OrderState.FILLED, state.now_ns))
    state.finish(parent)
    is_market = parent.order_type is OrderType.STOP
    child = WorkingOrder(
        child_id,
        parent.portfolio,
        parent.symbol,
        side=parent.side,
        effect=parent.effect,
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        time_in_force=parent.time_in_force,
        limit_units=None if is_market else parent.limit_units,
        stop_units=None,
        lots=parent.lots,
        label=0,
        now_ns=parent.placed_at_ns,
    )
    state.orders[child_id] = child
    state.events.append(child.report(OrderState.PENDING, state.now_ns))
    ticket = Ticket(child.portfolio, market, child.lots, child.limit_units, None)
    refusal = judge_child(state, ticket, child.side, child.effect)
    if refusal is None:
        _begin_to_work(state, market, child)
    else:
        state.events.append(child.report(OrderState.REJECTED, state.now_ns, refusal_text(refusal)))
        state.finish(child)


def refusal_text(refusal: Refusal) -> str:
    """The description of an order that a check ended after its acceptance."""
    return refusal.reason.name.lower().replace("_", " ")
