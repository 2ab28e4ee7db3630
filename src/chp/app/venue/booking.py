"""Booking: what a report of the exchange means for order, holds and ledger.

Not the way to the exchange (`desk`). Appends the events of market.md section 10 in the order of
the table; references like "row 17" are rows there.
"""

from __future__ import annotations

from typing import Final

from chp.app.venue.checks import worst_units
from chp.app.venue.market import Market
from chp.app.venue.orders import WorkingOrder
from chp.app.venue.state import VenueState
from chp.core.ledger.fees import commission_kopecks
from chp.core.ledger.positions import RoundTrip
from chp.model.events import Entered, ExchangeReport, Executed, Moved, RemovalCause, Removed
from chp.model.order import OrderState, OrderType, Side
from chp.model.portfolio import ClosedPosition
from chp.model.trade import Fill

REMOVALS: Final = {
    RemovalCause.CANCELLED: (OrderState.CANCELLED, ""),
    RemovalCause.NO_LIQUIDITY: (OrderState.CANCELLED, "no liquidity"),
    RemovalCause.SELF_TRADE: (OrderState.CANCELLED, "self-trade"),
    RemovalCause.DAY_OVER: (
        OrderState.REJECTED,
        "the trading day ended before the order reached the exchange",
    ),
    RemovalCause.OUT_OF_BAND: (
        OrderState.REJECTED,
        "the price limits changed before the order reached the exchange",
    ),
}
"""How a broker's client sees each removal: final state and description."""


def take_report(state: VenueState, report: ExchangeReport) -> None:
    """Books one report of the exchange."""
    order = state.orders.get(report.order_id)
    if order is None:
        return
    if isinstance(report, Entered):
        order.in_flight = False
        order.order_no = report.order_no
        opened = OrderState.OPEN if order.remaining_lots == order.lots else OrderState.PARTIAL
        state.events.append(order.report(opened, state.now_ns))
        state.touch(order.portfolio)
    elif isinstance(report, Executed):
        _book_execution(state, order, report)
    elif isinstance(report, Moved):
        _book_move(state, order, report)
    elif isinstance(report, Removed):
        end_order(state, order, *REMOVALS[report.cause])


def _book_execution(state: VenueState, order: WorkingOrder, report: Executed) -> None:
    market, lots = state.markets[order.symbol], report.lots
    value = market.value_kopecks(report.price_units, lots)
    commission = commission_kopecks(value, report.is_maker)
    portfolio = order.portfolio
    portfolio.position(order.symbol).add_working(order.side, -lots)
    trips = state.ledger.execute(
        portfolio,
        order.symbol,
        order.side,
        lots,
        report.price_units,
        value_kopecks=value,
        commission_kopecks=commission,
        order_id=order.order_id,
    )
    order.remaining_lots = report.remaining_lots
    state.events.append(
        Fill(
            portfolio.name,
            order.symbol,
            order.side,
            report.price_units,
            lots,
            state.now_ns,
            report.trade_no,
            order.order_id,
            report.order_no,
            order.label,
            commission,
            report.is_maker,
        )
    )
    state.events.extend(
        _closed(state, order, trip, report.trade_no, part) for part, trip in enumerate(trips)
    )
    hold_money(state, market, order)
    filled = OrderState.PARTIAL if order.remaining_lots else OrderState.FILLED
    state.events.append(order.report(filled, state.now_ns))
    state.touch(portfolio)
    if not order.remaining_lots:
        state.finish(order)


def _closed(
    state: VenueState, order: WorkingOrder, trip: RoundTrip, trade_no: int, part: int
) -> ClosedPosition:
    lots, buy_units, sell_units, opened_by, closed_by = trip
    return ClosedPosition(
        order.portfolio.name,
        order.symbol,
        lots,
        buy_units,
        sell_units,
        state.now_ns,
        opened_by,
        closed_by,
        trade_no,
        part,
    )


def _book_move(state: VenueState, order: WorkingOrder, report: Moved) -> None:
    """Rows 23 to 26; a move to the same price shows the order as it was."""
    if report.order_no == order.order_no:
        state.events.append(order.snapshot())
        return
    order.order_no = report.order_no
    order.limit_units = report.price_units
    hold_money(state, state.markets[order.symbol], order)
    moved = OrderState.OPEN if report.remaining_lots == order.lots else OrderState.PARTIAL
    state.events.append(order.report(moved, state.now_ns))
    state.touch(order.portfolio)


def hold_money(state: VenueState, market: Market, order: WorkingOrder) -> None:
    """Sets what a buy holds: its rest at the worst price, with commission.

    A market order holds all cash where that is less (market.md section 7).
    """
    if order.side is Side.SELL:
        return
    value = market.value_kopecks(
        worst_units(market, order.side, order.limit_units), order.remaining_lots
    )
    kopecks = value + commission_kopecks(value, is_maker=False) if value else 0
    portfolio = order.portfolio
    if order.order_type is OrderType.MARKET:
        others = portfolio.holds_kopecks - portfolio.holds.get(order.order_id, 0)
        cash = state.ledger.money_kopecks(portfolio) - others
        kopecks = max(0, min(kopecks, cash))
    portfolio.hold(order.order_id, kopecks)


def end_order(
    state: VenueState, order: WorkingOrder, final: OrderState, description: str = ""
) -> None:
    """Ends an order with a rest: what it held and worked is free again."""
    if order.is_stop:
        state.markets[order.symbol].stops.remove(order.order_id)
    else:
        order.portfolio.position(order.symbol).add_working(order.side, -order.remaining_lots)
        order.portfolio.hold(order.order_id, 0)
    state.events.append(order.report(final, state.now_ns, description))
    state.touch(order.portfolio)
    state.finish(order)
