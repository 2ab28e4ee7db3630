"""Backup and restore: whole or not at all, nothing deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chp.adapters.folder import LOCK_NAME, DataFolder
from chp.adapters.store.journal import SqliteJournal
from chp.copying import back_up, restore
from chp.errors import StoreError, UsageError
from chp.verifying import Check
from tests.support.gateway_folder import make_folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("sound")).path


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "data"))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def pass_over(_check: Check) -> None:
    """Nobody listens."""


FILES = {
    "access.sqlite",
    "archive.sqlite",
    "journal.sqlite",
    "history",
    "history/history.sqlite",
    "history/ticks",
    "history/ticks/SBER",
    "history/ticks/SBER/2024-02-14.parquet",
    "history/ticks/SBER/2024-02-15.parquet",
}


def test_backup_has_every_file_and_is_verified(data: Path, tmp_path: Path) -> None:
    told: list[Check] = []
    back_up(data, tmp_path / "deep" / "copy", told.append)
    assert names(tmp_path / "deep" / "copy") == FILES
    assert len(told) == 14
    assert {path.name for path in tmp_path.iterdir()} == {"data", "deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["copy"]


def test_backup_goes_nowhere_where_something_is(data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        back_up(data, tmp_path / "taken", pass_over)
    with pytest.raises(UsageError, match="within the folder to back up"):
        back_up(data, data / "copy", pass_over)
    assert names(data) == FILES


def test_backup_of_a_folder_without_a_gateway_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no gateway has been started"):
        back_up(tmp_path / "absent", tmp_path / "copy", pass_over)
    assert names(tmp_path) == set()


def test_backup_that_is_not_sound_is_not_kept(data: Path, tmp_path: Path) -> None:
    journal = SqliteJournal(data / "journal.sqlite")
    journal._database.run("DELETE FROM record_group WHERE last_number = 8")
    journal.close()
    with pytest.raises(StoreError, match="not sound, so it is not kept"):
        back_up(data, tmp_path / "copy", pass_over)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_restore_puts_a_backup_in_the_place_of_what_was_there(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "copy", pass_over)
    target = tmp_path / "other"
    target.mkdir()
    (target / "journal.sqlite").write_text("of before")
    aside = restore(tmp_path / "copy", target, pass_over)
    assert aside is not None
    assert (aside / "journal.sqlite").read_text() == "of before"
    assert names(target) == FILES | {LOCK_NAME}
    assert names(tmp_path / "copy") == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"data", "copy", "other", aside.name}


def test_restore_makes_a_folder_where_there_is_none(data: Path, tmp_path: Path) -> None:
    assert restore(data, tmp_path / "new", pass_over) is None
    assert names(tmp_path / "new") == FILES | {LOCK_NAME}


def test_restore_of_what_is_not_sound_changes_nothing(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "copy")
    (tmp_path / "copy" / "archive.sqlite").write_bytes(b"no archive" * 99)
    with pytest.raises(StoreError, match="not sound, so it is not kept"):
        restore(tmp_path / "copy", data, pass_over)
    assert names(data) == FILES | {LOCK_NAME}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "copy"}


def test_restore_refuses_folders_in_use_and_the_folder_itself(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the data folder itself"):
        restore(data, data, pass_over)
    with DataFolder(data):
        with pytest.raises(StoreError, match="another gateway uses"):
            restore(data, tmp_path / "new", pass_over)
        shutil.copytree(data, tmp_path / "copy")
        with pytest.raises(StoreError, match="another gateway uses"):
            restore(tmp_path / "copy", data, pass_over)


def test_restore_that_is_cut_short_leaves_a_folder_that_refuses_to_start(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is last: as long as it is not there, an empty one holds its place."""
    replace = Path.replace

    def stop_at_journal(entry: Path, target: Path) -> Path:
        if entry.name == "journal.sqlite":
            raise OSError(5, "Input/output error")
        return replace(entry, target)

    monkeypatch.setattr(Path, "replace", stop_at_journal)
    with pytest.raises(StoreError, match="half restored: Input/output error"):
        restore(data, tmp_path / "new", pass_over)
    assert names(tmp_path / "new") == FILES | {LOCK_NAME}
    with pytest.raises(StoreError, match="a store is never empty"):
        SqliteJournal(tmp_path / "new" / "journal.sqlite")
