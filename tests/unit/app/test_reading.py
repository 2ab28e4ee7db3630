"""What is answered from board, history and archive, with nothing changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from chp.app import reading
from chp.app.archive import Archive
from chp.app.board import SessionBoard
from chp.app.venue.state import RememberedReply
from chp.model import requests as ask
from chp.model.answers import (
    Bars,
    Depths,
    Monies,
    OrderPlaced,
    OrderReports,
    OrdersTouched,
    PortfolioHistory,
    PortfolioList,
    Positions,
    Quotes,
    Symbols,
    Trades,
    VenueTime,
)
from chp.model.events import Channel
from chp.model.order import OrderState
from chp.model.portfolio import PortfolioEntry, PortfolioStatus
from chp.model.quote import Interval
from chp.model.refusal import Refusal, RejectReason
from chp.units import NS_PER_DAY, NS_PER_MINUTE
from tests.support.archive_samples import fill, report, round_trip
from tests.support.dict_archive import DictArchive
from tests.support.gateway_rig import LOGIN, GatewayRig, live
from tests.support.small_venue import FIRST, SECOND, SEEDED, START_NS, TAPED

DAY_BEGAN_NS = START_NS - 12 * 60 * NS_PER_MINUTE
MARKET_S = 5.9
"""So long after the start the hand-made tape has told a lap: seven trades."""


def story(folder: Path, tell: Callable[[GatewayRig, SessionBoard], Awaitable[None]]) -> None:
    """Runs a test's steps after a while of market, with a session open."""

    async def told(rig: GatewayRig) -> None:
        await rig.ask(LOGIN)
        await asyncio.sleep(MARKET_S)
        await tell(rig, rig.runner.board.sessions[1])

    live(folder, told)


def shown(rig: GatewayRig, session: SessionBoard, request: reading.Present) -> object:
    return reading.present(rig.runner, rig.history, rig.caller(), session, request)


def test_quotes_and_depths_are_those_of_the_symbols_listened_to_in_their_order(
    tmp_path: Path,
) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        board = rig.runner.board
        assert shown(rig, session, ask.PollQuotes()) == Quotes(())
        assert shown(rig, session, ask.PollDepth()) == Depths(())
        for symbol in ("SBER", "GAZP"):
            session.subscriptions[Channel.QUOTES][symbol] = None
            session.subscriptions[Channel.DEPTH][symbol] = None
        quotes = shown(rig, session, ask.PollQuotes())
        assert quotes == Quotes((board.quote("SBER"), board.quote("GAZP")))
        assert board.quote("GAZP").last_units == 16_196
        depths = shown(rig, session, ask.PollDepth())
        assert depths == Depths((board.depth("SBER"), board.depth("GAZP")))
        assert board.depth("SBER").bids

    story(tmp_path, tell)


def test_positions_and_money_are_those_of_the_portfolios_listened_to(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        assert shown(rig, session, ask.PollPositions()) == Positions(())
        assert shown(rig, session, ask.PollMoney()) == Monies(())
        session.subscriptions[Channel.PORTFOLIO][FIRST.name] = None
        positions = shown(rig, session, ask.PollPositions())
        assert isinstance(positions, Positions)
        rows = [(row.portfolio, row.symbol, row.lots) for row in positions.positions]
        assert rows == [(FIRST.name, "GAZP", 100), (FIRST.name, "SBER", 100)]
        money = shown(rig, session, ask.PollMoney())
        assert money == Monies((rig.runner.board.money(FIRST.name),))

    story(tmp_path, tell)


def test_portfolio_list_is_the_token_s_by_name(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        caller = replace(rig.caller(), portfolios=frozenset({SECOND.name, FIRST.name}))
        request = ask.GetPortfolioList()
        listed = reading.present(rig.runner, rig.history, caller, session, request)
        assert listed == PortfolioList(
            tuple(
                PortfolioEntry(name, "MON", PortfolioStatus.BROKER)
                for name in (FIRST.name, SECOND.name)
            )
        )

    story(tmp_path, tell)


def test_symbols_say_where_their_made_up_bars_end(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        symbols = shown(rig, session, ask.GetSymbols())
        assert isinstance(symbols, Symbols)
        assert [entry.instrument for entry in symbols.entries] == [TAPED, SEEDED]
        ends_ns = [entry.synthetic_bars_to_ns for entry in symbols.entries]
        assert ends_ns == [rig.history.synthetic_bars_to_ns(name) for name in ("GAZP", "SBER")]

    story(tmp_path, tell)


def test_time_is_the_venue_s(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        told = shown(rig, session, ask.GetTime())
        assert told == VenueTime(rig.runner.venue_time_ns(), "2024-02-16", "continuous", 1)

    story(tmp_path, tell)


def test_every_request_of_the_present_is_in_the_tests() -> None:
    assert set(get_args(reading.Present)) == {
        ask.PollQuotes,
        ask.PollDepth,
        ask.PollPositions,
        ask.PollMoney,
        ask.GetPortfolioList,
        ask.GetSymbols,
        ask.GetTime,
    }


def test_bars_and_trades_go_back_and_forward_from_a_moment(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig, session: SessionBoard) -> None:
        def asked(request: ask.GetBars | ask.GetTrades) -> object:
            return reading.past(rig.history, rig.gateway.instruments, request)

        back = asked(ask.GetTrades(rig.runner.venue_time_ns(), "GAZP", 3))
        assert isinstance(back, Trades)
        assert back.instrument == TAPED
        assert [trade.price_units for trade in back.trades] == [16_196, 16_193, 16_195]
        forward = asked(ask.GetTrades(back.trades[1].time_ns, "GAZP", -2))
        assert isinstance(forward, Trades)
        assert [trade.price_units for trade in forward.trades] == [16_193, 16_196]
        bars = asked(ask.GetBars(START_NS, Interval.M1, "GAZP", 2))
        assert isinstance(bars, Bars)
        assert (bars.instrument, bars.interval) == (TAPED, Interval.M1)
        assert [bar.close_ns for bar in bars.bars] == [START_NS, START_NS - NS_PER_MINUTE]

    story(tmp_path, tell)


@pytest.mark.parametrize("kind", ["bars", "trades"])
def test_past_refuses_an_unknown_symbol_and_no_rows(tmp_path: Path, kind: str) -> None:
    def request(symbol: str, count: int) -> ask.GetBars | ask.GetTrades:
        if kind == "bars":
            return ask.GetBars(START_NS, Interval.M1, symbol, count)
        return ask.GetTrades(START_NS, symbol, count)

    async def tell(rig: GatewayRig) -> None:
        instruments = rig.gateway.instruments
        unknown = reading.past(rig.history, instruments, request("gazp", 0))
        assert unknown == Refusal(RejectReason.UNKNOWN_SYMBOL, field="symbol", name="gazp")
        none = reading.past(rig.history, instruments, request("GAZP", 0))
        assert isinstance(none, Refusal)
        assert (none.reason, none.field, none.came) == (RejectReason.COUNT_IS_ZERO, "count", "0")

    live(tmp_path, tell)


def test_a_portfolio_s_history_is_of_today_s_working_orders_or_of_31_days() -> None:
    month_ns = DAY_BEGAN_NS - 30 * NS_PER_DAY
    store = DictArchive()
    store.put(
        [
            report(1, OrderState.FILLED, time_ns=month_ns - 1),
            report(2, OrderState.FILLED, time_ns=month_ns),
            report(3, OrderState.OPEN, time_ns=month_ns - 1),
            report(4, OrderState.CANCELLED, time_ns=START_NS),
            report(5, OrderState.OPEN, portfolio=SECOND.name),
        ],
        [
            fill(11, time_ns=month_ns - 1),
            fill(12, time_ns=month_ns),
            fill(13, time_ns=DAY_BEGAN_NS),
        ],
        [round_trip(12, time_ns=month_ns), round_trip(13, time_ns=DAY_BEGAN_NS)],
    )
    archive = Archive(store)

    def numbers(is_all: bool) -> tuple[list[int], list[int], list[int]]:
        asked = ask.GetPortfolioData(is_all, FIRST.name)
        answer = reading.portfolio_history(archive, asked, DAY_BEGAN_NS)
        assert isinstance(answer, PortfolioHistory)
        orders = [row.order_id for row in answer.orders]
        fills = [row.trade_no for row in answer.fills]
        return orders, fills, [row.trade_no for row in answer.closed_positions]

    assert numbers(is_all=True) == ([2, 3, 4], [12, 13], [12, 13])
    assert numbers(is_all=False) == ([3], [13], [13])


OWN = report(100_001, label=7)
OTHERS = report(100_002, label=7, portfolio=SECOND.name)


@pytest.fixture
def archive() -> Archive:
    made = Archive(DictArchive())
    made.take([OWN, OTHERS])
    return made


def asked_for(
    archive: Archive, request: ask.GetOrder, known: RememberedReply | None = None
) -> object:
    return reading.orders_asked(archive, frozenset({FIRST.name}), request, known)


def test_an_order_is_found_by_id_in_the_token_s_portfolios(archive: Archive) -> None:
    assert asked_for(archive, ask.GetOrder(order_id="100001")) == OrderReports((OWN,))
    for text in ("100002", "100003", "", "100001 ", "x" * 100):
        assert asked_for(archive, ask.GetOrder(order_id=text)) == Refusal(
            RejectReason.UNKNOWN_ORDER, field="orderid", name=text[:64]
        )


def test_orders_are_found_by_label_in_the_token_s_portfolios(archive: Archive) -> None:
    assert asked_for(archive, ask.GetOrder(label=7)) == OrderReports((OWN,))
    assert asked_for(archive, ask.GetOrder(label=0)) == OrderReports(())


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (OrderPlaced(7, 100_001, 1, 10), OrderReports((OWN,))),
        (OrdersTouched((100_001,)), OrderReports((OWN,))),
        (OrdersTouched(()), OrderReports(())),
        (OrderPlaced(7, 100_009, 1, 10), OrderReports(())),
        (OrdersTouched((100_001, 100_002)), OrderReports((OWN,))),
        (Refusal(RejectReason.NOT_TRADABLE), Refusal(RejectReason.NOT_TRADABLE)),
    ],
)
def test_a_request_key_tells_what_it_did(
    archive: Archive, reply: OrderPlaced | OrdersTouched | Refusal, expected: object
) -> None:
    known = RememberedReply(1, "key", "digest", reply, START_NS)
    assert asked_for(archive, ask.GetOrder(request_id="key"), known) == expected


def test_a_request_key_that_was_never_used_is_told(archive: Archive) -> None:
    key = "k" * 100
    assert asked_for(archive, ask.GetOrder(request_id=key)) == Refusal(
        RejectReason.UNKNOWN_ORDER, field="requestId", name="k" * 64
    )
