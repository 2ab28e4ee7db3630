"""CT-J: what every `JournalStore` does; then what can befall SQLite's files."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chp.adapters.store.journal import (
    MIGRATIONS,
    READ_AT_ONCE,
    RECORDS_KEPT_NS,
    SNAPSHOTS_KEPT,
    SqliteJournal,
)
from chp.errors import StoreError
from chp.model.commands import JournalRecord
from chp.wire.journal import encode
from tests.support.journal_homes import JournalHome, SqliteHome, VolatileHome
from tests.support.journal_samples import COMMANDS, sample_records, sample_snapshot
from tests.support.rights import read_only
from tests.support.small_venue import START_NS


@pytest.fixture
def sqlite_home(tmp_path: Path) -> Iterator[SqliteHome]:
    home = SqliteHome(tmp_path)
    yield home
    home.close()


@pytest.fixture(params=["sqlite", "volatile"])
def home(request: pytest.FixtureRequest) -> JournalHome:
    if request.param == "volatile":
        return VolatileHome()
    sqlite: SqliteHome = request.getfixturevalue("sqlite_home")
    return sqlite


def numbers(records: Iterator[JournalRecord]) -> list[int]:
    return [record.number for record in records]


class TestEveryStore:
    """One suite over every adapter."""

    def test_ct_j01_new_store_is_empty(self, home: JournalHome) -> None:
        store = home.open()
        assert list(store.records_after(0)) == []
        assert store.latest_snapshot() is None
        assert store.latest_version() is None

    def test_ct_j02_every_command_comes_back_equal(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records())
        store.sync()
        store.close()
        assert list(home.open().records_after(0)) == sample_records()

    def test_ct_j03_what_was_not_synced_is_gone_after_a_crash(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(3))
        store.sync()
        store.append(sample_records(2, first=4))
        home.crash()
        assert numbers(home.open().records_after(0)) == [1, 2, 3]

    def test_ct_j04_one_sync_covers_all_that_was_appended(self, home: JournalHome) -> None:
        store = home.open()
        for number in range(1, 4):
            store.append(sample_records(1, first=number))
        store.sync()
        home.crash()
        assert numbers(home.open().records_after(0)) == [1, 2, 3]

    def test_ct_j05_what_was_synced_outlives_a_crash_without_close(self, home: JournalHome) -> None:
        for first in (1, 4, 7):
            store = home.open()
            assert numbers(store.records_after(0)) == list(range(1, first))
            store.append(sample_records(3, first=first))
            store.sync()
            home.crash()
        assert list(home.open().records_after(0)) == sample_records(9)

    @pytest.mark.parametrize("first", [0, 1, 3, 5])
    def test_ct_j06_other_than_the_next_number_is_refused(
        self, home: JournalHome, first: int
    ) -> None:
        store = home.open()
        store.append(sample_records(3))
        with pytest.raises(StoreError, match=f"expected record 4, came {first}"):
            store.append([JournalRecord(first, START_NS, COMMANDS[0])])
        store.append(sample_records(1, first=4))
        store.sync()
        assert numbers(store.records_after(0)) == [1, 2, 3, 4]

    def test_ct_j07_gap_inside_a_group_takes_none_of_it(self, home: JournalHome) -> None:
        store = home.open()
        with pytest.raises(StoreError, match="expected record 2, came 3"):
            store.append([*sample_records(1), *sample_records(1, first=3)])
        store.sync()
        assert list(store.records_after(0)) == []

    def test_ct_j08_records_after_a_number_are_answered(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(5))
        store.sync()
        assert list(store.records_after(3)) == sample_records(2, first=4)
        assert list(store.records_after(5)) == []

    def test_ct_j09_nothing_to_append_and_nothing_to_sync_is_fine(self, home: JournalHome) -> None:
        store = home.open()
        store.sync()
        store.append([])
        store.sync()
        assert list(store.records_after(0)) == []

    def test_ct_j10_snapshot_outlives_a_crash_without_sync(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(14))
        store.sync()
        store.save_snapshot(sample_snapshot(14))
        home.crash()
        snapshot = home.open().latest_snapshot()
        assert snapshot is not None
        assert encode(snapshot) == encode(sample_snapshot(14))

    def test_ct_j11_newest_of_several_snapshots_is_answered(self, home: JournalHome) -> None:
        store = home.open()
        for number, version in enumerate(("old", "1", "new"), 1):
            store.append(sample_records(1, first=number))
            store.save_snapshot(sample_snapshot(number, version))
        assert store.latest_version() == "new"
        snapshot = store.latest_snapshot()
        assert snapshot is not None
        assert (snapshot.version, snapshot.record_number) == ("new", 3)

    def test_ct_j12_two_snapshots_after_one_record_are_fine(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(1))
        store.save_snapshot(sample_snapshot(1, "first"))
        store.save_snapshot(sample_snapshot(1, "second"))
        assert store.latest_version() == "second"

    def test_ct_j13_snapshot_syncs_what_was_appended(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(2))
        store.save_snapshot(sample_snapshot(2))
        home.crash()
        assert numbers(home.open().records_after(0)) == [1, 2]

    def test_ct_j14_checkpoint_keeps_what_recovery_needs(self, home: JournalHome) -> None:
        store = home.open()
        store.append(sample_records(5))
        store.save_snapshot(sample_snapshot(5))
        store.append(sample_records(4, first=6))
        store.sync()
        store.checkpoint()
        home.crash()
        store = home.open()
        assert store.latest_version() == sample_snapshot().version
        assert list(store.records_after(5)) == sample_records(4, first=6)
        store.append(sample_records(1, first=10))

    def test_ct_j15_records_are_read_one_by_one_beyond_one_slice(self, home: JournalHome) -> None:
        count = READ_AT_ONCE * 2 + 1
        store = home.open()
        store.append(sample_records(count))
        store.sync()
        reading = store.records_after(0)
        assert next(reading).number == 1
        assert sum(1 for _ in reading) == count - 1


UNWRITABLE = r"it cannot be opened|it may not be written"


def spoil(path: Path, statement: str, *values: object) -> None:
    """Changes the file behind the store's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def written(home: SqliteHome, count: int = 20) -> Path:
    """A closed journal of some groups of five records and one snapshot."""
    store = home.open()
    for first in range(1, count + 1, 5):
        store.append(sample_records(5, first=first))
        store.sync()
    store.save_snapshot(sample_snapshot(count))
    store.close()
    return home.path


def append_one_by_one(store: SqliteJournal, records: Sequence[JournalRecord]) -> None:
    """Puts each record into a group of its own."""
    for record in records:
        store.append([record])
        store.sync()


class TestDamagedFile:
    """What was changed behind the store's back is told, with its place."""

    def test_damaged_record_is_named(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        body = bytearray(encode(sample_records(5, first=6)))
        body[-1] ^= 1
        spoil(path, "UPDATE record_group SET body = ? WHERE last_number = 10", bytes(body))
        reading = sqlite_home.open().records_after(0)
        assert [next(reading).number for _ in range(5)] == [1, 2, 3, 4, 5]
        with pytest.raises(StoreError, match="journal is damaged: records 6 to 10: the checksum"):
            next(reading)

    def test_missing_record_is_named(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        spoil(path, "DELETE FROM record_group WHERE last_number = 10")
        with pytest.raises(StoreError, match="record 6 is missing"):
            list(sqlite_home.open().records_after(0))

    def test_records_that_changed_places_are_found(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        spoil(
            path,
            "UPDATE record_group SET body = (SELECT body FROM record_group WHERE last_number = 15)"
            " WHERE last_number = 10",
        )
        with pytest.raises(StoreError, match="records 6 to 10 are not what they are called"):
            list(sqlite_home.open().records_after(0))

    def test_end_that_is_missing_is_found(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        spoil(path, "DELETE FROM record_group WHERE last_number > 15")
        with pytest.raises(StoreError, match="records 16 to 20 are missing"):
            list(sqlite_home.open().records_after(0))

    def test_damaged_snapshot_is_told_and_its_version_is_readable(
        self, sqlite_home: SqliteHome
    ) -> None:
        path = written(sqlite_home)
        spoil(path, "UPDATE snapshot SET body = x'0102030405060708'")
        store = sqlite_home.open()
        assert store.latest_version() == sample_snapshot().version
        with pytest.raises(StoreError, match="the newest snapshot is damaged"):
            store.latest_snapshot()

    def test_truncated_file_is_damaged(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home, count=2000)
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises(StoreError, match="damaged"):
            list(sqlite_home.open().records_after(0))

    def test_emptied_file_is_damaged_and_not_new(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        os.truncate(path, 0)
        with pytest.raises(StoreError, match="a store is never empty"):
            sqlite_home.open()

    def test_file_of_something_else_is_refused(self, sqlite_home: SqliteHome) -> None:
        sqlite_home.path.write_text("not a journal at all, but long enough to look at" * 100)
        with pytest.raises(StoreError, match="no SQLite file"):
            sqlite_home.open()


class TestFile:
    """Other versions, rights, limits, and other programs at the same file."""

    def test_later_version_is_refused_with_both_numbers(self, sqlite_home: SqliteHome) -> None:
        path = written(sqlite_home)
        spoil(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        with pytest.raises(StoreError, match=r"a later release .* version 2, this release knows 1"):
            sqlite_home.open()

    @pytest.mark.skipif(sys.platform == "win32", reason="no rights of that kind")
    def test_folder_that_may_not_be_written_is_told(self) -> None:
        with TemporaryDirectory() as name:
            folder = Path(name)
            SqliteJournal(folder / "journal.sqlite").close()
            with read_only(folder), pytest.raises(StoreError, match=UNWRITABLE):
                SqliteJournal(folder / "journal.sqlite")
            with read_only(folder), pytest.raises(StoreError, match="cannot be made"):
                SqliteJournal(folder / "another.sqlite")
            SqliteJournal(folder / "journal.sqlite").close()

    def test_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"journal.sqlite: it cannot be made"):
            SqliteJournal(tmp_path / "nowhere" / "journal.sqlite")

    @pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes")
    def test_full_disk_takes_nothing_and_ends_the_journal(self, sqlite_home: SqliteHome) -> None:
        import resource

        store = sqlite_home.open()
        store.append(sample_records(3))
        store.sync()
        log = sqlite_home.path.with_name("journal.sqlite-wal")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 4096, hard))
        try:
            store.append(sample_records(2000, first=4))
            with pytest.raises(StoreError, match=r"disk"):
                store.sync()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        with pytest.raises(StoreError, match="an earlier write failed"):
            store.append(sample_records(1, first=4))
        with pytest.raises(StoreError, match="an earlier write failed"):
            store.sync()
        sqlite_home.crash()
        assert numbers(sqlite_home.open().records_after(0)) == [1, 2, 3]

    def test_other_program_that_writes_for_ever_is_told(
        self, sqlite_home: SqliteHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chp.adapters.store.sqlite.BUSY_TIMEOUT_S", 0.01)
        store = sqlite_home.open()
        with closing(sqlite3.connect(sqlite_home.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            store.append(sample_records(1))
            with pytest.raises(StoreError, match="another program has it locked"):
                store.sync()

    def test_failed_snapshot_leaves_the_journal_usable(
        self, sqlite_home: SqliteHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chp.adapters.store.sqlite.BUSY_TIMEOUT_S", 0.01)
        store = sqlite_home.open()
        store.append(sample_records(1))
        store.sync()
        with closing(sqlite3.connect(sqlite_home.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError):
                store.save_snapshot(sample_snapshot(1))
        store.append(sample_records(1, first=2))
        store.sync()
        assert store.latest_version() is None
        assert numbers(store.records_after(0)) == [1, 2]

    def test_reader_elsewhere_does_not_hold_up_the_checkpoint(
        self, sqlite_home: SqliteHome
    ) -> None:
        store = sqlite_home.open()
        store.append(sample_records(2))
        store.sync()
        with closing(sqlite3.connect(sqlite_home.path, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM record_group").fetchone()
            store.append(sample_records(1, first=3))
            store.sync()
            store.checkpoint()
        assert numbers(store.records_after(0)) == [1, 2, 3]

    @pytest.mark.skipif(sys.platform == "win32", reason="no rights of that kind")
    def test_files_are_for_their_owner_only(self, sqlite_home: SqliteHome) -> None:
        store = sqlite_home.open()
        store.append(sample_records(1))
        store.sync()
        modes = {
            file.name: file.stat().st_mode & 0o777 for file in sqlite_home.path.parent.iterdir()
        }
        assert modes == dict.fromkeys(
            ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"), 0o600
        )


class TestWhatIsKept:
    """Two snapshots, and records for a week after no snapshot needs them."""

    def test_two_newest_snapshots_are_kept(self, sqlite_home: SqliteHome) -> None:
        store = sqlite_home.open()
        for number in range(1, 5):
            store.append(sample_records(1, first=number))
            store.save_snapshot(sample_snapshot(number))
        with closing(sqlite3.connect(sqlite_home.path)) as other:
            rows = other.execute("SELECT record_number FROM snapshot ORDER BY id").fetchall()
        assert rows == [(3,), (4,)]
        assert len(rows) == SNAPSHOTS_KEPT

    def test_old_records_of_past_epochs_are_dropped(self, sqlite_home: SqliteHome) -> None:
        """What is a week old goes, if both kept snapshots hold it; the rest is there."""
        store = sqlite_home.open()
        records = sample_records(10)
        append_one_by_one(store, records)
        week_after_6 = records[5].now_ns + RECORDS_KEPT_NS
        store.save_snapshot(sample_snapshot(8, now_ns=week_after_6))
        store.save_snapshot(sample_snapshot(9, now_ns=week_after_6))
        store.checkpoint()
        assert numbers(store.records_after(5)) == [6, 7, 8, 9, 10]
        with pytest.raises(StoreError, match="record 5 is missing"):
            next(store.records_after(4))

    def test_old_records_are_dropped_a_slice_at_each_checkpoint(
        self, sqlite_home: SqliteHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("chp.adapters.store.journal.DROPPED_AT_ONCE", 3)
        store = sqlite_home.open()
        append_one_by_one(store, sample_records(10))
        for _ in range(SNAPSHOTS_KEPT):
            store.save_snapshot(sample_snapshot(8, now_ns=START_NS + 2 * RECORDS_KEPT_NS))
        for first in (4, 7, 9, 9):
            store.checkpoint()
            assert numbers(store.records_after(first - 1)) == list(range(first, 11))
            with pytest.raises(StoreError, match=f"record {first - 1} is missing"):
                next(store.records_after(first - 2))

    def test_no_record_that_the_older_snapshot_lacks_is_dropped(
        self, sqlite_home: SqliteHome
    ) -> None:
        store = sqlite_home.open()
        append_one_by_one(store, sample_records(10))
        much_later = START_NS + 10 * RECORDS_KEPT_NS
        store.save_snapshot(sample_snapshot(4, now_ns=much_later))
        store.save_snapshot(sample_snapshot(9, now_ns=much_later))
        store.checkpoint()
        assert numbers(store.records_after(4)) == [5, 6, 7, 8, 9, 10]

    def test_numbers_go_on_when_every_record_was_dropped(self, sqlite_home: SqliteHome) -> None:
        store = sqlite_home.open()
        store.append(sample_records(3))
        for _ in range(SNAPSHOTS_KEPT):
            store.save_snapshot(sample_snapshot(3, now_ns=START_NS + 2 * RECORDS_KEPT_NS))
        store.checkpoint()
        store.close()
        store = sqlite_home.open()
        assert list(store.records_after(3)) == []
        store.append(sample_records(1, first=4))
        store.sync()
        assert numbers(store.records_after(3)) == [4]
