from __future__ import annotations

from msgspec import structs

from chp.app.board import Board
from chp.app.venue.machine import Venue
from chp.model.commands import Advance, Command, OpenPortfolio, OpenSession, OpenVenue
from chp.model.events import (
    Channel,
    SessionClosedEvent,
    SessionOpenedEvent,
    SubscriptionAdded,
    SubscriptionRemoved,
)
from chp.model.instrument import FlowKind
from chp.model.order import Side
from chp.model.quote import Depth
from chp.model.trade import Trade
from tests.support.event_lines import lines_of
from tests.support.row_desk import BUY, GTC, RowDesk
from tests.support.small_venue import FIRST, SEEDED, START_NS, TAPED, small_venue

GAZP_TICK = Trade("GAZP", START_NS, 16198, 3, 100_001, Side.BUY, 0)
SBER_TICK = Trade("SBER", START_NS, 28983, 3, 100_002, Side.BUY, 0)


def _board(*listens: tuple[Channel, str]) -> Board:
    board = Board({"GAZP": TAPED, "SBER": SEEDED})
    board.apply([SessionOpenedEvent(1, True)])
    board.apply([SubscriptionAdded(1, channel, name) for channel, name in listens])
    return board


def test_ticks_go_to_those_who_listen() -> None:
    board = _board((Channel.TICKS, "GAZP"), (Channel.QUOTES, "SBER"))
    board.apply([SessionOpenedEvent(2, True), GAZP_TICK, SBER_TICK])
    assert board.sessions[1].ticks.read(None)[0] == (GAZP_TICK,)
    assert board.sessions[2].ticks.read(None)[0] == ()
    board.apply([SubscriptionRemoved(1, Channel.TICKS, "GAZP"), GAZP_TICK])
    assert board.sessions[1].ticks.read(None)[0] == ()


def test_a_kept_session_keeps_its_queues_and_a_closed_one_loses_them() -> None:
    board = _board((Channel.TICKS, "GAZP"))
    board.apply([GAZP_TICK, SessionOpenedEvent(1, False)])
    assert board.sessions[1].ticks.last_seq == 1
    board.apply([SessionClosedEvent(1), SessionOpenedEvent(1, True)])
    assert board.sessions[1].ticks.last_seq == 0
    assert not board.sessions[1].listens(Channel.TICKS, "GAZP")


def test_reports_and_fills_go_to_those_who_listen_to_the_portfolio() -> None:
    desk = RowDesk()
    desk.place(BUY, 30, "161.99")
    board = _board((Channel.PORTFOLIO, FIRST.name))
    board.apply([SessionOpenedEvent(2, True), *desk.events])
    assert lines_of(board.sessions[1].orders.read(None)[0]) == [
        "UO 1 A=1 N=0 K=5 r=30 @161.99",
        "UO 2 A=1 N=2 K=5 r=30 @161.99",
        "UO 6 A=1 N=2 K=5 r=10 @161.99",
    ]
    assert lines_of(board.sessions[1].fills.read(None)[0]) == ["AddTrade N=2 +20 @161.99 T=3"]
    assert board.sessions[2].orders.last_seq == board.sessions[2].fills.last_seq == 0


def test_working_orders_leave_with_their_final_state_and_fills_with_the_day() -> None:
    desk = RowDesk()
    board = _board()
    desk.place(BUY, 30, "161.99", tif=GTC)
    desk.place(BUY, 3, "161.90")
    board.apply(desk.events)
    assert list(board.working[FIRST.name]) == [100_001, 100_003]
    assert len(board.fills_today[FIRST.name]) == 1
    desk.events.clear()
    desk.to_midnight()
    board.apply(desk.events)
    assert list(board.working[FIRST.name]) == [100_001]
    assert board.fills_today == {}


def _opened() -> tuple[Venue, Board]:
    venue = small_venue()
    board = Board(venue.state.instruments)
    steps: list[Command] = [OpenVenue(), OpenPortfolio(FIRST), OpenSession(1, "user_login", False)]
    for command in steps:
        board.apply(venue.handle(command, START_NS).events)
    board.apply_views(venue.pop_views())
    return venue, board


def test_money_follows_the_published_prices() -> None:
    venue, board = _opened()
    before = board.money(FIRST.name)
    assert before.liquidation_kopecks == 1_000_000_000 + 100 * 161_990 + 100 * 289_830
    venue.handle(Advance(), START_NS + 10**9)
    assert board.money(FIRST.name) == before, "not yet published"
    views = venue.pop_views()
    assert not views.accounts, "prices alone change no account"
    board.apply_views(views)
    assert board.lot_value("GAZP") == 161_970
    after = board.money(FIRST.name)
    worth = 100 * 161_970 + 100 * board.lot_value("SBER")
    assert after.liquidation_kopecks == 1_000_000_000 + worth
    assert after.initial_margin_kopecks == worth // 5
    assert after.cash_kopecks == before.cash_kopecks


def test_positions_carry_what_is_planned() -> None:
    desk = RowDesk()
    desk.place(BUY, 10, "161.90")
    board = _board()
    board.apply_views(desk.venue.pop_views())
    (position,) = board.positions(FIRST.name)
    assert (position.lots, position.planned_lots, position.cost_kopecks) == (100, 110, 16_198_000)


def test_what_has_no_market_shows_zeros_and_is_not_tradable() -> None:
    listed = structs.replace(TAPED, symbol="ACKO", flow=FlowKind.NONE)
    board = Board({"ACKO": listed})
    quote = board.quote("ACKO")
    assert (quote.last_units, quote.bid_units, quote.is_tradable) == (0, 0, False)
    assert board.depth("ACKO") == Depth("ACKO", (), ())
    assert board.lot_value("ACKO") == 0


def test_quotes_and_depths_are_the_latest_published() -> None:
    _, board = _opened()
    quote, depth = board.quote("GAZP"), board.depth("GAZP")
    assert (quote.bid_units, quote.ask_units, quote.last_units) == (16198, 16199, 16199)
    assert sum(level.lots for level in depth.asks) == quote.ask_total_lots == 20
