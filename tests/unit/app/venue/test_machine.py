from __future__ import annotations

from msgspec import structs

from chp.app.venue.machine import QUANTUM_NS, Venue
from chp.model.commands import (
    Advance,
    OpenPortfolio,
    OpenVenue,
    ResumeVenue,
    SaveCursors,
    Subscribe,
)
from chp.model.events import AccountTouched, Channel
from chp.model.flow import Tape, TapePrint
from chp.model.order import Side
from chp.model.refusal import Refusal, RejectReason
from chp.model.trade import Trade
from chp.units import NS_PER_SECOND
from tests.support.event_lines import lines_of
from tests.support.row_desk import BUY, HOLDER, SELL, RowDesk
from tests.support.small_venue import FIRST, SEEDED, START_NS, TAPED, small_venue


def test_opening_plays_the_recorded_auction_and_what_is_due_at_once() -> None:
    venue = small_venue()
    events = venue.handle(OpenVenue(), START_NS).events
    assert lines_of(events)[:2] == ["Tick T=1 @161.98 x100 buy", "Tick T=2 @161.99 x20 buy"]
    market = venue.state.markets["GAZP"]
    assert (market.open_units, market.volume_lots) == (16198, 120)
    assert venue.state.started_at_ns == START_NS


def test_the_auction_moves_no_inferred_quote() -> None:
    prints = (TapePrint(START_NS, 16198, 100, Side.BUY, 1, is_auction=True),)
    tape = RowDesk((60_000, BUY, ((16199, 1),)), before=()).venue.tapes["GAZP"]
    opened = Tape("GAZP", prints, tape.batches, tape.lap_ns, tape.mirror_units)
    venue = Venue((TAPED,), {"GAZP": opened}, seed=7)
    venue.handle(OpenVenue(), START_NS)
    quote, _ = venue.state.markets["GAZP"].look()
    assert (quote.last_units, quote.bid_units, quote.ask_units) == (16198, 0, 0)


def test_a_portfolio_begins_with_its_money_and_positions_at_the_opening_price() -> None:
    venue = small_venue()
    venue.handle(OpenVenue(), START_NS)
    outcome = venue.handle(OpenPortfolio(FIRST), START_NS)
    assert outcome.events == [AccountTouched(FIRST.name)]
    (account,) = venue.pop_views().accounts
    assert account.money_kopecks == 1_000_000_000
    assert [(h.symbol, h.lots, h.cost_kopecks) for h in account.holdings] == [
        ("GAZP", 100, 16_198_000),
        ("SBER", 100, 28_983_000),
    ]


def test_a_portfolio_is_refused_twice_and_with_an_unlisted_symbol() -> None:
    venue = small_venue()
    venue.handle(OpenVenue(), START_NS)
    strange = structs.replace(FIRST, positions=(("GAZP", 10), ("NOPE", 10)))
    outcome = venue.handle(OpenPortfolio(strange), START_NS)
    assert outcome.reply == Refusal(RejectReason.UNKNOWN_SYMBOL, field="symbol", name="NOPE")
    assert (outcome.events, outcome.is_journalled) == ([], False)
    assert venue.state.ledger.portfolios == {}
    assert venue.handle(OpenPortfolio(FIRST), START_NS).reply is None
    assert isinstance(venue.handle(OpenPortfolio(FIRST), START_NS).reply, Refusal)


def test_a_position_in_what_has_no_market_costs_nothing() -> None:
    listed = structs.replace(TAPED, symbol="ACKO", is_halted=True, lot_size=100)
    venue = Venue((SEEDED, listed), {}, seed=7)
    venue.handle(OpenVenue(), START_NS)
    grant = structs.replace(HOLDER, positions=(("ACKO", 500),))
    venue.handle(OpenPortfolio(grant), START_NS)
    position = venue.state.ledger.portfolios[HOLDER.name].positions["ACKO"]
    assert (position.lots, position.cost_kopecks) == (5, 0)
    assert venue.state.lot_value("ACKO") == 0


def test_flows_are_due_at_the_end_of_their_quantum() -> None:
    desk = RowDesk((1010, BUY, ((16199, 1),)))
    assert desk.venue.next_due_ns() == START_NS + 1050 * 10**6
    assert desk.venue.next_due_ns() % QUANTUM_NS == 0


def test_what_travels_on_the_link_is_due_to_the_nanosecond() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 1, "161.90")
    assert desk.venue.next_due_ns() == START_NS + 27_500_000


def test_midnight_is_due_where_nothing_else_is() -> None:
    desk = RowDesk()
    assert desk.venue.next_due_ns() == desk.venue.state.next_roll_ns


def test_an_advance_that_finds_nothing_due_leaves_no_record() -> None:
    desk = RowDesk()
    outcome = desk.venue.handle(Advance(), START_NS + 5)
    assert (outcome.events, outcome.is_journalled) == ([], False)
    assert desk.venue.state.now_ns == START_NS


def test_commands_do_not_advance_the_market() -> None:
    desk = RowDesk((10, BUY, ((16250, 9),)))
    desk.wait(500)
    assert "Tick T=3 @161.99 x1 buy" in desk.place(BUY, 1)
    assert desk.go(1) == ["Tick T=4 @162.50 x8 buy"]


def test_events_never_go_back_in_time() -> None:
    desk = RowDesk((10, BUY, ((16250, 9),)))
    desk.wait(500)
    desk.place(BUY, 1, "161.00")
    desk.go(1)
    (tick,) = [event for event in desk.events if isinstance(event, Trade)]
    assert tick.time_ns == START_NS + 500 * 10**6


def test_a_command_with_an_earlier_time_counts_as_now_also_for_the_market() -> None:
    # The order comes at 500 ms; an advance that was asked for before it comes after it.
    desk = RowDesk((10, BUY, ((16250, 9),)), (400, BUY, ((16260, 9),)))
    desk.wait(500)
    desk.place(BUY, 1, "161.00")
    outcome = desk.venue.handle(Advance(), START_NS + 50 * 10**6)
    assert lines_of(outcome.events) == ["Tick T=3 @162.50 x9 buy", "Tick T=4 @162.60 x9 buy"]
    assert desk.venue.state.now_ns == START_NS + 500 * 10**6


def test_a_resumed_market_goes_on_where_it_stood() -> None:
    desk = RowDesk((1000, BUY, ((16250, 9),)))
    desk.go(400)
    desk.venue.pop_views()
    # The advance to 400 ms did nothing, so the market stands at the opening.
    desk.now_ns = START_NS + 3600 * NS_PER_SECOND
    assert desk.do(ResumeVenue()) == ["Done"]
    assert desk.venue.next_due_ns() == START_NS + 3601 * NS_PER_SECOND
    assert len(desk.venue.pop_views().accounts) == 2


def test_a_restart_may_change_the_latency_and_overtakes_nothing() -> None:
    desk = RowDesk(latency_ms=55)
    desk.place(BUY, 10, "161.90")
    desk.cancel(1)
    assert desk.do(ResumeVenue(0)) == [
        "Done",
        "UO 2 A=1 N=2 K=5 r=10 @161.90",
        "PM",
        "UO 4 A=1 N=2 K=5 r=10 @161.90",
        "PM",
    ]
    assert desk.place(BUY, 10, "161.90")[2] == "UO 2 A=3 N=4 K=5 r=10 @161.90"
    assert desk.do(ResumeVenue(55_000_000)) == ["Done"]
    assert len(desk.place(BUY, 10, "161.90")) == 2


def test_cursors_are_journalled_though_they_change_no_state() -> None:
    desk = RowDesk()
    outcome = desk.venue.handle(SaveCursors(((1, 0, 5),)), START_NS)
    assert (outcome.reply, outcome.events, outcome.is_journalled) == (None, [], True)


def test_a_refusal_is_journalled_when_time_went_on_with_it() -> None:
    desk = RowDesk()
    desk.wait(12 * 3_600_000)
    outcome = desk.venue.handle(Subscribe(9, Channel.TICKS, "GAZP", True), desk.now_ns)
    assert outcome.reply == Refusal(RejectReason.NOT_CONNECTED)
    assert outcome.is_journalled, "the day rolled"
    outcome = desk.venue.handle(Subscribe(9, Channel.TICKS, "GAZP", True), desk.now_ns)
    assert not outcome.is_journalled


def test_views_hold_what_changed_since_the_last_time() -> None:
    desk = RowDesk((1000, SELL, ((16190, 4),)))
    assert len(desk.venue.pop_views().quotes) == 1
    views = desk.venue.pop_views()
    assert (views.quotes, views.depths, views.accounts) == ([], [], [])
    desk.place(BUY, 10, "161.97")
    views = desk.venue.pop_views()
    assert [depth.bids[0].lots for depth in views.depths] == [25]
    assert [account.holds_kopecks for account in views.accounts] == [1_620_186]
    desk.go()
    assert [account.portfolio for account in desk.venue.pop_views().accounts] == [FIRST.name]
