"""A working order as the broker sees it.

Not the order in an exchange's book. Source: market.md section 10.
"""

from __future__ import annotations

from typing import Final

from chp.core.ledger.accounts import Portfolio
from chp.model.order import (
    OrderReport,
    OrderState,
    OrderType,
    PositionEffect,
    Side,
    TimeInForce,
)

ID_DIGITS: Final = 19
"""Identifiers fit 64 bits (wire.md section 4)."""


def order_id_of(text: str) -> int | None:
    """The order id that a robot's text spells; None where it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= ID_DIGITS
    return int(text) if is_number else None


class WorkingOrder:
    """One order from acceptance to its final state."""

    __slots__ = (
        "cancel_in_flight",
        "description",
        "effect",
        "in_flight",
        "label",
        "last_order_no",
        "limit_units",
        "lots",
        "order_id",
        "order_no",
        "order_type",
        "placed_at_ns",
        "portfolio",
        "remaining_lots",
        "side",
        "state",
        "stop_units",
        "symbol",
        "time_in_force",
        "time_ns",
    )

    def __init__(
        self,
        order_id: int,
        portfolio: Portfolio,
        symbol: str,
        *,
        side: Side,
        effect: PositionEffect,
        order_type: OrderType,
        time_in_force: TimeInForce,
        limit_units: int | None,
        stop_units: int | None,
        lots: int,
        label: int,
        now_ns: int,
    ) -> None:
        """A new order: pending, without a number of the exchange."""
        self.order_id = order_id
        self.portfolio = portfolio
        self.symbol = symbol
        self.side = side
        self.effect = effect
        self.order_type = order_type
        self.time_in_force = time_in_force
        self.limit_units = limit_units
        self.stop_units = stop_units
        self.lots = lots
        self.remaining_lots = lots
        self.label = label
        self.placed_at_ns = now_ns
        self.time_ns = now_ns
        self.state = OrderState.PENDING
        self.order_no = 0
        self.last_order_no = 0
        """The last number the exchange gave, kept while the order waits for an opening."""
        self.description = ""
        self.in_flight = False
        """On its way to the exchange for the first time."""
        self.cancel_in_flight = False

    @property
    def is_stop(self) -> bool:
        """Whether this is an untriggered stop or stop-limit."""
        return self.order_type is OrderType.STOP or self.order_type is OrderType.STOP_LIMIT

    @property
    def is_parked(self) -> bool:
        """Whether it waits at the broker for an opening that can take it (row 33)."""
        return self.state is OrderState.PENDING and not (self.is_stop or self.in_flight)

    def report(self, state: OrderState, now_ns: int, description: str = "") -> OrderReport:
        """Enters a state and answers the report of it."""
        self.state = state
        self.time_ns = now_ns
        self.description = description
        return self.snapshot()

    def snapshot(self) -> OrderReport:
        """The order as it stands."""
        return OrderReport(
            self.portfolio.name,
            self.symbol,
            self.state,
            self.side,
            self.effect,
            self.order_type,
            self.time_in_force,
            self.limit_units,
            self.stop_units,
            self.lots,
            self.remaining_lots,
            self.time_ns,
            self.order_id,
            self.order_no,
            self.label,
            self.description,
            self.placed_at_ns,
        )

    def flags(self) -> tuple[int, bool, bool]:
        """What `snapshot` does not tell, for `restore`."""
        return self.last_order_no, self.in_flight, self.cancel_in_flight

    @classmethod
    def restore(
        cls, report: OrderReport, portfolio: Portfolio, flags: tuple[int, bool, bool]
    ) -> WorkingOrder:
        """The order whose `snapshot()` and `flags()` these were."""
        order = cls(
            report.order_id,
            portfolio,
            report.symbol,
            side=report.side,
            effect=report.effect,
            order_type=report.order_type,
            time_in_force=report.time_in_force,
            limit_units=report.limit_price_units,
            stop_units=report.stop_price_units,
            lots=report.lots,
            label=report.label,
            now_ns=report.placed_at_ns,
        )
        order.remaining_lots, order.state = report.remaining_lots, report.state
        order.order_no, order.time_ns = report.order_no, report.time_ns
        order.description = report.description
        order.last_order_no, order.in_flight, order.cancel_in_flight = flags
        return order
