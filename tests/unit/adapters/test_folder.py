"""The data folder: made, locked, moved aside whole."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chp.adapters.folder import LOCK_NAME, DataFolder
from chp.errors import StoreError
from tests.support.rights import read_only

LOCKS_AND_WAITS = """
import sys
from pathlib import Path
from chp.adapters.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
folder.lock()
print("locked", flush=True)
sys.stdin.read()
"""


def entries(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "b")
    assert folder.path.is_dir()
    if sys.platform != "win32":
        assert folder.path.stat().st_mode & 0o777 == 0o700


def test_folder_that_is_there_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("kept")
    folder = DataFolder(tmp_path)
    assert folder.journal.read_text() == "kept"
    assert [folder.journal, folder.archive, folder.access, folder.history] == [
        tmp_path / "journal.sqlite",
        tmp_path / "archive.sqlite",
        tmp_path / "access.sqlite",
        tmp_path / "history",
    ]


def test_path_is_absolute_whatever_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert DataFolder(Path("here")).journal == tmp_path / "here" / "journal.sqlite"


def test_file_in_the_folder_s_place_is_told(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(StoreError) as told:
        DataFolder(place)
    assert told.value.detail.startswith(f"the data folder {place} cannot be made: ")


def test_folder_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        DataFolder(tmp_path / "file" / "folder")


@pytest.mark.skipif(sys.platform == "win32", reason="no rights of that kind")
def test_folder_that_may_not_be_written_is_told() -> None:
    with TemporaryDirectory() as name:
        folder = DataFolder(Path(name))
        with read_only(folder.path), pytest.raises(StoreError) as told:
            folder.lock()
        assert told.value.detail == (
            f"the data folder {folder.path} cannot be locked: {os.strerror(errno.EACCES)}"
        )
        with read_only(folder.path), pytest.raises(StoreError, match="cannot be made"):
            DataFolder(folder.path / "below")


def test_second_gateway_is_refused_and_the_folder_named(tmp_path: Path) -> None:
    with DataFolder(tmp_path):
        with pytest.raises(StoreError) as told:
            DataFolder(tmp_path).lock()
        assert "another gateway" in told.value.detail
        assert str(tmp_path) in told.value.detail
    with DataFolder(tmp_path):
        pass


def test_lock_may_be_asked_for_again_by_its_holder(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.unlock()
    folder.lock()
    folder.lock()
    folder.unlock()
    DataFolder(tmp_path).lock()


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOCKS_AND_WAITS, str(tmp_path)]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(StoreError, match="another gateway"):
            DataFolder(tmp_path).lock()
        other.kill()
        other.wait()
    with DataFolder(tmp_path):
        pass


def test_everything_is_moved_aside_and_nothing_deleted(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        folder.journal.write_text("journal")
        (folder.path / "journal.sqlite-wal").write_text("log")
        folder.history.mkdir()
        (folder.history / "bars").write_text("bars")
        aside = folder.move_aside()
        assert aside is not None
        assert aside.parent == tmp_path
        assert re.fullmatch(r"data\.old-\d{8}T\d{6}Z", aside.name)
        assert (aside / "journal.sqlite").read_text() == "journal"
        assert (aside / "journal.sqlite-wal").read_text() == "log"
        assert (aside / "history" / "bars").read_text() == "bars"
        assert entries(folder.path) == {LOCK_NAME}
        with pytest.raises(StoreError, match="another gateway"):
            DataFolder(folder.path).lock()
    assert entries(tmp_path) == {"data", aside.name}


def test_moves_of_one_second_get_numbers(tmp_path: Path) -> None:
    moved = []
    with DataFolder(tmp_path / "data") as folder:
        for number in range(5):
            folder.journal.write_text(str(number))
            moved.append(folder.move_aside())
    names = [aside.name for aside in moved if aside is not None]
    assert len(set(names)) == 5
    contents = [(tmp_path / name / "journal.sqlite").read_text() for name in names]
    assert contents == ["0", "1", "2", "3", "4"]
    assert all(re.fullmatch(r"data\.old-\d{8}T\d{6}Z(-\d+)?", name) for name in names)


def test_empty_folder_is_not_moved(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as folder:
        assert folder.move_aside() is None
    assert entries(tmp_path) == {"data"}


def test_move_that_fails_leaves_all_in_place_and_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    with DataFolder(tmp_path / "data") as folder:
        folder.journal.write_text("journal")
        monkeypatch.setattr(Path, "rename", refuse)
        with pytest.raises(StoreError) as told:
            folder.move_aside()
        assert told.value.detail == (
            f"the data folder {folder.path} cannot be moved aside: {os.strerror(errno.EBUSY)}"
        )
        assert folder.journal.read_text() == "journal"
        with pytest.raises(StoreError, match="another gateway"):
            DataFolder(folder.path).lock()
