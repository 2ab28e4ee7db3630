"""Sessions and subscriptions as the venue decides them.

Not queues and cursors: those follow from the events (`chp.app.board`). Source: wire.md section 3.
"""

from __future__ import annotations

from typing import Final

from chp.app.venue.checks import unknown_portfolio, unknown_symbol
from chp.app.venue.state import SessionState, VenueState
from chp.model.commands import CloseSession, OpenSession, Subscribe, Unsubscribe
from chp.model.events import (
    Channel,
    SessionClosedEvent,
    SessionOpenedEvent,
    SubscriptionAdded,
    SubscriptionRemoved,
)
from chp.model.refusal import Refusal, RejectReason

NOT_CONNECTED: Final = Refusal(RejectReason.NOT_CONNECTED)


def open_session(state: VenueState, command: OpenSession) -> Refusal | None:
    """Opens the token's session; one that is open stays as it is."""
    session = state.sessions.get(command.token_id)
    if session is not None and not command.is_reconnection:
        return Refusal(RejectReason.ALREADY_CONNECTED)
    if session is None:
        state.sessions[command.token_id] = SessionState()
    state.events.append(SessionOpenedEvent(command.token_id, session is None))
    return None


def close_session(state: VenueState, command: CloseSession) -> Refusal | None:
    """Closes the token's session; working orders stay."""
    if state.sessions.pop(command.token_id, None) is None:
        return NOT_CONNECTED
    state.events.append(SessionClosedEvent(command.token_id))
    return None


def subscribe(state: VenueState, command: Subscribe) -> Refusal | None:
    """Begins to listen to a symbol or a portfolio."""
    session = state.sessions.get(command.token_id)
    if session is None:
        return NOT_CONNECTED
    unknown = _unknown(state, command)
    if unknown is not None:
        return unknown
    names = session.subscriptions[command.channel]
    if command.name in names:
        return Refusal(RejectReason.ALREADY_SUBSCRIBED, name=command.name)
    names[command.name] = None
    state.events.append(SubscriptionAdded(command.token_id, command.channel, command.name))
    return None


def _unknown(state: VenueState, command: Subscribe) -> Refusal | None:
    if command.channel is not Channel.PORTFOLIO:
        return None if command.name in state.instruments else unknown_symbol(command.name)
    if command.is_allowed and command.name in state.ledger.portfolios:
        return None
    return unknown_portfolio(command.name)


def unsubscribe(state: VenueState, command: Unsubscribe) -> Refusal | None:
    """Ceases to listen."""
    session = state.sessions.get(command.token_id)
    if session is None:
        return NOT_CONNECTED
    names = session.subscriptions[command.channel]
    if command.name not in names:
        return Refusal(RejectReason.NOT_SUBSCRIBED, name=command.name)
    del names[command.name]
    state.events.append(SubscriptionRemoved(command.token_id, command.channel, command.name))
    return None
