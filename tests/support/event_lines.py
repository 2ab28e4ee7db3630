"""A recorder: the venue's events as short lines, so that a test compares whole lists at a glance.

Order ids and numbers count from 1 (`FIRST_NUMBER` is taken off), prices are rubles, r is what
remains. A portfolio is named only where it is not the first. Lines:

    UO 1 A=1 N=0 K=5 r=10 @161.97              UpdateOrder: state; limit price after @, stop after $
    AddTrade N=2 +10 @161.99 T=3               own execution; trade number after T
    Closed -2 161.97 161.99 A=1 A=4            round trip: lots, buy, sell, opened by, closed by
    Tick T=3 @161.99 x10 buy                   print of the tape
    PM                                         UpdatePosition and SetPortfolio are due
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chp.app.venue.state import FIRST_NUMBER, Reply
from chp.model.answers import OrderPlaced, OrdersTouched
from chp.model.events import (
    AccountTouched,
    DayRolled,
    SessionClosedEvent,
    SessionOpenedEvent,
    SubscriptionAdded,
    SubscriptionRemoved,
    VenueEvent,
)
from chp.model.order import OrderReport, Side
from chp.model.portfolio import ClosedPosition
from chp.model.refusal import Refusal
from chp.model.trade import Fill, Trade
from tests.support.small_venue import FIRST, SECOND

_SUFFIXES: Final = {FIRST.name: "", SECOND.name: " P2"}


def _number(number: int) -> int:
    return number - FIRST_NUMBER if number else 0


def _rubles(units: int) -> str:
    return f"{units // 100}.{units % 100:02}"


def _report_line(report: OrderReport) -> str:
    line = (
        f"UO {report.state.value} A={_number(report.order_id)} N={_number(report.order_no)} "
        f"K={report.label} r={report.remaining_lots}"
    )
    if report.limit_price_units is not None:
        line += f" @{_rubles(report.limit_price_units)}"
    if report.stop_price_units is not None:
        line += f" ${_rubles(report.stop_price_units)}"
    if report.description:
        line += f' "{report.description}"'
    return line + _SUFFIXES[report.portfolio]


def _fill_line(fill: Fill) -> str:
    sign = "+" if fill.side is Side.BUY else "-"
    return (
        f"AddTrade N={_number(fill.order_no)} {sign}{fill.lots} @{_rubles(fill.price_units)} "
        f"T={_number(fill.trade_no)}{_SUFFIXES[fill.portfolio]}"
    )


def _closed_line(closed: ClosedPosition) -> str:
    return (
        f"Closed {closed.lots:+} {_rubles(closed.buy_units)} {_rubles(closed.sell_units)} "
        f"A={_number(closed.open_order_id)} A={_number(closed.close_order_id)}"
        f"{_SUFFIXES[closed.portfolio]}"
    )


def _other_line(event: VenueEvent) -> str:
    match event:
        case Trade():
            side = event.aggressor.name.lower()
            number = _number(event.trade_no)
            return f"Tick T={number} @{_rubles(event.price_units)} x{event.lots} {side}"
        case AccountTouched():
            return f"PM{_SUFFIXES[event.portfolio]}"
        case SessionOpenedEvent():
            return f"Session {event.token_id} {'opened' if event.is_new else 'kept'}"
        case SessionClosedEvent():
            return f"Session {event.token_id} closed"
        case SubscriptionAdded():
            return f"Session {event.token_id} hears {event.channel.name} {event.name}"
        case SubscriptionRemoved():
            return f"Session {event.token_id} ignores {event.channel.name} {event.name}"
        case DayRolled():
            return "DayRolled"
        case _:
            raise AssertionError(f"no line for {event}")


def line_of(event: VenueEvent) -> str:
    """One event as a line."""
    if isinstance(event, OrderReport):
        return _report_line(event)
    if isinstance(event, Fill):
        return _fill_line(event)
    if isinstance(event, ClosedPosition):
        return _closed_line(event)
    return _other_line(event)


def lines_of(events: Iterable[VenueEvent]) -> list[str]:
    """Events as lines, in order."""
    return [line_of(event) for event in events]


def reply_line(reply: Reply | None) -> str:
    """What the caller is told, as a line."""
    match reply:
        case OrderPlaced():
            return f"Placed A={_number(reply.order_id)} K={reply.label}"
        case OrdersTouched():
            return " ".join(["Touched", *(f"A={_number(i)}" for i in reply.order_ids)])
        case Refusal():
            return f"Refused {reply.reason.name.lower()}"
        case None:
            return "Done"
