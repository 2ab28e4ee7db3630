"""The venue machine's state as a `VenueSnapshot`, and back.

Source: design decision 6 (book, ledger, sessions, flow state, random state, tape position).
"""

from __future__ import annotations

from typing import Final

from chp.app.venue.link import Errand, Sent
from chp.app.venue.machine import Venue
from chp.app.venue.market import Market
from chp.app.venue.orders import WorkingOrder
from chp.app.venue.state import SessionState, VenueState
from chp.core.flow.synthetic import SyntheticFlow
from chp.core.flow.tape import TapeFlow
from chp.core.ledger.accounts import Ledger
from chp.core.matching.book import Resting
from chp.core.matching.tape import TapeMarket
from chp.model.order import Side
from chp.model.snapshot import (
    MarketSnapshot,
    SessionSnapshot,
    VenueSnapshot,
)

_TOTALS: Final = (
    "previous_close_units",
    "legal_close_units",
    "open_units",
    "high_units",
    "low_units",
    "last_units",
    "last_lots",
    "last_time_ns",
    "volume_lots",
)


def snapshot_of(venue: Venue) -> VenueSnapshot:
    """The state between two commands."""
    state = venue.state
    return VenueSnapshot(
        now_ns=state.now_ns,
        started_at_ns=state.started_at_ns,
        next_roll_ns=state.next_roll_ns,
        last_order=state.numbering.last_order,
        last_trade=state.numbering.last_trade,
        orders=[(order.snapshot(), order.flags()) for order in state.orders.values()],
        done=list(state.done.items()),
        half_latency_ns=state.link.half_ns,
        seed=venue.seed,
        to_exchange=[
            (sent.due_ns, int(sent.errand), sent.order_id, sent.price_units)
            for sent in state.link.to_exchange
        ],
        to_broker=list(state.link.to_broker),
        sessions=_session_snapshots(state),
        remembered=list(state.remembered.values()),
        ledger=state.ledger.state(),
        markets=[_market_snapshot(venue, symbol) for symbol in state.markets],
    )


def _session_snapshots(state: VenueState) -> list[SessionSnapshot]:
    return [
        SessionSnapshot(
            token_id,
            [(channel, list(names)) for channel, names in session.subscriptions.items()],
        )
        for token_id, session in state.sessions.items()
    ]


def _market_snapshot(venue: Venue, symbol: str) -> MarketSnapshot:
    market = venue.state.markets[symbol]
    tape, book = market.exchange.tape, market.exchange.book
    resting = [
        (
            order.order_id,
            order.owner,
            int(order.side),
            order.price_units,
            order.lots,
            order.order_no,
            order.ahead_lots,
        )
        for side in (book.bids, book.asks)
        for level in side.levels.values()
        for order in level.orders.values()
    ]
    return MarketSnapshot(
        symbol=symbol,
        totals=tuple(getattr(market, name) for name in _TOTALS),
        book=resting,
        tape=tape.state() if tape is not None else None,
        flow=list(venue.flows[symbol].state()),
    )


def restore(venue: Venue, snapshot: VenueSnapshot) -> None:
    """Puts a new venue (same instruments and tapes) into a stored state."""
    state = venue.state
    state.now_ns, state.started_at_ns = snapshot.now_ns, snapshot.started_at_ns
    state.next_roll_ns = snapshot.next_roll_ns
    state.numbering.last_order = snapshot.last_order
    state.numbering.last_trade = snapshot.last_trade
    state.ledger = Ledger.from_state(snapshot.ledger)
    for entry in snapshot.markets:
        _restore_market(venue, entry)
    _restore_orders(state, snapshot)
    state.done.update(snapshot.done)
    state.link.half_ns = snapshot.half_latency_ns
    venue.seed = snapshot.seed
    for due_ns, errand, order_id, price_units in snapshot.to_exchange:
        state.link.to_exchange.append(Sent(due_ns, Errand(errand), order_id, price_units))
    state.link.to_broker.extend(snapshot.to_broker)
    _restore_sessions(state, snapshot)
    venue.schedule()


def _restore_market(venue: Venue, entry: MarketSnapshot) -> None:
    market = venue.state.markets[entry.symbol]
    for name, value in zip(_TOTALS, entry.totals, strict=True):
        setattr(market, name, value)
    market.set_legal_close(market.legal_close_units)
    for order_id, owner, side, price_units, lots, order_no, ahead_lots in entry.book:
        order = Resting(order_id, owner, Side(side), price_units, lots, order_no)
        order.ahead_lots = ahead_lots
        market.exchange.book.add(order)
    _restore_flow(venue, market, entry)


def _restore_flow(venue: Venue, market: Market, entry: MarketSnapshot) -> None:
    symbol = entry.symbol
    if entry.tape is None:
        venue.flows[symbol] = SyntheticFlow.from_state(market.instrument, entry.flow)
        return
    market.exchange.tape = TapeMarket.from_state(market.instrument.step_units, entry.tape)
    venue.flows[symbol] = TapeFlow.from_state(venue.tapes[symbol], entry.flow)


def _restore_orders(state: VenueState, snapshot: VenueSnapshot) -> None:
    for report, flags in snapshot.orders:
        order = WorkingOrder.restore(report, state.ledger.portfolios[report.portfolio], flags)
        state.orders[order.order_id] = order
        if order.is_stop and order.stop_units is not None:
            stops = state.markets[order.symbol].stops
            stops.add(order.order_id, order.side, order.stop_units)


def _restore_sessions(state: VenueState, snapshot: VenueSnapshot) -> None:
    for entry in snapshot.sessions:
        session = state.sessions[entry.token_id] = SessionState()
        for channel, names in entry.subscriptions:
            session.subscriptions[channel].update(dict.fromkeys(names))
    for known in snapshot.remembered:
        state.remembered[known.token_id, known.key] = known
