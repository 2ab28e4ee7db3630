"""The table of bars: base bars as they were put, and what follows from them.

Not a connection: `database` opens it. M1 and M5 are put; each M5 bar within which there are M1
bars is made of those, H1 of M5, DAY of H1, in the transaction that changes them. So any interval
is a few rows away: a year of days is 365 of them, not half a million minutes.
Stamps as in `chp.model.quote`; intraday bars align to midnight in Moscow.
Source: design decision 7; wire.md section 4, GetBars.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import starmap
from typing import Final, NamedTuple

from chp.model.quote import Bar, Interval
from chp.units import MOSCOW_OFFSET_NS, NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND

BASES: Final = frozenset({Interval.M1, Interval.M5})


class _Step(NamedTuple):
    """How the bars of one resolution follow from those of a finer one."""

    fine: Interval
    coarse: Interval
    length_ns: int
    early_ns: int
    """How long before the end of the bar its stamp is."""


_STEPS: Final = (
    _Step(Interval.M1, Interval.M5, 5 * NS_PER_MINUTE, 0),
    _Step(Interval.M5, Interval.H1, 60 * NS_PER_MINUTE, 0),
    _Step(Interval.H1, Interval.DAY, NS_PER_DAY, NS_PER_SECOND),
)

_PUT: Final = "INSERT OR REPLACE INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

_COUNT_TRADE: Final = """
    INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (symbol, resolution, stamp_ns) DO UPDATE SET
        high_units = max(high_units, excluded.high_units),
        low_units = min(low_units, excluded.low_units),
        close_units = excluded.close_units,
        securities = securities + excluded.securities
"""

# A row belongs to the bar that is open just before its stamp. Each bar's first and last row are
# looked up by key for the opening and the closing price.
_FOLD: Final = """
    INSERT OR REPLACE INTO bars
    SELECT :symbol, :coarse, made.ends_ns - :early_ns, first.open_units, made.high_units,
        made.low_units, last.close_units, made.securities
    FROM (
        SELECT
            ((stamp_ns - 1 + :offset_ns) / :length_ns + 1) * :length_ns - :offset_ns AS ends_ns,
            min(stamp_ns) AS first_ns, max(stamp_ns) AS last_ns,
            max(high_units) AS high_units, min(low_units) AS low_units,
            sum(securities) AS securities
        FROM bars
        WHERE symbol = :symbol AND resolution = :fine
            AND stamp_ns > :opens_ns AND stamp_ns <= :ends_ns
        GROUP BY 1
    ) AS made
    JOIN bars AS first ON first.symbol = :symbol AND first.resolution = :fine
        AND first.stamp_ns = made.first_ns
    JOIN bars AS last ON last.symbol = :symbol AND last.resolution = :fine
        AND last.stamp_ns = made.last_ns
"""

_COLUMNS: Final = "stamp_ns, open_units, high_units, low_units, close_units, securities"

_BACK: Final = f"""
    SELECT {_COLUMNS} FROM bars
    WHERE symbol = ? AND resolution = ? AND stamp_ns <= ? ORDER BY stamp_ns DESC
"""

_FORWARD: Final = f"""
    SELECT {_COLUMNS} FROM bars
    WHERE symbol = ? AND resolution = ? AND stamp_ns >= ? ORDER BY stamp_ns
"""

_FORGET: Final = "DELETE FROM bars WHERE symbol = ? AND resolution = ? AND stamp_ns > ?" + (
    " AND stamp_ns <= ?"
)


def put(
    connection: sqlite3.Connection, symbol: str, resolution: Interval, bars: Sequence[Bar]
) -> None:
    """Adds or replaces base bars and all that follows from them; fillers are left out."""
    rows = [
        (
            symbol,
            resolution,
            bar.close_ns,
            bar.open_units,
            bar.high_units,
            bar.low_units,
            bar.close_units,
            bar.securities,
        )
        for bar in bars
        if bar.securities or bar.low_units != bar.high_units
    ]
    if rows:
        connection.executemany(_PUT, rows)
        stamps = [row[2] for row in rows]
        _follow(connection, symbol, min(stamps), max(stamps))


def count_trades(
    connection: sqlite3.Connection, symbol: str, trades: Iterable[tuple[int, int, int]]
) -> None:
    """Counts trades in the M1 bars they belong to, and in all that follows from those.

    Args:
        connection: in a transaction.
        symbol: of the trades.
        trades: time, price units, securities of each, at least one, in the order of trading.
    """
    rows = [
        (symbol, int(Interval.M1), _minute_ns(time_ns), price, price, price, price, securities)
        for time_ns, price, securities in trades
    ]
    connection.executemany(_COUNT_TRADE, rows)
    stamps = [row[2] for row in rows]
    _follow(connection, symbol, min(stamps), max(stamps))


def forget(connection: sqlite3.Connection, symbol: str, opens_ns: int, ends_ns: int) -> None:
    """Takes out the bars of whole days, from one midnight to another."""
    for resolution in (Interval.M1, Interval.M5, Interval.H1, Interval.DAY):
        connection.execute(_FORGET, (symbol, resolution, opens_ns, ends_ns))


def back(cursor: sqlite3.Cursor, symbol: str, resolution: Interval, upto_ns: int) -> Iterator[Bar]:
    """Bars with stamp <= `upto_ns`, newest first, while the cursor is open."""
    return starmap(Bar, cursor.execute(_BACK, (symbol, resolution, upto_ns)))


def forward(
    cursor: sqlite3.Cursor, symbol: str, resolution: Interval, from_ns: int
) -> Iterator[Bar]:
    """Bars with stamp >= `from_ns`, oldest first, while the cursor is open."""
    return starmap(Bar, cursor.execute(_FORWARD, (symbol, resolution, from_ns)))


def _follow(connection: sqlite3.Connection, symbol: str, first_ns: int, last_ns: int) -> None:
    """Makes the bars anew that follow from base bars with stamps from `first_ns` to `last_ns`."""
    for step in _STEPS:
        length_ns = step.length_ns
        connection.execute(
            _FOLD,
            {
                "symbol": symbol,
                "fine": step.fine,
                "coarse": step.coarse,
                "length_ns": length_ns,
                "early_ns": step.early_ns,
                "offset_ns": MOSCOW_OFFSET_NS,
                "opens_ns": _opening_ns(first_ns, length_ns),
                "ends_ns": _opening_ns(last_ns, length_ns) + length_ns,
            },
        )


def _minute_ns(time_ns: int) -> int:
    """The stamp of the M1 bar of a trade."""
    return (time_ns // NS_PER_MINUTE + 1) * NS_PER_MINUTE


def _opening_ns(stamp_ns: int, length_ns: int) -> int:
    """When the bar opens that is open just before a moment."""
    return stamp_ns - 1 - (stamp_ns - 1 + MOSCOW_OFFSET_NS) % length_ns
