"""The use-cases over a whole gateway without HTTP: every request, from the rule book's side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from chp.app import venue_runner, writer
from chp.app.writer import WriterBusy, WriterClosed
from chp.model import answers
from chp.model import requests as ask
from chp.model.answers import EventPage, OrderPlaced, OrderReports, OrdersTouched
from chp.model.events import Channel
from chp.model.order import OrderReport, OrderState, OrderType, PositionEffect, Side, TimeInForce
from chp.model.quote import Interval
from chp.model.refusal import Refusal, RejectReason
from chp.model.trade import Trade
from tests.support.clock import DISK_S, run
from tests.support.gateway_rig import LOGIN, OTHER, READER, GatewayRig, live
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import FIRST, SECOND, START_NS

NOT_CONNECTED = Refusal(RejectReason.NOT_CONNECTED)
WRONG_LOGIN = Refusal(RejectReason.WRONG_LOGIN)
PLACE = ask.PlaceOrder(
    FIRST.name,
    "GAZP",
    Side.BUY,
    PositionEffect.AUTO,
    OrderType.LIMIT,
    TimeInForce.DAY,
    Decimal("150.00"),
    Decimal(10),
    None,
    7,
)
"""One lot far below the market."""

STORY: tuple[tuple[ask.Request, type], ...] = (
    (LOGIN, answers.SessionOpened),
    (ask.Reconnect(LOGIN.login, LOGIN.password), answers.SessionOpened),
    (ask.GetSymbols(), answers.Symbols),
    (ask.GetTime(), answers.VenueTime),
    (ask.GetBars(START_NS, Interval.M5, "GAZP", 2), answers.Bars),
    (ask.GetTrades(START_NS, "GAZP", 2), answers.Trades),
    (ask.ListenQuotes("GAZP"), answers.Subscribed),
    (ask.ListenTicks("GAZP"), answers.Subscribed),
    (ask.ListenDepth("GAZP"), answers.Subscribed),
    (ask.ListenPortfolio(FIRST.name), answers.Subscribed),
    (ask.PollQuotes(), answers.Quotes),
    (ask.PollDepth(), answers.Depths),
    (ask.PollTicks(), answers.EventPage),
    (ask.PollOrders(), answers.EventPage),
    (ask.PollFills(), answers.EventPage),
    (ask.PollPositions(), answers.Positions),
    (ask.PollMoney(), answers.Monies),
    (ask.GetPortfolioList(), answers.PortfolioList),
    (ask.GetPortfolioData(True, FIRST.name), answers.PortfolioHistory),
    (PLACE, answers.OrderPlaced),
    (ask.GetOrder(label=7), answers.OrderReports),
    (ask.CancelAllOrders(), answers.OrdersTouched),
    (ask.CancelQuotes("GAZP"), answers.Unsubscribed),
    (ask.CancelTicks("GAZP"), answers.Unsubscribed),
    (ask.CancelDepth("GAZP"), answers.Unsubscribed),
    (ask.CancelPortfolio(FIRST.name), answers.Unsubscribed),
    (ask.Disconnect(LOGIN.login, LOGIN.password), answers.SessionClosed),
)
"""Every request but those that name an order, and what answers it."""

MOVE = ask.MoveOrder(FIRST.name, "GAZP", "1", Decimal("150.50"))
CANCEL = ask.CancelOrder(FIRST.name, "GAZP", "1")
LOGS_IN_OR_OUT = (ask.Connect, ask.Reconnect, ask.Disconnect)


def story(folder: Path, tell: Callable[[GatewayRig], Awaitable[None]]) -> None:
    """Runs a test's steps on a gateway on which the trader is connected."""

    async def told(rig: GatewayRig) -> None:
        await rig.ask(LOGIN)
        await tell(rig)

    live(folder, told)


async def placed(rig: GatewayRig, order: ask.PlaceOrder = PLACE, key: str | None = None) -> int:
    answer = await rig.ask(order, key=key)
    assert isinstance(answer, OrderPlaced)
    return answer.order_id


def test_the_story_and_the_two_others_are_all_requests() -> None:
    told = {type(request) for request, _ in STORY} | {ask.MoveOrder, ask.CancelOrder}
    assert told == set(get_args(ask.Request))


def test_every_request_has_its_answer(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        got = [(request, type(await rig.ask(request))) for request, _ in STORY]
        assert got == list(STORY)

    live(tmp_path, tell)


def test_without_a_session_every_request_but_a_login_says_so(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        asked = [request for request, _ in STORY if not isinstance(request, LOGS_IN_OR_OUT)]
        for request in (*asked, MOVE, CANCEL, ask.Disconnect(LOGIN.login, LOGIN.password)):
            assert await rig.ask(request) == NOT_CONNECTED, request

    live(tmp_path, tell)


def test_a_session_is_the_token_s_not_the_user_s(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        assert await rig.ask(ask.GetTime(), token=READER) == NOT_CONNECTED
        assert await rig.ask(LOGIN, token=READER) == answers.SessionOpened("user_login")
        await rig.ask(ask.Disconnect(LOGIN.login, LOGIN.password), token=READER)
        assert isinstance(await rig.ask(ask.GetTime()), answers.VenueTime)

    story(tmp_path, tell)


@pytest.mark.parametrize("kind", LOGS_IN_OR_OUT)
@pytest.mark.parametrize("is_real", [False, True])
def test_a_wrong_login_keeps_the_session_as_it_is(
    tmp_path: Path, kind: type[ask.Connect | ask.Reconnect | ask.Disconnect], is_real: bool
) -> None:
    async def tell(rig: GatewayRig) -> None:
        await rig.ask(ask.ListenQuotes("GAZP"))
        for login, password in (("user_login", "x"), ("other_login", LOGIN.password), ("", "")):
            assert await rig.ask(kind(login, password, is_real)) == WRONG_LOGIN
        quotes = await rig.ask(ask.PollQuotes())
        assert isinstance(quotes, answers.Quotes)
        assert [quote.symbol for quote in quotes.quotes] == ["GAZP"]

    story(tmp_path, tell)


@pytest.mark.parametrize("kind", [ask.Connect, ask.Reconnect])
def test_mode_1_is_refused_and_opens_nothing(
    tmp_path: Path, kind: type[ask.Connect | ask.Reconnect]
) -> None:
    async def tell(rig: GatewayRig) -> None:
        refusal = await rig.ask(kind(LOGIN.login, LOGIN.password, is_real=True))
        assert refusal == Refusal(RejectReason.NO_REAL_BROKER, field="mode")
        assert await rig.ask(ask.GetTime()) == NOT_CONNECTED

    live(tmp_path, tell)


def test_connect_twice_is_refused_and_reconnect_keeps_what_there_is(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        await rig.ask(ask.ListenTicks("GAZP"))
        assert await rig.ask(LOGIN) == Refusal(RejectReason.ALREADY_CONNECTED)
        await rig.ask(ask.Reconnect(LOGIN.login, LOGIN.password))
        again = await rig.ask(ask.ListenTicks("GAZP"))
        assert isinstance(again, Refusal)
        assert again.reason is RejectReason.ALREADY_SUBSCRIBED

    story(tmp_path, tell)


@pytest.mark.parametrize("kind", [ask.ListenQuotes, ask.ListenTicks, ask.ListenDepth])
def test_listening_to_an_unknown_symbol_is_refused(
    tmp_path: Path, kind: type[ask.ListenQuotes | ask.ListenTicks | ask.ListenDepth]
) -> None:
    async def tell(rig: GatewayRig) -> None:
        refusal = await rig.ask(kind("NOSUCH"))
        assert isinstance(refusal, Refusal)
        assert (refusal.reason, refusal.name) == (RejectReason.UNKNOWN_SYMBOL, "NOSUCH")

    story(tmp_path, tell)


@pytest.mark.parametrize("name", [SECOND.name, "ST000000-MO-01", ""])
def test_another_s_portfolio_is_as_unknown_as_none(tmp_path: Path, name: str) -> None:
    async def tell(rig: GatewayRig) -> None:
        for request in (
            ask.ListenPortfolio(name),
            ask.GetPortfolioData(True, name),
            replace(PLACE, portfolio=name),
            replace(MOVE, portfolio=name),
            replace(CANCEL, portfolio=name),
        ):
            refusal = await rig.ask(request)
            assert isinstance(refusal, Refusal)
            assert (refusal.reason, refusal.name) == (RejectReason.UNKNOWN_PORTFOLIO, name)

    story(tmp_path, tell)


def test_polls_go_on_where_the_last_one_ended_and_the_cursor_is_noted(tmp_path: Path) -> None:
    journal = MemoryJournal()
    left: list[tuple[MemoryJournal, int]] = []

    async def first(rig: GatewayRig) -> None:
        await rig.ask(LOGIN)
        await rig.ask(ask.ListenTicks("GAZP"))
        await rig.ask(ask.ListenPortfolio(FIRST.name))
        await asyncio.sleep(5.9)
        page = await rig.ask(ask.PollTicks())
        assert isinstance(page, EventPage)
        assert (len(page.events), page.seq, page.first_seq) == (7, 7, None)
        assert all(isinstance(event, Trade) for event in page.events)
        assert await rig.ask(ask.PollTicks()) == EventPage((), 7, None)
        again = await rig.ask(ask.PollTicks(after=5))
        assert again == EventPage(page.events[5:], 7, None)
        order_id = await placed(rig)
        orders = await rig.ask(ask.PollOrders())
        assert isinstance(orders, EventPage)
        reports = [event for event in orders.events if isinstance(event, OrderReport)]
        assert {report.order_id for report in reports} == {order_id}
        assert orders.seq == len(reports)
        assert await rig.ask(ask.PollFills()) == EventPage((), 0, None)
        await asyncio.sleep(venue_runner.CURSORS_EVERY_S + 0.1)
        left.append((journal.crashed(), orders.seq))

    async def second(rig: GatewayRig) -> None:
        queues = rig.runner.board.sessions[1].queues()
        assert [queue.cursor for queue in queues] == [7, left[0][1], 0]
        page = await rig.ask(ask.PollTicks())
        assert isinstance(page, EventPage)
        assert page.seq >= 7

    live(tmp_path, first, journal=journal)
    live(tmp_path, second, journal=left[0][0])


def test_what_is_not_listened_to_is_not_answered(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        await asyncio.sleep(3)
        await placed(rig)
        assert [await rig.ask(request) for request, _ in STORY[10:17]] == [
            answers.Quotes(()),
            answers.Depths(()),
            EventPage((), 0, None),
            EventPage((), 0, None),
            EventPage((), 0, None),
            answers.Positions(()),
            answers.Monies(()),
        ]

    story(tmp_path, tell)


def test_subscriptions_come_and_go_on_their_own_channel(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        listened = rig.runner.board.sessions[1].subscriptions
        for request, channel in (
            (ask.ListenQuotes("GAZP"), Channel.QUOTES),
            (ask.ListenTicks("SBER"), Channel.TICKS),
            (ask.ListenDepth("GAZP"), Channel.DEPTH),
            (ask.ListenPortfolio(FIRST.name), Channel.PORTFOLIO),
        ):
            answer = await rig.ask(request)
            assert isinstance(answer, answers.Subscribed)
            assert list(listened[channel]) == [answer.name]
        for gone, channel in (
            (ask.CancelQuotes("GAZP"), Channel.QUOTES),
            (ask.CancelTicks("SBER"), Channel.TICKS),
            (ask.CancelDepth("GAZP"), Channel.DEPTH),
            (ask.CancelPortfolio(FIRST.name), Channel.PORTFOLIO),
        ):
            assert isinstance(await rig.ask(gone), answers.Unsubscribed)
            assert list(listened[channel]) == []
            refusal = await rig.ask(gone)
            assert isinstance(refusal, Refusal)
            assert refusal.reason is RejectReason.NOT_SUBSCRIBED

    story(tmp_path, tell)


def test_orders_are_placed_moved_cancelled_and_all_cancelled(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        first, second = await placed(rig), await placed(rig)
        text = str(first)
        assert await rig.ask(replace(MOVE, order_id=text)) == OrdersTouched((first,))
        assert await rig.ask(replace(CANCEL, order_id=text)) == OrdersTouched((first,))
        done = await rig.ask(replace(CANCEL, order_id=text))
        assert isinstance(done, Refusal)
        assert done.reason is RejectReason.ORDER_IS_DONE
        assert await rig.ask(ask.CancelAllOrders(symbol="SBER")) == OrdersTouched(())
        assert await rig.ask(ask.CancelAllOrders()) == OrdersTouched((second,))

    story(tmp_path, tell)


def test_cancel_all_touches_no_other_token_s_orders(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        await rig.ask(ask.Connect("other_login", LOGIN.password), token=OTHER)
        order = replace(PLACE, portfolio=SECOND.name)
        assert isinstance(await rig.ask(order, token=OTHER), OrderPlaced)
        assert await rig.ask(ask.CancelAllOrders()) == OrdersTouched(())
        assert len(rig.runner.board.working[SECOND.name]) == 1

    story(tmp_path, tell)


def test_amounts_count_as_the_token_was_made(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        rig.add_token("in lots", in_lots=True)
        rig.access.refresh()
        await rig.ask(LOGIN, token="in lots")
        in_lots = await rig.ask(PLACE, token="in lots")
        assert isinstance(in_lots, OrderPlaced)
        assert (in_lots.lots, in_lots.securities) == (10, 100)
        in_securities = await rig.ask(PLACE)
        assert isinstance(in_securities, OrderPlaced)
        assert (in_securities.lots, in_securities.securities) == (1, 10)

    story(tmp_path, tell)


def test_order_get_finds_by_id_cookie_and_request_key(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        order_id = await placed(rig, key="key-1")
        by_id = await rig.ask(ask.GetOrder(order_id=str(order_id)))
        assert isinstance(by_id, OrderReports)
        (report,) = by_id.reports
        assert (report.order_id, report.label, report.state) == (order_id, 7, OrderState.OPEN)
        assert await rig.ask(ask.GetOrder(label=7)) == by_id
        assert await rig.ask(ask.GetOrder(request_id="key-1")) == by_id
        cancel = replace(CANCEL, order_id=str(order_id))
        await rig.ask(cancel, key="key-2")
        touched = await rig.ask(ask.GetOrder(request_id="key-2"))
        assert isinstance(touched, OrderReports)
        assert [report.state for report in touched.reports] == [OrderState.CANCELLED]

    story(tmp_path, tell)


def test_order_get_repeats_the_refusal_under_a_key(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        refused = await rig.ask(replace(PLACE, symbol="NOSUCH"), key="key-1")
        assert isinstance(refused, Refusal)
        assert await rig.ask(ask.GetOrder(request_id="key-1")) == refused

    story(tmp_path, tell)


def test_order_get_of_what_is_not_known(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        for text in ("99", "", "no number", "-1", "9" * 19, "9" * 80):
            refusal = await rig.ask(ask.GetOrder(order_id=text))
            assert refusal == Refusal(RejectReason.UNKNOWN_ORDER, field="orderid", name=text[:64])
        refusal = await rig.ask(ask.GetOrder(request_id="never"))
        assert refusal == Refusal(RejectReason.UNKNOWN_ORDER, field="requestId", name="never")
        assert await rig.ask(ask.GetOrder(label=99)) == OrderReports(())

    story(tmp_path, tell)


def test_order_get_shows_no_other_token_s_orders(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        order_id = await placed(rig, key="key-1")
        await rig.ask(ask.Connect("other_login", LOGIN.password), token=OTHER)
        for request in (ask.GetOrder(str(order_id)), ask.GetOrder(request_id="key-1")):
            refusal = await rig.ask(request, token=OTHER)
            assert isinstance(refusal, Refusal)
            assert refusal.reason is RejectReason.UNKNOWN_ORDER
        assert await rig.ask(ask.GetOrder(label=7), token=OTHER) == OrderReports(())

    story(tmp_path, tell)


def test_order_get_by_a_key_that_is_under_way_does_not_know_it_yet(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        asked = asyncio.create_task(rig.ask(PLACE, key="key-1"))
        await asyncio.sleep(0)
        assert rig.runner.venue.state.remembered, "the machine has decided"
        early = asyncio.create_task(rig.ask(ask.GetOrder(request_id="key-1")))
        answer = await asked
        assert isinstance(answer, OrderPlaced)
        assert await early == Refusal(RejectReason.UNKNOWN_ORDER, field="requestId", name="key-1")
        late = await rig.ask(ask.GetOrder(request_id="key-1"))
        assert isinstance(late, OrderReports)
        assert [report.order_id for report in late.reports] == [answer.order_id]

    story(tmp_path, tell)


def test_a_key_answers_the_same_once_more_and_refuses_another_order(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        first = await rig.ask(PLACE, key="key-1")
        assert await rig.ask(replace(PLACE, securities=Decimal("10.0")), key="key-1") == first
        other = await rig.ask(replace(PLACE, securities=Decimal(20)), key="key-1")
        assert isinstance(other, Refusal)
        assert (other.reason, other.name) == (RejectReason.REQUEST_KEY_REUSED, "key-1")
        assert len(rig.runner.board.working[FIRST.name]) == 1

    story(tmp_path, tell)


def test_too_many_records_that_wait_are_told_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(rig: GatewayRig) -> None:
        monkeypatch.setattr(writer, "GROUP_LIMIT", 1)
        waiting = [asyncio.create_task(rig.ask(PLACE))]
        await asyncio.sleep(DISK_S / 2)
        waiting.append(asyncio.create_task(rig.ask(PLACE)))
        await asyncio.sleep(0)
        with pytest.raises(WriterBusy):
            await rig.ask(PLACE)
        await asyncio.gather(*waiting)
        assert len(rig.runner.board.working[FIRST.name]) == 2

    story(tmp_path, tell)


def test_nothing_is_answered_before_the_start_and_after_the_stop(tmp_path: Path) -> None:
    async def lived() -> None:
        rig = GatewayRig(tmp_path)
        assert not rig.gateway.is_ready
        with pytest.raises(WriterClosed):
            await rig.ask(LOGIN)
        await rig.start()
        assert rig.gateway.is_ready
        assert list(rig.gateway.instruments) == ["GAZP", "SBER"]
        assert rig.gateway.venue_time_ns() >= START_NS
        await rig.runner.stop()
        assert not rig.gateway.is_ready
        with pytest.raises(WriterClosed):
            await rig.ask(LOGIN)
        rig.close()

    run(lived())
