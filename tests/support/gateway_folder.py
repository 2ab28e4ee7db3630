"""A data folder as a stopped gateway leaves it, made in this process in a fraction of a second.

Without HTTP and without a clock; the market is the real one. It shows nothing about a gateway
that writes meanwhile: tests/e2e/test_upkeep.py starts one.
"""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

from chp.accounts import OpenedAccess, add_demo_account
from chp.adapters.folder import DataFolder
from chp.adapters.history.store import FileHistory
from chp.adapters.store.archive import SqliteArchive
from chp.adapters.store.journal import SqliteJournal
from chp.app.archive import Archive
from chp.app.board import Board
from chp.app.board_store import snapshot_of as board_snapshot
from chp.app.venue.machine import VERSION, Venue
from chp.app.venue.persist import snapshot_of as venue_snapshot
from chp.demo import account, market
from chp.model.commands import (
    Advance,
    Command,
    JournalRecord,
    OpenPortfolio,
    OpenSession,
    OpenVenue,
    Place,
)
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import PlaceOrder
from chp.model.snapshot import Snapshot
from chp.model.trade import Trade
from chp.units import NS_PER_DAY, NS_PER_SECOND
from tests.support.naive_bars import trade

START_NS: Final = 1_708_074_000 * NS_PER_SECOND
SNAPSHOTS_AFTER: Final = (6, 11)
RECORDS: Final = 16


def make_folder(path: Path) -> DataFolder:
    """Makes the folder: sixteen records, two snapshots, two filed days before them."""
    folder = DataFolder(path)
    access = OpenedAccess(folder.access)
    add_demo_account(access)
    access.store.close()
    with (
        closing(SqliteJournal(folder.journal)) as journal,
        closing(SqliteArchive(folder.archive)) as archive,
        closing(FileHistory(folder.history)) as history,
    ):
        _put_two_days(history)
        _live(journal, archive, history)
        history.file_days()
    return folder


def _live(journal: SqliteJournal, orders: SqliteArchive, history: FileHistory) -> None:
    venue = Venue(market.instruments(), market.tapes(), seed=1)
    board = Board(venue.state.instruments)
    archive = Archive(orders)
    for number in range(1, RECORDS + 1):
        command = _command(number)
        outcome = venue.handle(command, START_NS + number * NS_PER_SECOND)
        journal.append([JournalRecord(number, venue.state.now_ns, command)])
        journal.sync()
        board.apply(outcome.events)
        archive.take(outcome.events)
        trades = [event for event in outcome.events if isinstance(event, Trade)]
        history.put_trades(trades, venue.state.instruments)
        if number in SNAPSHOTS_AFTER:
            archive.flush()
            state = venue_snapshot(venue), board_snapshot(board)
            journal.save_snapshot(Snapshot(VERSION, number, *state))


def _command(number: int) -> Command:
    if number == 1:
        return OpenVenue(0, 7)
    if number == 2:
        return OpenPortfolio(account.PORTFOLIO)
    if number == 3:
        return OpenSession(1, account.LOGIN, False)
    return Advance() if number % 2 else Place(1, _order(number), True, False, None)


def _order(number: int) -> PlaceOrder:
    return PlaceOrder(
        account.PORTFOLIO.name,
        "GAZP",
        Side.BUY if number % 4 else Side.SELL,
        PositionEffect.AUTO,
        OrderType.MARKET,
        TimeInForce.DAY,
        None,
        Decimal(10),
        None,
        number,
    )


def _put_two_days(history: FileHistory) -> None:
    """Trades of the two days before: when later ones are in, these days can be filed."""
    instruments = {instrument.symbol: instrument for instrument in market.instruments()}
    first_ns = START_NS - 2 * NS_PER_DAY
    trades = [trade(at, first_ns + (at > 5) * NS_PER_DAY + at, 28_000, at) for at in range(1, 11)]
    history.put_trades(trades, instruments)
