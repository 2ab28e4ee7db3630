from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from chp.adapters.history.parquet import TickFiles, TickRow
from chp.errors import StoreError
from chp.units import NS_PER_DAY, NS_PER_SECOND
from tests.support.naive_bars import moscow_ns

DAY = moscow_ns("2026-11-24 03:00:00") // NS_PER_DAY
AT_NS = moscow_ns("2026-11-24 10:00:00.123456")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "it's [a] *folder?"


@pytest.fixture
def files(folder: Path) -> Iterator[TickFiles]:
    with contextlib.closing(TickFiles(folder)) as files:
        yield files


def row(number: int, time_ns: int = AT_NS) -> TickRow:
    return (time_ns, number, 161_98 + number, number, 10 * number, 1 + number % 2, number * 7)


def test_a_file_opens_in_other_tools_with_real_types(files: TickFiles, folder: Path) -> None:
    rows = [row(2, AT_NS + 789), row(1)]
    assert files.add("GAZP", DAY, rows, scale=2, is_known=False) == 2
    path = files.path("GAZP", DAY)
    assert path == folder / "GAZP" / "2026-11-24.parquet"
    with duckdb.connect() as reader:
        reader.execute("SET TimeZone = 'UTC'")
        file = {"file": [str(path)]}
        columns = reader.execute("DESCRIBE SELECT * FROM read_parquet($file)", file).fetchall()
        assert [column[:2] for column in columns] == [
            ("symbol", "VARCHAR"),
            ("time", "TIMESTAMP WITH TIME ZONE"),
            ("time_ns", "BIGINT"),
            ("price", "DOUBLE"),
            ("price_units", "BIGINT"),
            ("scale", "TINYINT"),
            ("lots", "BIGINT"),
            ("securities", "BIGINT"),
            ("trade_no", "BIGINT"),
            ("aggressor", "VARCHAR"),
            ("recorded_no", "BIGINT"),
        ]
        select = "SELECT * REPLACE (CAST(time AS VARCHAR) AS time) FROM read_parquet($file)"
        time = "2026-11-24 07:00:00.123456+00"
        assert reader.execute(select, file).fetchall() == [
            ("GAZP", time, AT_NS, 161.99, 161_99, 2, 1, 10, 1, "sell", 7),
            ("GAZP", time, AT_NS + 789, 162.0, 162_00, 2, 2, 20, 2, "buy", 14),
        ]
        compression = "SELECT DISTINCT compression FROM parquet_metadata($file)"
        assert reader.execute(compression, {"file": str(path)}).fetchall() == [("ZSTD",)]


def test_prices_are_the_doubles_nearest_to_the_exact_ones(files: TickFiles) -> None:
    units = [1, 24_435, 123_456_789, 7 * 10**6 + 3]
    rows = [(AT_NS, at, price_units, 1, 1, 1, 0) for at, price_units in enumerate(units)]
    files.add("VTBR", DAY, rows, scale=6, is_known=False)
    with duckdb.connect() as reader:
        found = reader.execute(
            "SELECT price FROM read_parquet($file)", {"file": [str(files.path("VTBR", DAY))]}
        )
        assert [price for (price,) in found.fetchall()] == [each / 10**6 for each in units]


def test_a_known_file_keeps_its_rows_and_has_each_once(files: TickFiles) -> None:
    assert files.add("GAZP", DAY, [row(1), row(2)], scale=2, is_known=False) == 2
    assert files.add("GAZP", DAY, [row(2), row(3)], scale=2, is_known=True) == 3
    path = files.path("GAZP", DAY)
    assert files.forward([path], 0, 10) == [row(1), row(2), row(3)]
    assert files.add("GAZP", DAY, [row(4)], scale=2, is_known=False) == 1
    assert files.forward([path], 0, 10) == [row(4)]


def test_rows_are_found_over_several_files_in_both_directions(files: TickFiles) -> None:
    days = [
        [row(10 * day + at, AT_NS + day * NS_PER_DAY + at * NS_PER_SECOND) for at in range(1, 4)]
        for day in range(3)
    ]
    for day, rows in enumerate(days):
        files.add("GAZP", DAY + day, rows, scale=2, is_known=False)
    paths = [files.path("GAZP", DAY + day) for day in range(3)]
    every = [each for rows in days for each in rows]
    assert files.forward(paths, every[1][0], 4) == every[1:5]
    assert files.back(paths, every[6][0], 4) == every[6:2:-1]
    assert files.back(paths[:1], every[6][0], 4) == every[2::-1]
    assert files.back(paths, 0, 4) == []


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("GAZP", "GAZP"),
        ("Si-12.26", "Si-12%2E26"),
        ("..", "%2E%2E"),
        ("A/B", "A%2FB"),
        ("Ю", "%D0%AE"),
    ],
)
def test_symbols_cannot_leave_the_folder(
    files: TickFiles, folder: Path, symbol: str, name: str
) -> None:
    assert files.path(symbol, DAY).parent == folder / name
    files.add(symbol, DAY, [row(1)], scale=2, is_known=False)
    assert files.forward([files.path(symbol, DAY)], 0, 1) == [row(1)]


def test_a_damaged_file_is_an_error_of_the_store(files: TickFiles) -> None:
    files.add("GAZP", DAY, [row(1)], scale=2, is_known=False)
    path = files.path("GAZP", DAY)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(StoreError):
        files.forward([path], 0, 1)


def test_a_folder_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files = TickFiles(tmp_path / "file")
    with contextlib.closing(files), pytest.raises(StoreError, match="file"):
        files.add("GAZP", DAY, [row(1)], scale=2, is_known=False)


def test_closing_unused_or_twice_is_harmless(tmp_path: Path) -> None:
    files = TickFiles(tmp_path)
    files.close()
    files.add("GAZP", DAY, [row(1)], scale=2, is_known=False)
    files.close()
    files.close()


def test_a_history_opens_without_loading_duckdb(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from chp.adapters.history.store import FileHistory\n"
        "store = FileHistory(Path(sys.argv[1]))\n"
        "with store.view() as view: view.trades_back('GAZP', 0, 10)\n"
        "store.file_days(); store.close()\n"
        "sys.exit('duckdb' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
