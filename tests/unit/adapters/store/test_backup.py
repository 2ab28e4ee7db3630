"""The copy of files in use: one moment of all of them, in an order that recovers."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from chp.adapters.store import backup
from chp.adapters.store.access import SqliteAccess
from chp.adapters.store.archive import SqliteArchive
from chp.adapters.store.backup import FileCopy, copy_stores
from chp.adapters.store.journal import SqliteJournal
from chp.adapters.store.sqlite import Database, open_existing
from chp.errors import StoreError
from chp.model.commands import Advance, JournalRecord
from chp.model.snapshot import BoardSnapshot, Snapshot
from tests.support.archive_samples import report
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import FIRST, START_NS
from tests.unit.app.test_recovery import Life


class Files:
    """Archive, journal and access of a gateway, written as one writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = SqliteJournal(folder / "journal.sqlite")
        self.archive = SqliteArchive(folder / "archive.sqlite")
        self.access = SqliteAccess(folder / "access.sqlite")
        self.number = 0
        memory = MemoryJournal()
        Life(memory, 5)
        state = memory.latest_snapshot()
        assert state is not None
        self.state: Snapshot = state

    def record(self) -> None:
        """A record is on disk; its fact, an order of its number, waits for the next snapshot."""
        self.number += 1
        self.journal.append([JournalRecord(self.number, START_NS, Advance())])
        self.journal.sync()

    def snapshot(self) -> None:
        """What was told is put into the archive, then the snapshot is stored."""
        self.archive.put([report(self.number)], [], [])
        state = Snapshot("1", self.number, self.state.venue, BoardSnapshot([], [], []))
        self.journal.save_snapshot(state)

    def copy(self, target: Path) -> None:
        def to(name: str) -> FileCopy:
            return FileCopy(self.folder / name, target / name)

        copy_stores(
            facts=[to("archive.sqlite")],
            journal=to("journal.sqlite"),
            access=to("access.sqlite"),
        )

    def close(self) -> None:
        for store in (self.journal, self.archive, self.access):
            store.close()


def numbers(folder: Path) -> tuple[int, int, int]:
    """Of a copy: the last fact, the newest snapshot's record, the last record."""
    with closing(SqliteArchive(folder / "archive.sqlite")) as archive:
        fact = max(entry.order_id for entry in archive.orders_since(FIRST.name, 0))
    with closing(SqliteJournal(folder / "journal.sqlite")) as journal:
        snapshot = journal.latest_snapshot()
        assert snapshot is not None
        last = snapshot.record_number
        for record in journal.records_after(last):
            last = record.number
    return fact, snapshot.record_number, last


@pytest.fixture
def files(tmp_path: Path) -> Files:
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "target").mkdir()
    made = Files(source)
    made.record()
    made.snapshot()
    return made


def test_copies_while_a_gateway_writes_are_of_one_moment(files: Files, tmp_path: Path) -> None:
    done, wrote = Event(), Event()

    def write() -> None:
        while not done.is_set():
            for _ in range(3):
                files.record()
            files.snapshot()
            wrote.set()

    thread = Thread(target=write)
    thread.start()
    try:
        for name in "abcde":
            (tmp_path / name).mkdir()
            wrote.clear()
            files.copy(tmp_path / name)
            assert wrote.wait(30)
    finally:
        done.set()
        thread.join()
    files.close()
    for name in "abcde":
        fact, snapshot, last = numbers(tmp_path / name)
        assert snapshot <= fact <= last


def test_snapshot_between_archive_and_journal_makes_all_be_taken_anew(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Database.begin_reading

    def begin_then_store(database: Database) -> None:
        begin(database)
        if database.path.name == "archive.sqlite" and files.number < 3:
            files.record()
            files.snapshot()

    monkeypatch.setattr(Database, "begin_reading", begin_then_store)
    files.copy(tmp_path / "target")
    files.close()
    assert numbers(tmp_path / "target") == (3, 3, 3)


def test_copying_gives_up_where_snapshots_never_pause(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Database.begin_reading

    def begin_then_store(database: Database) -> None:
        begin(database)
        files.snapshot()

    monkeypatch.setattr(Database, "begin_reading", begin_then_store)
    monkeypatch.setattr(backup, "ATTEMPTS", 2)
    with pytest.raises(StoreError, match="stored too often"):
        files.copy(tmp_path / "target")
    files.close()


def test_copy_stands_still_and_only_its_owner_may_read_it(files: Files, tmp_path: Path) -> None:
    target = tmp_path / "target" / "journal.sqlite"
    with closing(open_existing(files.folder / "journal.sqlite")) as database:
        database.begin_reading()
        files.record()
        database.copy_to(target)
        database.roll_back()
    files.close()
    with closing(SqliteJournal(target)) as copy:
        assert [record.number for record in copy.records_after(0)] == [1]
    if sys.platform != "win32":
        assert target.stat().st_mode & 0o777 == 0o600


def test_copy_replaces_no_file(files: Files, tmp_path: Path) -> None:
    files.copy(tmp_path / "target")
    with pytest.raises(StoreError, match=r"target.archive\.sqlite: it cannot be made: File exists"):
        files.copy(tmp_path / "target")
    files.close()


def test_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    with pytest.raises(StoreError, match="it cannot be opened: No such file"):
        open_existing(path)
    assert not path.exists()
    path.touch()
    with pytest.raises(StoreError, match="a store is never empty"):
        open_existing(path)


def test_faults_of_a_file_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kept (number INTEGER)")
        connection.execute("CREATE INDEX by_number ON kept (number)")
        connection.executemany("INSERT INTO kept VALUES (?)", [(n,) for n in range(100)])
        connection.commit()
        with closing(open_existing(path)) as database:
            assert database.faults() == []
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'by_number'")
        connection.commit()
    with closing(open_existing(path)) as database:
        assert database.faults() != []


def test_journal_shows_its_snapshots_and_its_oldest_record(files: Files) -> None:
    files.record()
    files.snapshot()
    files.record()
    kept = files.journal.snapshots()
    assert [snapshot.record_number for snapshot in kept] == [1, 2]
    assert kept[1] == files.journal.latest_snapshot()
    assert files.journal.first_number() == 1
    files.close()


@pytest.mark.parametrize(("which", "name"), [("min", "older"), ("max", "newest")])
def test_journal_names_the_snapshot_that_is_damaged(files: Files, which: str, name: str) -> None:
    files.record()
    files.snapshot()
    with closing(sqlite3.connect(files.folder / "journal.sqlite")) as connection:
        connection.execute(
            f"UPDATE snapshot SET body = x'01' WHERE id = (SELECT {which}(id) FROM snapshot)"
        )
        connection.commit()
    with pytest.raises(StoreError, match=f"the {name} snapshot is damaged"):
        files.journal.snapshots()
    files.close()


def test_new_journal_has_no_snapshot_and_begins_with_1(tmp_path: Path) -> None:
    with closing(SqliteJournal(tmp_path / "journal.sqlite")) as journal:
        assert (journal.snapshots(), journal.first_number()) == ([], 1)
