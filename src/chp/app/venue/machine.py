"""The venue machine: one call per command, answered by a reply and events.

Not durable and not concurrent: `chp.app.writer` journals its commands and owns it.
Source: design.md sections 1 and 5; decision 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heapreplace
from typing import Final

from chp.app.venue import day, desk
from chp.app.venue.booking import take_report
from chp.app.venue.checks import unknown_portfolio, unknown_symbol
from chp.app.venue.sessions import close_session, open_session, subscribe, unsubscribe
from chp.app.venue.state import Reply, VenueState
from chp.app.venue.trading import order_reply
from chp.core.calendar import next_midnight_ns
from chp.core.flow.synthetic import SyntheticFlow
from chp.core.flow.tape import TapeFlow
from chp.model.access import PortfolioGrant
from chp.model.commands import (
    Advance,
    Cancel,
    CancelAll,
    CloseSession,
    Command,
    Move,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
    ResumeVenue,
    SaveCursors,
    Subscribe,
    Unsubscribe,
)
from chp.model.events import ExchangeEvent, VenueEvent
from chp.model.flow import Tape
from chp.model.instrument import FlowKind, Instrument
from chp.model.portfolio import Account
from chp.model.quote import Depth, Quote
from chp.units import NS_PER_MS, value_kopecks

VERSION: Final = "1"
"""Version of the rules: a journal of another version is never replayed (decision 6)."""

QUANTUM_NS: Final = 50 * NS_PER_MS
"""Flows advance in quanta of this length of venue time (market.md section 4)."""


class Outcome:
    """What one command did."""

    __slots__ = ("events", "is_journalled", "reply")

    def __init__(self, reply: Reply | None, events: list[VenueEvent], is_journalled: bool) -> None:
        """The reply (None: done), the events in order, and whether a record must be kept."""
        self.reply = reply
        self.events = events
        self.is_journalled = is_journalled


class Views:
    """How the parts of the venue look that changed since the last call."""

    __slots__ = ("accounts", "depths", "quotes")

    def __init__(self) -> None:
        """Nothing changed."""
        self.quotes: list[Quote] = []
        self.depths: list[Depth] = []
        self.accounts: list[Account] = []


class Venue:
    """The machine; create it, then `handle` commands with times that never go back."""

    def __init__(
        self,
        instruments: Iterable[Instrument],
        tapes: Mapping[str, Tape],
        *,
        seed: int,
        latency_ns: int = 0,
    ) -> None:
        """A venue before `OpenVenue`.

        Args:
            instruments: the reference data; those with a flow are live.
            tapes: by symbol, for every instrument with a tape flow.
            seed: of the synthetic flows, unless the journal says another.
            latency_ns: round trip between broker and exchange, where no command says another.
        """
        self.state = VenueState(instruments, latency_ns)
        self.latency_ns = latency_ns
        self.tapes = tapes
        self.seed = seed
        self.flows: dict[str, TapeFlow | SyntheticFlow] = {}
        self._due: list[tuple[int, str]] = []

    def handle(self, command: Command, now_ns: int) -> Outcome:
        """Carries a command out at a venue time; a time before the last counts as the last."""
        state = self.state
        events: list[VenueEvent] = []
        state.events = events
        before_ns = state.now_ns
        now_ns = max(now_ns, before_ns)
        did_something = False
        if isinstance(command, ResumeVenue):
            self._resume(command, now_ns)
        elif isinstance(command, Advance) or now_ns >= state.next_roll_ns > 0:
            did_something = self._advance(now_ns)
        state.now_ns = now_ns
        reply, is_journalled = self._decide(command)
        state.end_step()
        is_journalled = is_journalled or did_something or bool(events)
        if not is_journalled:
            state.now_ns = before_ns
        return Outcome(reply, events, is_journalled)

    def _decide(self, command: Command) -> tuple[Reply | None, bool]:
        """Answers the reply, and whether a record is due even without events."""
        state = self.state
        match command:
            case Place() | Move() | Cancel() | CancelAll():
                return order_reply(state, command)
            case OpenSession():
                return open_session(state, command), False
            case CloseSession():
                return close_session(state, command), False
            case Subscribe():
                return subscribe(state, command), False
            case Unsubscribe():
                return unsubscribe(state, command), False
            case OpenPortfolio():
                return self._open_portfolio(command.grant), False
            case OpenVenue():
                self._open(command)
            case Advance():
                return None, False
            case SaveCursors() | ResumeVenue():
                pass
        return None, True

    def next_due_ns(self) -> int:
        """When `Advance` has something to do next; flows wait for the end of their quantum."""
        flow_ns = self._due[0][0] if self._due else self.state.next_roll_ns
        due_ns = min(-(-flow_ns // QUANTUM_NS) * QUANTUM_NS, self.state.next_roll_ns)
        link_ns = self.state.link.next_due_ns()
        return due_ns if link_ns is None else min(due_ns, link_ns)

    def pop_views(self) -> Views:
        """Quotes, depths and accounts that changed since the last call."""
        state, views = self.state, Views()
        for symbol in state.dirty_symbols:
            quote, depth = state.markets[symbol].look()
            views.quotes.append(quote)
            views.depths.append(depth)
        for name in state.dirty_portfolios:
            views.accounts.append(state.ledger.account(state.ledger.portfolios[name]))
        state.dirty_symbols.clear()
        state.dirty_portfolios.clear()
        return views

    def _open(self, command: OpenVenue) -> None:
        state = self.state
        if command.latency_ns is not None:
            state.link.half_ns = command.latency_ns // 2
        if command.seed is not None:
            self.seed = command.seed
        state.started_at_ns = state.now_ns
        state.next_roll_ns = next_midnight_ns(state.now_ns)
        for symbol, market in state.markets.items():
            if market.instrument.flow is FlowKind.TAPE:
                tape = self.tapes[symbol]
                events: list[ExchangeEvent] = []
                market.exchange.uncross(tape.uncross, state.now_ns, events)
                desk.absorb(state, market, events)
                self.flows[symbol] = TapeFlow(tape, state.now_ns)
            else:
                self.flows[symbol] = SyntheticFlow(market.instrument, self.seed, state.now_ns)
            state.dirty_symbols[symbol] = None
        self.schedule()
        self._advance(state.now_ns)

    def _resume(self, command: ResumeVenue, now_ns: int) -> None:
        """The market stood still while the gateway was down; the expiries are applied.

        Another latency holds from here on: what is under way arrives first, in its order.
        """
        state = self.state
        state.dirty_symbols.update(dict.fromkeys(state.markets))
        state.dirty_portfolios.update(dict.fromkeys(state.ledger.portfolios))
        for flow in self.flows.values():
            flow.delay(now_ns - state.now_ns)
        self.schedule()
        self._advance(now_ns)
        if command.latency_ns is not None and command.latency_ns // 2 != state.link.half_ns:
            while (due_ns := state.link.next_due_ns()) is not None:
                self._deliver(due_ns)
                state.end_step()
            state.link.half_ns = command.latency_ns // 2

    def schedule(self) -> None:
        """Orders the flows by when they are due."""
        self._due = [(flow.next_due_ns, symbol) for symbol, flow in self.flows.items()]
        heapify(self._due)

    def _advance(self, to_ns: int) -> bool:
        """Plays what is due up to a moment: reports, arrivals, the end of the day, flows.

        Answers whether anything was due. The end of a day comes first of what is due together.
        """
        state = self.state
        link = state.link
        did_something = False
        while True:
            flow_ns = self._due[0][0] if self._due else to_ns + 1
            link_ns = link.next_due_ns() or flow_ns
            first_ns = min(link_ns, flow_ns, state.next_roll_ns)
            if first_ns > to_ns:
                return did_something
            did_something = True
            state.now_ns = max(state.now_ns, first_ns)
            if first_ns == state.next_roll_ns:
                day.roll(state)
            elif first_ns == link_ns and link.next_due_ns() is not None:
                self._deliver(first_ns)
            else:
                self._play()
            state.end_step()

    def _deliver(self, due_ns: int) -> None:
        link = self.state.link
        if link.to_broker and link.to_broker[0][0] == due_ns:
            take_report(self.state, link.to_broker.popleft()[1])
        else:
            desk.arrive(self.state, link.to_exchange.popleft())

    def _play(self) -> None:
        """Plays the flow that is due first."""
        state = self.state
        _, symbol = self._due[0]
        market, flow = state.markets[symbol], self.flows[symbol]
        events: list[ExchangeEvent] = []
        if isinstance(flow, TapeFlow):
            _, _, _, batch = flow.pop()
            market.exchange.play(batch, state.now_ns, events)
        else:
            for action in flow.step(market.exchange.book.remaining):
                market.exchange.act(action, state.now_ns, events)
        heapreplace(self._due, (flow.next_due_ns, symbol))
        desk.absorb(state, market, events)

    def _open_portfolio(self, grant: PortfolioGrant) -> Reply | None:
        """Opens a portfolio; its positions cost the opening price (market.md section 9).

        Refused, and nothing is opened, where the name is taken or a symbol is not listed.
        """
        state = self.state
        if grant.name in state.ledger.portfolios:
            return unknown_portfolio(grant.name)
        unlisted = [symbol for symbol, _ in grant.positions if symbol not in state.instruments]
        if unlisted:
            return unknown_symbol(unlisted[0])
        portfolio = state.ledger.open(
            grant.name,
            leverage=grant.leverage,
            may_short=grant.may_short,
            money_kopecks=grant.cash_kopecks,
        )
        for symbol, securities in grant.positions:
            instrument = state.instruments[symbol]
            market = state.markets.get(symbol)
            units = instrument.opening_units if market is not None else 0
            value = value_kopecks(units, abs(securities), instrument.scale)
            state.ledger.grant(portfolio, symbol, securities // instrument.lot_size, units, value)
        state.touch(portfolio)
        return None
