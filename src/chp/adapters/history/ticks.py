"""The tables of trades: the newest in SQLite, and which days are filed in Parquet.

Not the files: those are `parquet`. A day's trades are in SQLite while it is open, then in its
file; where a late trade opens a filed day again, in both. Source: design decision 7.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from chp.adapters.history import bars
from chp.adapters.history.parquet import TickFiles, TickRow
from chp.errors import UsageError
from chp.model.instrument import Instrument
from chp.model.order import Side
from chp.model.trade import Trade
from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY

_SIDES: Final = {int(side): side for side in Side}

_PUT: Final = "INSERT INTO ticks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

_OPEN_DAY: Final = """
    INSERT INTO days VALUES (?, ?, ?, 1, 1, 0)
    ON CONFLICT (symbol, day) DO UPDATE SET is_open = 1
"""

_COLUMNS: Final = "time_ns, trade_no, price_units, lots, securities, aggressor, recorded_no"

_BACK: Final = f"""
    SELECT {_COLUMNS} FROM ticks
    WHERE symbol = ? AND time_ns <= ? ORDER BY time_ns DESC, trade_no DESC LIMIT ?
"""

_FORWARD: Final = f"""
    SELECT {_COLUMNS} FROM ticks
    WHERE symbol = ? AND time_ns >= ? ORDER BY time_ns, trade_no LIMIT ?
"""

_FINISHED: Final = """
    SELECT symbol, day, scale, filed_rows FROM days
    WHERE is_open AND day < (SELECT max(day) FROM days WHERE is_open) ORDER BY day, symbol
"""

_DAY_ROWS: Final = f"""
    SELECT {_COLUMNS} FROM ticks WHERE symbol = ? AND time_ns >= ? AND time_ns < ?
"""

_FORGET: Final = """
    DELETE FROM ticks WHERE symbol = ? AND time_ns >= ? AND time_ns < ? AND trade_no <= ?
"""

_FILED: Final = """
    UPDATE days SET filed_rows = :filed_rows, is_open = EXISTS (
        SELECT 1 FROM ticks WHERE symbol = :symbol AND time_ns >= :opens_ns AND time_ns < :ends_ns
    )
    WHERE symbol = :symbol AND day = :day
"""


class FinishedDay(NamedTuple):
    """A day of a symbol that is over and whose trades are still in SQLite."""

    symbol: str
    day: int
    scale: int
    filed_rows: int
    """More than 0 where late trades have opened it again."""

    @property
    def limits_ns(self) -> tuple[int, int]:
        """Its first moment, and the first after it."""
        return _limits_ns(self.day)


def day_of(time_ns: int) -> int:
    """The Moscow day of a moment, counted from 1970-01-01."""
    return (time_ns + MOSCOW_OFFSET_NS) // NS_PER_DAY


def last_trade_no(connection: sqlite3.Connection) -> int:
    """The greatest number of the venue's own trades; 0 for none."""
    ((number,),) = connection.execute("SELECT last_trade_no FROM watermark")
    return int(number)


def put(
    connection: sqlite3.Connection,
    trades: Sequence[Trade],
    instruments: Mapping[str, Instrument],
) -> None:
    """Adds trades above the watermark with all that follows from them, and moves it."""
    known = last_trade_no(connection)
    fresh = [trade for trade in trades if trade.trade_no > known]
    if not fresh:
        return
    connection.execute(
        "UPDATE watermark SET last_trade_no = ?", (max(trade.trade_no for trade in fresh),)
    )
    fresh.sort(key=attrgetter("symbol"))  # stable: the order of trading stays within each
    for symbol, group in groupby(fresh, attrgetter("symbol")):
        _put_of_one(connection, instruments[symbol], list(group))


def _put_of_one(
    connection: sqlite3.Connection, instrument: Instrument, trades: Sequence[Trade]
) -> None:
    symbol, lot_size = instrument.symbol, instrument.lot_size
    connection.executemany(
        _PUT,
        [
            (
                symbol,
                trade.time_ns,
                trade.trade_no,
                trade.price_units,
                trade.lots,
                trade.lots * lot_size,
                trade.aggressor,
                trade.recorded_no,
            )
            for trade in trades
        ],
    )
    for day in {day_of(trade.time_ns) for trade in trades}:
        connection.execute(_OPEN_DAY, (symbol, day, instrument.scale))
    bars.count_trades(
        connection,
        symbol,
        [(trade.time_ns, trade.price_units, trade.lots * lot_size) for trade in trades],
    )


def finished_days(connection: sqlite3.Connection) -> list[FinishedDay]:
    """Days to file: those before the newest day that is open, the oldest first."""
    return [FinishedDay(*row) for row in connection.execute(_FINISHED)]


def rows_of(connection: sqlite3.Connection, day: FinishedDay) -> sqlite3.Cursor:
    """The trades of a day that are in SQLite."""
    return connection.execute(_DAY_ROWS, (day.symbol, *day.limits_ns))


def mark_filed(
    connection: sqlite3.Connection, day: FinishedDay, upto_no: int, filed_rows: int
) -> None:
    """From here on a day is in its file and, up to a number, no longer in SQLite."""
    opens_ns, ends_ns = day.limits_ns
    connection.execute(_FORGET, (day.symbol, opens_ns, ends_ns, upto_no))
    connection.execute(
        _FILED,
        {
            "symbol": day.symbol,
            "day": day.day,
            "opens_ns": opens_ns,
            "ends_ns": ends_ns,
            "filed_rows": filed_rows,
        },
    )


def forget_days(connection: sqlite3.Connection, symbol: str, days: Sequence[int]) -> None:
    """Takes imported days of a symbol out, with their bars.

    Raises:
        UsageError: the venue itself traded on one of them.
    """
    own = connection.execute("SELECT day FROM days WHERE symbol = ? AND is_own", (symbol,))
    if found := {day for (day,) in own}.intersection(days):
        raise UsageError(f"{symbol}: the venue itself traded on {len(found)} of the days to import")
    connection.executemany(
        "DELETE FROM days WHERE symbol = ? AND day = ?", [(symbol, day) for day in days]
    )
    for day in days:
        bars.forget(connection, symbol, *_limits_ns(day))


def mark_imported(
    connection: sqlite3.Connection, symbol: str, scale: int, days: Sequence[tuple[int, int]]
) -> None:
    """From here on days and their numbers of rows are in their files."""
    connection.executemany(
        "INSERT INTO days VALUES (?, ?, ?, 0, 0, ?)",
        [(symbol, day, scale, filed_rows) for day, filed_rows in days],
    )


def back(
    connection: sqlite3.Connection, files: TickFiles, symbol: str, upto_ns: int, limit: int
) -> list[Trade]:
    """At most `limit` trades with time <= `upto_ns`, newest first."""
    rows: list[TickRow] = connection.execute(_BACK, (symbol, upto_ns, limit)).fetchall()
    least = day_of(rows[-1][0]) if len(rows) == limit else 0
    filed = connection.execute(
        "SELECT day, filed_rows FROM days WHERE symbol = ? AND day BETWEEN ? AND ?"
        " AND filed_rows > 0 ORDER BY day DESC",
        (symbol, least, day_of(upto_ns)),
    )
    days = _enough(filed.fetchall(), day_of(upto_ns), limit)
    if days:
        found = files.back([files.path(symbol, day) for day in days], upto_ns, limit)
        rows = _merged(rows, found, limit, is_backward=True)
    return [_trade(symbol, row) for row in rows]


def forward(
    connection: sqlite3.Connection, files: TickFiles, symbol: str, from_ns: int, limit: int
) -> list[Trade]:
    """At most `limit` trades with time >= `from_ns`, oldest first."""
    rows: list[TickRow] = connection.execute(_FORWARD, (symbol, from_ns, limit)).fetchall()
    filed = connection.execute(
        "SELECT day, filed_rows FROM days WHERE symbol = ? AND day >= ?"
        " AND filed_rows > 0 ORDER BY day",
        (symbol, day_of(from_ns)),
    )
    days = _enough(filed.fetchall(), day_of(from_ns), limit)
    if days:
        found = files.forward([files.path(symbol, day) for day in days], from_ns, limit)
        rows = _merged(rows, found, limit, is_backward=False)
    return [_trade(symbol, row) for row in rows]


def _limits_ns(day: int) -> tuple[int, int]:
    opens_ns = day * NS_PER_DAY - MOSCOW_OFFSET_NS
    return opens_ns, opens_ns + NS_PER_DAY


def _enough(filed: Sequence[tuple[int, int]], partial: int, limit: int) -> list[int]:
    """The first days that surely hold `limit` rows; of `partial` only a part may be wanted."""
    days, rows = [], 0
    for day, filed_rows in filed:
        days.append(day)
        if day != partial:
            rows += filed_rows
            if rows >= limit:
                break
    return days


def _merged(
    first: Sequence[TickRow], second: Sequence[TickRow], limit: int, *, is_backward: bool
) -> list[TickRow]:
    """Both in one order; a trade that is in both counts once."""
    return sorted({*first, *second}, reverse=is_backward)[:limit]


def _trade(symbol: str, row: TickRow) -> Trade:
    time_ns, trade_no, price_units, lots, _, aggressor, recorded_no = row
    return Trade(symbol, time_ns, price_units, lots, trade_no, _SIDES[aggressor], recorded_no)
