"""How files are opened: made whole, brought up to date, safe, and errors told."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.store.sqlite import Migration, open_database
from chp.errors import StoreError

FIRST: Migration = ("CREATE TABLE kept (number INTEGER PRIMARY KEY)",)
SECOND: Migration = (
    "ALTER TABLE kept ADD COLUMN name TEXT NOT NULL DEFAULT 'old'",
    "INSERT INTO kept VALUES (100, 'new')",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a store.sqlite"


def test_commits_are_on_disk_before_they_are_answered(path: Path) -> None:
    """WAL, synchronous FULL (2), and the full fsync of macOS for commits and checkpoints."""
    with closing(open_database(path, (FIRST,))) as database:
        settings = {
            name: database.rows(f"PRAGMA {name}")[0][0]
            for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
    }


def test_old_file_is_brought_up_to_date_with_what_is_in_it(path: Path) -> None:
    with closing(open_database(path, (FIRST,))) as database:
        database.run("INSERT INTO kept VALUES (1)")
    for _ in range(2):
        with closing(open_database(path, (FIRST, SECOND))) as database:
            assert database.rows("SELECT * FROM kept") == [(1, "old"), (100, "new")]
            assert database.rows("PRAGMA user_version") == [(2,)]


def test_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    open_database(path, (FIRST,)).close()
    broken: Migration = ("INSERT INTO kept VALUES (1)", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StoreError, match="no such table: nowhere"):
        open_database(path, (FIRST, broken))
    with closing(open_database(path, (FIRST,))) as database:
        assert database.rows("SELECT * FROM kept") == []


def test_file_of_a_later_release_is_refused_and_untouched(path: Path) -> None:
    open_database(path, (FIRST, SECOND)).close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as told:
        open_database(path, (FIRST,))
    assert told.value.detail == (
        f"{path}: a later release of this program wrote it: its tables have version 2, this "
        "release knows 1"
    )
    assert path.read_bytes() == before


def test_new_file_that_cannot_be_finished_is_not_there(path: Path) -> None:
    with pytest.raises(StoreError):
        open_database(path, (("CREATE NONSENSE",),))
    assert list(path.parent.iterdir()) == []


def test_many_openers_of_a_new_file_share_it(path: Path) -> None:
    """As the gateway and the command line may come at once; here in threads."""

    def open_and_add(number: int) -> None:
        with closing(open_database(path, (FIRST, SECOND))) as database, database.transaction():
            database.run("INSERT INTO kept (number) VALUES (?)", (number,))

    open_and_add(0)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_and_add, range(1, 20)))
    with closing(open_database(path, (FIRST, SECOND))) as database:
        numbers = [row[0] for row in database.rows("SELECT number FROM kept ORDER BY number")]
    assert numbers == [*range(20), 100]


def test_file_that_came_in_between_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes find no file; the one that is slower takes the other's."""
    with closing(open_database(path, (FIRST,))) as database:
        database.run("INSERT INTO kept VALUES (7)")
    found = path.stat

    def absent_at_first(*_: object, **__: object) -> os.stat_result:
        monkeypatch.undo()
        raise FileNotFoundError

    monkeypatch.setattr(Path, "stat", absent_at_first)
    with closing(open_database(path, (FIRST,))) as database:
        assert database.rows("SELECT * FROM kept") == [(7,)]
    assert found().st_nlink == 1
    assert {entry.name for entry in path.parent.iterdir()} == {path.name}


def test_file_system_without_links_gets_the_file_by_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    open_database(path, (FIRST,)).close()
    with closing(open_database(path, (FIRST,))) as database:
        assert database.rows("SELECT * FROM kept") == []
    assert {entry.name for entry in path.parent.iterdir()} == {path.name}


def test_transaction_that_raises_undoes_all_of_it(path: Path) -> None:
    with closing(open_database(path, (FIRST,))) as database:
        with pytest.raises(ZeroDivisionError), database.transaction():
            database.run("INSERT INTO kept VALUES (1)")
            raise ZeroDivisionError
        with database.transaction():
            assert database.rows("SELECT * FROM kept") == []


def test_version_seen_changes_with_the_commits_of_others(path: Path) -> None:
    with (
        closing(open_database(path, (FIRST,))) as one,
        closing(open_database(path, (FIRST,))) as other,
    ):
        before = one.version_seen()
        one.run("INSERT INTO kept VALUES (1)")
        assert one.version_seen() == before
        other.run("INSERT INTO kept VALUES (2)")
        assert one.version_seen() != before


def test_checkpoint_lets_the_log_begin_anew_at_its_length(path: Path) -> None:
    with closing(open_database(path, (FIRST,))) as database:
        database.run("INSERT INTO kept VALUES (1)")
        log = path.with_name(path.name + "-wal")
        length = log.stat().st_size
        assert length > 0
        database.checkpoint()
        assert log.stat().st_size == length
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as plain:
            assert plain.execute("SELECT * FROM kept").fetchall() == [(1,)]
        database.run("UPDATE kept SET number = 2")
        assert log.stat().st_size == length


@pytest.mark.parametrize(
    ("statement", "values", "told"),
    [
        ("SELECT * FROM nowhere", (), "no such table: nowhere"),
        ("INSERT INTO kept VALUES (1)", (), "UNIQUE constraint failed"),
        ("INSERT INTO kept VALUES (?)", (2**63,), "a number has more than 63 bits"),
    ],
)
def test_error_names_the_file(
    path: Path, statement: str, values: Sequence[object], told: str
) -> None:
    with closing(open_database(path, (FIRST,))) as database:
        database.run("INSERT INTO kept VALUES (1)")
        with pytest.raises(StoreError) as error:
            database.run(statement, values)
    assert error.value.detail.startswith(f"{path}: {told}")


def test_place_that_cannot_be_looked_at_is_told(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreError, match="it cannot be opened"):
        open_database(path / "below a file", (FIRST,))


def test_closed_file_tells_so(path: Path) -> None:
    database = open_database(path, (FIRST,))
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.rows("SELECT 1")
