"""How long the last 500 bars take out of a large history, against SQLite's own query, as a ratio.

Promise: at most 3 times SQLite's own query on a plain keyed table. Generated ticks of ten shares
go into the history store the way an import takes them; a sample goes in the way the venue's own
trades do, a second's worth at a time. Then the last 500 one-minute bars of one share are asked
for as GetBars asks (`chp.app.reading`, trades that wait for the disk included, without JSON), in
rounds that alternate with the query; the middle of each counts. Run alone on a quiet machine:
`python bench/bench_history.py [--json] [--ticks 10000000]`.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from chp.adapters.history.store import DATABASE_NAME, FileHistory
from chp.app import reading
from chp.app.history import HistoryService
from chp.model.answers import Bars
from chp.model.instrument import Instrument
from chp.model.order import Side
from chp.model.quote import Bar, Interval
from chp.model.requests import GetBars
from chp.model.trade import Trade
from chp.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND

GOAL_RATIO: Final = 3.0
TICKS: Final = 10_000_000
SHARES: Final = 10
TICKS_A_MINUTE: Final = 42
"""So that 10,000,000 ticks are about 240,000 one-minute bars."""
BARS: Final = 500
OWN_TRADES: Final = 100_000
"""At most so many go in as the venue's own, 300 at a time."""
BATCH: Final = 300
WAITING: Final = 30
"""Trades of the share that are not on disk when it is asked for."""
BEGIN_NS: Final = 1_704_056_400 * NS_PER_SECOND
"""2024-01-01 00:00 in Moscow."""
FUTURE_NS: Final = 2**62

INSTRUMENTS: Final = {
    symbol: Instrument(
        symbol=symbol,
        board="TQBR",
        short_name=symbol,
        isin="",
        scale=2,
        lot_size=10,
        step_units=1,
        legal_close_units=16_000,
        previous_close_units=16_000,
        opening_units=0,
        is_halted=False,
    )
    for symbol in (f"SHARE{number}" for number in range(SHARES))
}
ASKED: Final = INSTRUMENTS["SHARE5"]

_GENERATE: Final = f"""
    COPY (
        SELECT {BEGIN_NS} + i * {NS_PER_MINUTE // TICKS_A_MINUTE} AS time_ns,
            16000 + i * 7919 % 401 + i * 104729 % 17 AS price_units,
            1 + i * 31 % 13 AS lots,
            i + 1 AS trade_no,
            CASE i * 17 % 5 WHEN 0 THEN 'buy' ELSE 'sell' END AS aggressor
        FROM range($ticks) AS ticks (i)
    ) TO $path (FORMAT parquet)
"""

_PLAIN: Final = (
    "CREATE TABLE plain (symbol TEXT, stamp INTEGER, open INTEGER, high INTEGER, low INTEGER,"
    " close INTEGER, volume INTEGER, PRIMARY KEY (symbol, stamp)) WITHOUT ROWID"
)

_QUERY: Final = (
    "SELECT stamp, open, high, low, close, volume FROM plain"
    " WHERE symbol = ? AND stamp <= ? ORDER BY stamp DESC LIMIT ?"
)


def seconds(work: Callable[[], object]) -> float:
    """Answer how long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def import_all(store: FileHistory, folder: Path, ticks: int) -> float:
    """Import the ticks of every share; answer how many go in a second, generating not counted."""
    path = folder / "generated.parquet"
    with duckdb.connect() as generator:
        generator.execute(_GENERATE, {"ticks": ticks // SHARES, "path": str(path)})
    took_s = sum(
        seconds(lambda share=share: store.import_ticks(share, path))  # type: ignore[misc]
        for share in INSTRUMENTS.values()
    )
    return ticks / took_s


def own_trades(count: int, begin_ns: int) -> list[Trade]:
    """Generate trades of all shares, ten a second."""
    symbols = list(INSTRUMENTS)
    return [
        Trade(
            symbols[number % SHARES],
            begin_ns + number * NS_PER_SECOND // 10,
            16_000 + number * 7919 % 401,
            1 + number % 13,
            number + 1,
            Side.BUY if number % 3 else Side.SELL,
            0,
        )
        for number in range(count)
    ]


def plain_table(source: Path, path: Path) -> sqlite3.Connection:
    """Open a plain keyed table with the same one-minute bars."""
    plain = sqlite3.connect(path)
    plain.execute(_PLAIN)
    plain.execute("ATTACH ? AS history", (str(source),))
    plain.execute(
        "INSERT INTO plain SELECT symbol, stamp_ns, open_units, high_units, low_units,"
        " close_units, securities FROM history.bars WHERE resolution = ?",
        (int(Interval.M1),),
    )
    plain.commit()
    plain.execute("DETACH history")
    return plain


def fill(store: FileHistory, service: HistoryService, folder: Path, ticks: int) -> dict[str, float]:
    """Put everything into the history; answer both rates."""
    imported_per_s = import_all(store, folder, ticks)
    days = ticks // SHARES // TICKS_A_MINUTE * NS_PER_MINUTE // NS_PER_DAY + 1
    count = min(OWN_TRADES, ticks // 10)
    trades = own_trades(count + WAITING * SHARES, BEGIN_NS + days * NS_PER_DAY)

    def put_all() -> None:
        for start in range(0, count, BATCH):
            service.take(trades[start : min(start + BATCH, count)])
            service.flush()

    put_per_s = count / seconds(put_all)
    service.take(trades[count:])
    return {"imported_per_s": imported_per_s, "put_per_s": put_per_s}


def measure(ticks: int, rounds: int) -> dict[str, float]:
    """Answer all figures; times are milliseconds."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing(FileHistory(folder / "history")) as store:
            service = HistoryService(store, INSTRUMENTS, lambda: 0, lambda: 0, lambda: FUTURE_NS)
            rates = fill(store, service, folder, ticks)
            source = folder / "history" / DATABASE_NAME
            with closing(plain_table(source, folder / "plain.sqlite")) as plain:
                return rates | compare(service, plain, rounds)


def compare(service: HistoryService, plain: sqlite3.Connection, rounds: int) -> dict[str, float]:
    """Answer the time of the query, the time of GetBars, and their ratio."""
    request = GetBars(FUTURE_NS, Interval.M1, ASKED.symbol, BARS)

    def theirs() -> list[tuple[int, ...]]:
        return plain.execute(_QUERY, (ASKED.symbol, FUTURE_NS, BARS)).fetchall()

    def ours() -> tuple[Bar, ...]:
        answer = reading.past(service, INSTRUMENTS, request)
        assert isinstance(answer, Bars), "the share is known"
        return answer.bars

    assert len(ours()) == len(theirs()) == BARS
    pairs = [(seconds(theirs) * 1000, seconds(ours) * 1000) for _ in range(rounds + 1)]
    query_ms, bars_ms = map(statistics.median, zip(*pairs[1:], strict=True))
    return {
        "query_ms": query_ms,
        "get_bars_ms": bars_ms,
        "ratio": bars_ms / query_ms,
        "goal_ratio": GOAL_RATIO,
    }


def main() -> int:
    """Measure and report; the exit code is 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description="the last 500 bars against SQLite's own query")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--ticks", type=int, default=TICKS, help="how many are imported, at least 250,000"
    )
    parser.add_argument("--rounds", type=int, default=301)
    options = parser.parse_args()
    figures = {"ticks": options.ticks, **measure(options.ticks, options.rounds)}
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        sys.stdout.write(
            f"imported:              {figures['imported_per_s']:10,.0f} ticks/s\n"
            f"put as own trades:     {figures['put_per_s']:10,.0f} trades/s\n"
            f"SQLite's own query:    {figures['query_ms']:10.2f} ms\n"
            f"last {BARS} bars:         {figures['get_bars_ms']:10.2f} ms\n"
            f"ratio:                 {figures['ratio']:10.2f} (goal: at most {GOAL_RATIO})\n"
        )
    return 0 if figures["ratio"] <= GOAL_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
