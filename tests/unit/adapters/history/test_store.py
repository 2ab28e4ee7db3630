from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import NoReturn

import duckdb
import pytest
from msgspec.structs import replace

from chp.adapters.history.store import DATABASE_NAME, TICKS_NAME, FileHistory
from chp.errors import StoreError, UsageError
from chp.model.order import Side
from chp.model.quote import Bar, Interval
from chp.model.trade import Trade
from chp.units import NS_PER_DAY, NS_PER_SECOND
from tests.support.flow_cases import SBER
from tests.support.naive_bars import moscow_ns, naive_bars, trade

FIRST_NS = moscow_ns("2024-02-14 12:00:00")
INSTRUMENTS = {"SBER": SBER}
FILES = ["SBER/2024-02-14.parquet", "SBER/2024-02-15.parquet"]
FOREVER_NS = 2**62


def three_days() -> list[Trade]:
    """Five trades a day from 2024-02-14 on."""
    return [
        trade(100_001 + at, FIRST_NS + at // 5 * NS_PER_DAY + at * NS_PER_SECOND, 100 + at, 1 + at)
        for at in range(15)
    ]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[], FileHistory]]:
    opened: list[FileHistory] = []

    def again() -> FileHistory:
        opened.append(FileHistory(tmp_path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], FileHistory]) -> FileHistory:
    return open_store()


def trades_of(store: FileHistory) -> list[Trade]:
    with store.view() as view:
        return list(view.trades_forward("SBER", 0, 10_000))


def bars_of(store: FileHistory, resolution: Interval) -> list[Bar]:
    with store.view() as view:
        return list(view.bars_forward("SBER", resolution, 0))


def files_in(folder: Path) -> list[str]:
    ticks = folder / TICKS_NAME
    return sorted(path.relative_to(ticks).as_posix() for path in ticks.rglob("*") if path.is_file())


def rows_in_sqlite(folder: Path) -> int:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        ((rows,),) = connection.execute("SELECT count(*) FROM ticks")
        return int(rows)


def test_days_before_the_newest_are_filed(store: FileHistory, tmp_path: Path) -> None:
    trades = three_days()
    store.put_trades(trades[:5], INSTRUMENTS)
    store.file_days()
    assert files_in(tmp_path) == []
    store.put_trades(trades[5:], INSTRUMENTS)
    store.file_days()
    assert files_in(tmp_path) == FILES
    assert rows_in_sqlite(tmp_path) == 5
    assert trades_of(store) == trades


def test_a_filed_day_is_left_alone(store: FileHistory, tmp_path: Path) -> None:
    store.put_trades(three_days(), INSTRUMENTS)
    store.file_days()
    before = [(tmp_path / TICKS_NAME / name).stat().st_mtime_ns for name in FILES]
    store.file_days()
    assert [(tmp_path / TICKS_NAME / name).stat().st_mtime_ns for name in FILES] == before


def test_trades_that_come_while_a_day_is_filed_stay(store: FileHistory) -> None:
    trades = three_days()
    late = [trade(200_000 + at, FIRST_NS + at * NS_PER_DAY + 1, 77, 7) for at in range(2)]
    store.put_trades(trades, INSTRUMENTS)
    with pytest.MonkeyPatch.context() as monkeypatch:
        after_rename(monkeypatch, lambda: store.put_trades(late, INSTRUMENTS))
        store.file_days()
    wanted = sorted([*trades, *late], key=lambda row: row.time_ns)
    assert trades_of(store) == wanted
    store.file_days()
    assert trades_of(store) == wanted


def after_rename(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Acts whenever a file has got its name."""
    rename = Path.replace

    def rename_and_act(path: Path, target: Path) -> None:
        rename(path, target)
        act()

    monkeypatch.setattr(Path, "replace", rename_and_act)


def _fail(*_arguments: object) -> NoReturn:
    raise OSError(28, "no space left")


def _die_before_rename(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    monkeypatch.setattr(Path, "replace", _fail)


def _die_before_sync(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    monkeypatch.setattr("os.fsync", _fail)


def _die_after_rename(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> None:
    after_rename(monkeypatch, _fail)


def _die_before_commit(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    _at_database(
        folder,
        "CREATE TRIGGER dies AFTER UPDATE ON days BEGIN SELECT raise(ABORT, 'no space left'); END",
    )


def _at_database(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("late", [False, True], ids=["first time", "late trades"])
@pytest.mark.parametrize(
    "die", [_die_before_sync, _die_before_rename, _die_after_rename, _die_before_commit]
)
def test_a_crash_while_filing_doubles_and_loses_nothing(
    open_store: Callable[[], FileHistory],
    tmp_path: Path,
    die: Callable[[pytest.MonkeyPatch, Path], None],
    late: bool,
) -> None:
    store, trades = open_store(), three_days()
    store.put_trades(trades, INSTRUMENTS)
    if late:
        store.file_days()
        again = [trade(200_000 + at, FIRST_NS + at * NS_PER_DAY, 50, 5) for at in range(2)]
        store.put_trades(again, INSTRUMENTS)
        trades = sorted(trades + again, key=lambda row: row.time_ns)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Path, "unlink", lambda *_args, **_options: None)  # nobody tidies up
        die(monkeypatch, tmp_path)
        with pytest.raises(StoreError, match="no space left"):
            store.file_days()
    assert trades_of(store) == trades
    after = open_store()
    assert trades_of(after) == trades
    _at_database(tmp_path, "DROP TRIGGER IF EXISTS dies")
    after.file_days()
    assert trades_of(after) == trades
    assert rows_in_sqlite(tmp_path) == 5
    assert files_in(tmp_path) == FILES


KILLED = """
import os, sys
from pathlib import Path
import duckdb
from chp.adapters.history.store import FileHistory
store, left = FileHistory(Path(sys.argv[1])), int(sys.argv[2])
armed = True

def hook(event, arguments):
    global left
    if armed and event in {"open", "os.mkdir", "os.rename", "os.remove", "sqlite3.connect"}:
        left -= 1
        if left < 0:
            os._exit(9)

sys.addaudithook(hook)
store.file_days()
armed = False
store.close()
"""


@pytest.mark.slow
def test_a_kill_at_any_step_of_filing_doubles_and_loses_nothing(tmp_path: Path) -> None:
    trades = three_days()
    for steps in count():
        folder = tmp_path / str(steps)
        with closing(FileHistory(folder)) as store:
            store.put_trades(trades, INSTRUMENTS)
        command = [sys.executable, "-c", KILLED, str(folder), str(steps)]
        ended = subprocess.run(command, check=False).returncode
        with closing(FileHistory(folder)) as store:
            assert trades_of(store) == trades
            store.file_days()
            assert trades_of(store) == trades
        assert files_in(folder) == FILES
        assert rows_in_sqlite(folder) == 5
        if ended == 0:
            break
        assert ended == 9
    assert steps > 8


def ticks_file(path: Path, trades: list[Trade], columns: str = "*") -> Path:
    """A file to import, as another program would write it."""
    with duckdb.connect() as writer:
        writer.execute(
            "CREATE TABLE ticks (price_units INTEGER, time_ns BIGINT, trade_no BIGINT,"
            " lots SMALLINT, aggressor VARCHAR)"
        )
        for row in trades:
            values = (row.price_units, row.time_ns, row.trade_no, row.lots)
            name = "buy" if row.aggressor is Side.BUY else "sell"
            writer.execute("INSERT INTO ticks VALUES (?, ?, ?, ?, ?)", (*values, name))
        writer.execute(f"COPY (SELECT {columns} FROM ticks) TO $path", {"path": str(path)})
    return path


def imported(trades: list[Trade]) -> list[Trade]:
    """What an import makes of trades: the exchange's number is the number."""
    return [replace(row, recorded_no=row.trade_no) for row in trades]


def test_imported_ticks_are_trades_and_bars(store: FileHistory, tmp_path: Path) -> None:
    trades = three_days()
    assert store.import_ticks(SBER, ticks_file(tmp_path / "in [1].parquet", trades)) == 15
    assert trades_of(store) == imported(trades)
    with store.view() as view:
        assert view.last_trade_no == 0
        back = list(view.trades_back("SBER", trades[7].time_ns, 6))
        assert back == imported(trades)[7:1:-1]
    for resolution in (Interval.M1, Interval.M5, Interval.H1, Interval.DAY):
        assert bars_of(store, resolution) == naive_bars(trades, resolution, SBER.lot_size)
    assert files_in(tmp_path) == [*FILES, "SBER/2024-02-16.parquet"]


def test_an_import_replaces_its_days_and_no_others(store: FileHistory, tmp_path: Path) -> None:
    old = [trade(at, FIRST_NS + at * 5_000 * NS_PER_SECOND, 500, 1) for at in range(1, 60)]
    store.import_ticks(SBER, ticks_file(tmp_path / "old.parquet", old))
    kept = [row for row in old if row.time_ns >= moscow_ns("2024-02-17 00:00:00")]
    new = three_days()
    for _ in range(2):
        assert store.import_ticks(SBER, ticks_file(tmp_path / "new.parquet", new)) == 15
        assert trades_of(store) == imported(new + kept)
        for resolution in (Interval.M1, Interval.M5, Interval.H1, Interval.DAY):
            assert bars_of(store, resolution) == naive_bars(new + kept, resolution, SBER.lot_size)


def test_days_of_the_venue_itself_are_never_replaced(store: FileHistory, tmp_path: Path) -> None:
    own = three_days()[5:7]
    store.put_trades(own, INSTRUMENTS)
    before = bars_of(store, Interval.M1)
    with pytest.raises(UsageError, match="SBER: the venue itself traded on 1 of the days"):
        store.import_ticks(SBER, ticks_file(tmp_path / "in.parquet", three_days()))
    assert trades_of(store) == own
    assert bars_of(store, Interval.M1) == before


def test_the_venue_may_trade_on_a_day_that_was_imported(store: FileHistory, tmp_path: Path) -> None:
    trades = three_days()
    store.import_ticks(SBER, ticks_file(tmp_path / "in.parquet", trades[:8]))
    store.put_trades(trades[8:], INSTRUMENTS)
    wanted = imported(trades[:8]) + trades[8:]
    assert trades_of(store) == wanted
    assert bars_of(store, Interval.DAY) == naive_bars(trades, Interval.DAY, SBER.lot_size)
    store.file_days()
    assert trades_of(store) == wanted
    assert rows_in_sqlite(tmp_path) == 5


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda rows: [], "found 0 rows"),
        (lambda rows: [rows[1], rows[0]], "found 2 rows, 0 .* 1 that go back"),
        (lambda rows: [rows[0], rows[0]], "found 2 rows, 0 .* 1 that go back"),
        (lambda rows: [rows[0], replace(rows[1], lots=0)], "found 2 rows, 1 with cells"),
    ],
    ids=["empty", "descending", "twice", "no lots"],
)
def test_ticks_that_cannot_be_are_refused(
    store: FileHistory,
    tmp_path: Path,
    spoil: Callable[[list[Trade]], list[Trade]],
    found: str,
) -> None:
    source = ticks_file(tmp_path / "in.parquet", spoil(three_days()))
    with pytest.raises(UsageError, match=found):
        store.import_ticks(SBER, source)
    assert trades_of(store) == []
    assert files_in(tmp_path) == []


def test_a_file_without_a_column_is_refused(store: FileHistory, tmp_path: Path) -> None:
    source = ticks_file(tmp_path / "in.parquet", three_days(), "time_ns, price_units, lots")
    with pytest.raises(StoreError, match="trade_no"):
        store.import_ticks(SBER, source)


def test_a_file_that_is_not_there_is_refused(store: FileHistory, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nothing\.parquet"):
        store.import_ticks(SBER, tmp_path / "nothing.parquet")


def test_an_import_that_failed_leaves_its_days_empty_and_can_be_repeated(
    store: FileHistory, tmp_path: Path
) -> None:
    trades = three_days()
    source = ticks_file(tmp_path / "in.parquet", trades)
    store.import_ticks(SBER, source)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Path, "replace", _fail)
        with pytest.raises(StoreError, match="no space left"):
            store.import_ticks(SBER, source)
    assert trades_of(store) == []
    assert bars_of(store, Interval.DAY) == []
    assert store.import_ticks(SBER, source) == 15
    assert trades_of(store) == imported(trades)


def test_a_file_left_by_a_failed_import_is_no_part_of_the_venues_day(
    store: FileHistory, tmp_path: Path
) -> None:
    trades = three_days()
    with pytest.MonkeyPatch.context() as monkeypatch:
        after_rename(monkeypatch, _fail)
        with pytest.raises(StoreError):
            store.import_ticks(SBER, ticks_file(tmp_path / "in.parquet", trades))
    assert files_in(tmp_path) != []
    own = [replace(row, lots=99) for row in trades]
    store.put_trades(own, INSTRUMENTS)
    store.file_days()
    assert trades_of(store) == own


def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        FileHistory(tmp_path / "file" / "history")
