"""Plain copies of files at rest."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.copies import copy_database, put_on_disk
from chp.errors import StoreError


def made(path: Path) -> sqlite3.Connection:
    """An open file with a row that is only in its log."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE kept (number INTEGER)")
    connection.execute("INSERT INTO kept VALUES (7)")
    return connection


def rows(path: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM kept").fetchall()


def test_copy_has_what_is_only_in_the_log(tmp_path: Path) -> None:
    source, target = tmp_path / "a.sqlite", tmp_path / "new" / "b.sqlite"
    with closing(made(source)):
        copy_database(source, target)
    assert rows(target) == [(7,)]


def test_copy_has_no_log_where_the_file_has_none(tmp_path: Path) -> None:
    source, target = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    made(source).close()
    (tmp_path / "b.sqlite-wal").write_bytes(b"of an earlier attempt")
    copy_database(source, target)
    assert not (tmp_path / "b.sqlite-wal").exists()
    assert target.read_bytes() == source.read_bytes()


def test_copy_of_a_file_that_is_not_there_names_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"a\.sqlite: No such file"):
        copy_database(tmp_path / "a.sqlite", tmp_path / "b.sqlite")


def test_file_that_keeps_changing_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "a.sqlite"
    source.write_bytes(b"")
    copy = shutil.copy

    def copy_and_write(path: Path, target: Path) -> None:
        copy(path, target)
        source.write_bytes(source.read_bytes() + b"more")

    monkeypatch.setattr("chp.adapters.copies.shutil.copy", copy_and_write)
    with pytest.raises(StoreError, match="another program keeps writing it"):
        copy_database(source, tmp_path / "b.sqlite")


def test_folder_with_folders_is_put_on_disk(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").write_bytes(b"x")
    put_on_disk(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not put on disk there")
def test_folder_that_is_not_there_cannot_be_put_on_disk(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="gone: No such file"):
        put_on_disk(tmp_path / "gone")
