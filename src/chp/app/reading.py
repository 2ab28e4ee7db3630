"""What the gateway answers without changing anything.

Pure functions over the board (now), the history and the archive (the past); those over the
past are run in worker threads. Source: wire.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from chp.app.archive import Archive
from chp.app.board import Board, SessionBoard
from chp.app.history import HistoryService
from chp.app.venue.orders import order_id_of
from chp.app.venue.state import RememberedReply
from chp.core.calendar import date_of
from chp.model import requests as ask
from chp.model.access import Caller
from chp.model.answers import (
    Answer,
    Bars,
    Depths,
    Monies,
    OrderPlaced,
    OrderReports,
    PortfolioList,
    Positions,
    Quotes,
    SymbolEntry,
    Symbols,
    Trades,
    VenueTime,
)
from chp.model.events import Channel
from chp.model.instrument import Instrument
from chp.model.portfolio import PortfolioEntry, PortfolioStatus
from chp.model.refusal import Refusal, RejectReason
from chp.units import NS_PER_DAY

HISTORY_DAYS: Final = 30
"""GetMyPortfolioData mode 2 reaches back over the previous 30 venue days."""

MONEY_EXCHANGE: Final = "MON"
"""portfolioExch of a single money account (smartcom.md section 6.3)."""


class RunningVenue(Protocol):
    """What reading needs of the venue's runner."""

    @property
    def board(self) -> Board:
        """What is published."""

    def venue_time_ns(self) -> int:
        """Venue time now."""


Present = (
    ask.GetSymbols
    | ask.GetTime
    | ask.PollQuotes
    | ask.PollDepth
    | ask.PollPositions
    | ask.PollMoney
    | ask.GetPortfolioList
)


def present(
    runner: RunningVenue,
    history: HistoryService,
    caller: Caller,
    session: SessionBoard,
    request: Present,
) -> Answer:
    """Answers what the board shows now."""
    board, listened = runner.board, session.subscriptions
    match request:
        case ask.PollQuotes():
            return Quotes(tuple(board.quote(symbol) for symbol in listened[Channel.QUOTES]))
        case ask.PollDepth():
            return Depths(tuple(board.depth(symbol) for symbol in listened[Channel.DEPTH]))
        case ask.PollPositions():
            names = listened[Channel.PORTFOLIO]
            return Positions(tuple(row for name in names for row in board.positions(name)))
        case ask.PollMoney():
            return Monies(tuple(board.money(name) for name in listened[Channel.PORTFOLIO]))
        case ask.GetPortfolioList():
            return PortfolioList(
                tuple(
                    PortfolioEntry(name, MONEY_EXCHANGE, PortfolioStatus.BROKER)
                    for name in sorted(caller.portfolios)
                )
            )
        case ask.GetSymbols():
            return Symbols(
                tuple(
                    SymbolEntry(instrument, history.synthetic_bars_to_ns(symbol))
                    for symbol, instrument in board.instruments.items()
                )
            )
        case ask.GetTime():
            now_ns = runner.venue_time_ns()
            return VenueTime(now_ns, date_of(now_ns).isoformat(), "continuous", 1)


def past(
    history: HistoryService,
    instruments: Mapping[str, Instrument],
    request: ask.GetBars | ask.GetTrades,
) -> Answer | Refusal:
    """Answers bars or trades."""
    instrument = instruments.get(request.symbol)
    if instrument is None:
        return Refusal(RejectReason.UNKNOWN_SYMBOL, field="symbol", name=request.symbol)
    if request.count == 0:
        return Refusal(
            RejectReason.COUNT_IS_ZERO,
            field="count",
            expected="more than 0 to walk back, less than 0 to walk forward",
            came="0",
        )
    if isinstance(request, ask.GetTrades):
        trades = history.trades(instrument, request.since_ns, request.count)
        return Trades(instrument, tuple(trades))
    bars = history.bars(instrument, request.interval, request.since_ns, request.count)
    return Bars(instrument, request.interval, tuple(bars))


def portfolio_history(archive: Archive, request: ask.GetPortfolioData, day_began_ns: int) -> Answer:
    """Answers orders, fills and round trips of a portfolio."""
    since_ns = day_began_ns - HISTORY_DAYS * NS_PER_DAY if request.is_all else day_began_ns
    return archive.history(request.portfolio, since_ns, request.is_all)


def orders_asked(
    archive: Archive,
    portfolios: frozenset[str],
    request: ask.GetOrder,
    known: RememberedReply | None,
) -> Answer | Refusal:
    """Answers what became of orders, by id, label or request key."""
    if request.label is not None:
        return OrderReports(tuple(archive.orders_by_label(sorted(portfolios), request.label)))
    if request.request_id is not None:
        return _by_request(archive, portfolios, request.request_id, known)
    text = request.order_id or ""
    order_id = order_id_of(text)
    report = archive.order(order_id) if order_id is not None else None
    if report is None or report.portfolio not in portfolios:
        return _unknown_order("orderid", text)
    return OrderReports((report,))


def _by_request(
    archive: Archive,
    portfolios: frozenset[str],
    request_id: str,
    known: RememberedReply | None,
) -> Answer | Refusal:
    if known is None:
        return _unknown_order("requestId", request_id)
    reply = known.reply
    if isinstance(reply, Refusal):
        return reply
    ids = (reply.order_id,) if isinstance(reply, OrderPlaced) else reply.order_ids
    found = (archive.order(order_id) for order_id in ids)
    return OrderReports(
        tuple(report for report in found if report is not None and report.portfolio in portfolios)
    )


def _unknown_order(field: str, text: str) -> Refusal:
    return Refusal(RejectReason.UNKNOWN_ORDER, field=field, name=text[:64])
