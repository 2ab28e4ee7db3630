from __future__ import annotations

from chp.app.venue.sessions import close_session, open_session, subscribe, unsubscribe
from chp.app.venue.state import VenueState
from chp.model.commands import CloseSession, OpenSession, Subscribe, Unsubscribe
from chp.model.events import (
    Channel,
    SessionClosedEvent,
    SessionOpenedEvent,
    SubscriptionAdded,
    SubscriptionRemoved,
)
from chp.model.refusal import Refusal, RejectReason
from tests.support.small_venue import TAPED

NAME = "ST123456-MO-01"
TICKS = Subscribe(1, Channel.TICKS, "GAZP", True)


def _state() -> VenueState:
    state = VenueState((TAPED,), 0)
    state.ledger.open(NAME, leverage=5, may_short=True, money_kopecks=0)
    return state


def _open(state: VenueState) -> VenueState:
    open_session(state, OpenSession(1, "login", False))
    state.events.clear()
    return state


def test_connecting_twice_is_refused_and_the_session_stays() -> None:
    state = _state()
    assert open_session(state, OpenSession(1, "login", False)) is None
    subscribe(state, TICKS)
    refusal = open_session(state, OpenSession(1, "login", False))
    assert refusal == Refusal(RejectReason.ALREADY_CONNECTED)
    assert "GAZP" in state.sessions[1].subscriptions[Channel.TICKS]
    assert state.events == [
        SessionOpenedEvent(1, True),
        SubscriptionAdded(1, Channel.TICKS, "GAZP"),
    ]


def test_reconnecting_opens_or_keeps() -> None:
    state = _state()
    assert open_session(state, OpenSession(1, "login", True)) is None
    subscribe(state, TICKS)
    assert open_session(state, OpenSession(1, "login", True)) is None
    assert "GAZP" in state.sessions[1].subscriptions[Channel.TICKS]
    assert [e for e in state.events if isinstance(e, SessionOpenedEvent)] == [
        SessionOpenedEvent(1, True),
        SessionOpenedEvent(1, False),
    ]


def test_disconnecting_ends_subscriptions() -> None:
    state = _open(_state())
    subscribe(state, TICKS)
    assert close_session(state, CloseSession(1)) is None
    assert state.events[-1] == SessionClosedEvent(1)
    assert close_session(state, CloseSession(1)) == Refusal(RejectReason.NOT_CONNECTED)
    _open(state)
    assert state.sessions[1].subscriptions[Channel.TICKS] == {}


def test_listening_needs_a_session_and_a_known_name() -> None:
    state = _state()
    assert subscribe(state, TICKS) == Refusal(RejectReason.NOT_CONNECTED)
    _open(state)
    refusals = [
        subscribe(state, Subscribe(1, Channel.QUOTES, "NOPE", True)),
        subscribe(state, Subscribe(1, Channel.PORTFOLIO, "NOPE", True)),
        subscribe(state, Subscribe(1, Channel.PORTFOLIO, NAME, False)),
    ]
    assert [refusal.reason.name for refusal in refusals if refusal] == [
        "UNKNOWN_SYMBOL",
        "UNKNOWN_PORTFOLIO",
        "UNKNOWN_PORTFOLIO",
    ]
    assert state.events == []
    assert subscribe(state, Subscribe(1, Channel.PORTFOLIO, NAME, True)) is None


def test_listening_twice_is_refused_per_channel() -> None:
    state = _open(_state())
    assert subscribe(state, TICKS) is None
    assert subscribe(state, TICKS) == Refusal(RejectReason.ALREADY_SUBSCRIBED, name="GAZP")
    assert subscribe(state, Subscribe(1, Channel.DEPTH, "GAZP", True)) is None


def test_listening_ends_where_it_began() -> None:
    state = _state()
    ticks = Unsubscribe(1, Channel.TICKS, "GAZP")
    assert unsubscribe(state, ticks) == Refusal(RejectReason.NOT_CONNECTED)
    _open(state)
    assert unsubscribe(state, ticks) == Refusal(RejectReason.NOT_SUBSCRIBED, name="GAZP")
    subscribe(state, TICKS)
    assert unsubscribe(state, ticks) is None
    assert state.events[-1] == SubscriptionRemoved(1, Channel.TICKS, "GAZP")
    assert unsubscribe(state, ticks) == Refusal(RejectReason.NOT_SUBSCRIBED, name="GAZP")
