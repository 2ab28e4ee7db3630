"""A small book for flows alone: price-time priority by scanning lists.

It cannot show the venue's rules (robots' rights, self-trade, events); it shares only `model`
with the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chp.model.flow import AddLimit, AgentAction, Aggress, CancelLimit
from chp.model.order import Side


@dataclass
class Rest:
    """One resting order; a robot's has a ref above 0."""

    ref: int
    side: Side
    price_units: int
    lots: int


@dataclass
class FlowBook:
    """Resting orders, oldest first, and every trade as (price, lots, maker's ref)."""

    orders: dict[int, Rest] = field(default_factory=dict)
    trades: list[tuple[int, int, int]] = field(default_factory=list)

    def remaining(self, ref: int) -> int:
        rest = self.orders.get(ref)
        return rest.lots if rest is not None else 0

    def levels(self, side: Side) -> list[int]:
        """The flow's own price levels, best first."""
        prices = {o.price_units for o in self.orders.values() if o.side is side and o.ref < 0}
        return sorted(prices, reverse=side is Side.BUY)

    def act(self, action: AgentAction) -> None:
        if isinstance(action, CancelLimit):
            self.orders.pop(action.ref, None)
        elif isinstance(action, AddLimit):
            self.place(action.ref, action.side, action.price_units, action.lots)
        else:
            assert isinstance(action, Aggress)
            self.take(action.side, action.lots)

    def place(self, ref: int, side: Side, price_units: int, lots: int) -> None:
        """A limit order: takes what it may, then rests. The flow may not meet itself."""
        assert ref not in self.orders
        assert lots > 0
        traded = len(self.trades)
        left = self.take(side, lots, price_units)
        assert ref > 0 or all(maker > 0 for _, _, maker in self.trades[traded:]), "self-crossing"
        if left:
            self.orders[ref] = Rest(ref, side, price_units, left)

    def take(self, side: Side, lots: int, limit_units: int | None = None) -> int:
        """Takes from the other side, up to a limit; answers the lots that are left."""
        sign = 1 if side is Side.BUY else -1
        while lots:
            others = [order for order in self.orders.values() if order.side is not side]
            best = min(others, key=lambda order: sign * order.price_units, default=None)
            if best is None:
                break
            if limit_units is not None and sign * (best.price_units - limit_units) > 0:
                break
            given = min(lots, best.lots)
            lots -= given
            best.lots -= given
            self.trades.append((best.price_units, given, best.ref))
            if not best.lots:
                del self.orders[best.ref]
        return lots
