"""Which file and which check is named for each way in which a folder is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.folder import LOCK_NAME, DataFolder
from chp.errors import StoreError, UsageError
from chp.verifying import Check, Checks, at_rest, verify
from tests.support.gateway_folder import make_folder

NAMES = [
    "archive.sqlite",
    "history.sqlite",
    "journal.sqlite",
    "access.sqlite",
    "access",
    "tick files",
    "tables",
    "snapshots",
    "records",
    "recovery",
    "replay",
    "ledger",
    "archive",
    "trades",
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("sound")).path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """A folder of its own for one test."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


def verified(path: Path) -> list[Check]:
    told: list[Check] = []
    with at_rest(path) as folder:
        checks = verify(folder, told.append)
    assert told == checks.done
    return told


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_sound_folder_passes_every_check(path: Path) -> None:
    told = verified(path)
    assert [check.name for check in told if check.is_ok] == NAMES
    details = {check.name: check.detail for check in told}
    assert details["access"] == "1 users, 1 tokens, 1 portfolios"
    assert details["tick files"] == "2 files with 10 trades"
    assert details["snapshots"] == "after records 6, 11"
    assert details["replay"] == "5 records give the newest snapshot exactly"
    assert not details["archive"].startswith("0 ")


def _cut(name: str) -> Callable[[Path], None]:
    def cut(path: Path) -> None:
        file = path / name
        file.write_bytes(file.read_bytes()[:-4096])

    return cut


def _sql(name: str, *statements: str) -> Callable[[Path], None]:
    return lambda path: change(path / name, *statements)


FAULTS: list[tuple[Callable[[Path], object], list[str], str]] = [
    (lambda path: (path / "archive.sqlite").unlink(), ["archive.sqlite"], "No such file"),
    (_cut("history/history.sqlite"), ["history.sqlite"], "damaged"),
    (lambda path: (path / "access.sqlite").write_bytes(b""), ["access.sqlite"], "never empty"),
    (lambda path: (path / "journal.sqlite").write_bytes(b"no" * 999), ["journal.sqlite"], "damage"),
    (_sql("journal.sqlite", "PRAGMA user_version = 99"), ["tables"], "a later release"),
    (_sql("access.sqlite", "UPDATE tokens SET rights = 'all'"), ["access"], "'all'"),
    (
        _sql("journal.sqlite", "DELETE FROM record_group WHERE last_number = 8"),
        ["records", "replay", "archive", "trades"],
        "record 8 is missing",
    ),
    (
        _sql("journal.sqlite", "UPDATE record_group SET body = x'00' WHERE last_number = 14"),
        ["records", "recovery", "ledger", "archive", "trades"],
        "records 14 to 14",
    ),
    (
        _sql("journal.sqlite", "UPDATE record_group SET body = x'00' WHERE last_number = 2"),
        ["records"],
        "records 2 to 2",
    ),
    (_sql("archive.sqlite", "UPDATE fills SET lots = lots + 1"), ["archive"], "fill of trade"),
    (_sql("archive.sqlite", "DELETE FROM orders"), ["archive"], "is missing"),
    (
        _sql("history/history.sqlite", "UPDATE watermark SET last_trade_no = 10"),
        ["trades"],
        "found 10",
    ),
    (
        _sql("history/history.sqlite", "UPDATE days SET filed_rows = 6 WHERE filed_rows = 5"),
        ["tick files"],
        "expected 6 trades, found 5",
    ),
    (
        lambda path: next((path / "history/ticks").rglob("*.parquet")).write_bytes(b"PAR1"),
        ["tick files"],
        ".parquet",
    ),
]


@pytest.mark.parametrize(("spoil", "failed", "said"), FAULTS, ids=[str(f[1:]) for f in FAULTS])
def test_fault_fails_the_checks_that_see_it(
    spoil: Callable[[Path], object], failed: list[str], said: str, path: Path
) -> None:
    spoil(path)
    wrong = [check for check in verified(path) if not check.is_ok]
    assert [check.name for check in wrong] == failed
    assert said in wrong[0].detail


def test_snapshot_that_is_damaged_fails_what_needs_it(path: Path) -> None:
    change(
        path / "journal.sqlite",
        "UPDATE snapshot SET body = x'00' WHERE id = (SELECT min(id) FROM snapshot)",
    )
    wrong = [check for check in verified(path) if not check.is_ok]
    assert wrong[0].name == "snapshots"
    assert "the older snapshot is damaged" in wrong[0].detail


def test_verification_leaves_no_copy(path: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tempfile.tempdir", str(scratch))
        verified(path)
    assert list(scratch.iterdir()) == []


def test_verification_without_a_temporary_folder_says_so(path: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(StoreError, match="there is no temporary folder"):
            verified(path)


def test_error_of_any_kind_is_a_finding(tmp_path: Path) -> None:
    names: dict[str, str] = {}
    checks = Checks(lambda _check: None)
    checks.run("numbers", lambda: names["absent"])
    assert checks.done == [Check("numbers", False, "KeyError: 'absent'")]
    assert not checks.are_ok


def test_folder_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        verified(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_no_gateway_has_used_gets_no_lock(path: Path) -> None:
    with at_rest(path):
        assert not (path / LOCK_NAME).exists()


def test_folder_in_use_is_refused(path: Path) -> None:
    with DataFolder(path), pytest.raises(StoreError, match="another gateway uses"):
        verified(path)
