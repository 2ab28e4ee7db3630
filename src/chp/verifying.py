"""Verifies a data folder that no gateway uses: which checks, over which of its files.

Not the checks: of a state they are in `chp.app.verification`, of files with the adapters. Nothing
on disk changes: SQLite writes even to read, so it reads copies in the system's temporary folder.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from chp.adapters.copies import copy_database
from chp.adapters.folder import LOCK_NAME, DataFolder
from chp.adapters.history.filed import check_day, filed_days
from chp.adapters.history.parquet import TickFiles
from chp.adapters.history.store import DATABASE_NAME, TICKS_NAME, FileHistory
from chp.adapters.store.access import SqliteAccess
from chp.adapters.store.archive import SqliteArchive
from chp.adapters.store.journal import SqliteJournal
from chp.adapters.store.sqlite import open_existing
from chp.app.venue.machine import Venue
from chp.app.verification import Kept, StateChecks
from chp.demo import market
from chp.errors import StoreError, UsageError
from chp.model.snapshot import Snapshot
from chp.wire.journal import decode_snapshot, encode

SEED: Final = 0
"""Replaced by the seed in the journal."""


class Check(NamedTuple):
    """What one check found."""

    name: str
    is_ok: bool
    detail: str
    """A sentence for a person: what was found, or what is wrong."""


class Checks:
    """Runs checks and tells of each one at once."""

    def __init__(self, tell: Callable[[Check], None]) -> None:
        """None yet."""
        self._tell = tell
        self.done: list[Check] = []

    @property
    def are_ok(self) -> bool:
        """Whether none has failed."""
        return all(check.is_ok for check in self.done)

    def run(self, name: str, check: Callable[[], str]) -> None:
        """Runs one check; whatever it raises is what is wrong."""
        try:
            done = Check(name, True, check())
        except StoreError as error:
            done = Check(name, False, error.detail)
        except Exception as error:  # noqa: BLE001 - a wrong state may break anything
            done = Check(name, False, f"{type(error).__name__}: {error}")
        self.done.append(done)
        self._tell(done)


def databases(folder: DataFolder) -> list[Path]:
    """The SQLite files of a folder; those that follow from the journal stand before it."""
    return [folder.archive, folder.history / DATABASE_NAME, folder.journal, folder.access]


@contextlib.contextmanager
def at_rest(path: Path) -> Iterator[DataFolder]:
    """A folder that is there, kept from gateways meanwhile where one has ever used it.

    Raises:
        UsageError: there is no such folder.
        StoreError: a gateway uses it.
    """
    if not path.is_dir():
        raise UsageError(f"there is no folder {path}")
    folder = DataFolder(path)
    if (path / LOCK_NAME).exists():
        folder.lock()
    try:
        yield folder
    finally:
        folder.unlock()


def verify(folder: DataFolder, tell: Callable[[Check], None]) -> Checks:
    """Checks a folder at rest; the state is looked at where the files are sound.

    Args:
        folder: of one gateway, not in use.
        tell: called with each check when it is done.

    Raises:
        StoreError: there is no temporary folder to copy to.
    """
    checks = Checks(tell)
    try:
        scratch = TemporaryDirectory(prefix="chp-verify-")
    except OSError as error:
        raise StoreError(f"there is no temporary folder: {error.strerror}") from error
    with scratch:
        copy = DataFolder(Path(scratch.name))
        for source, target in zip(databases(folder), databases(copy), strict=True):
            checks.run(source.name, partial(_check_file, source, target))
        if checks.are_ok:
            checks.run("access", lambda: _check_access(copy.access))
            checks.run("tick files", lambda: _check_days(copy, folder.history / TICKS_NAME))
            _check_state(copy, checks)
    return checks


def _check_file(source: Path, copy: Path) -> str:
    copy_database(source, copy)
    with contextlib.closing(open_existing(copy)) as database:
        faults = database.faults()
    if faults:
        raise StoreError(f"{source}: it is damaged: {'; '.join(faults[:3])}")
    return "sound"


def _check_access(path: Path) -> str:
    with contextlib.closing(SqliteAccess(path)) as store:
        store.callers()
        users, tokens, portfolios = store.users(), store.tokens(), store.portfolios()
    return f"{len(users)} users, {len(tokens)} tokens, {len(portfolios)} portfolios"


def _check_days(copy: DataFolder, ticks: Path) -> str:
    files = TickFiles(ticks)
    with contextlib.closing(files):
        rows = [check_day(files, day) for day in filed_days(copy.history / DATABASE_NAME)]
    return f"{len(rows)} files with {sum(rows)} trades"


def _check_state(copy: DataFolder, checks: Checks) -> None:
    with contextlib.ExitStack() as opened:
        kept: list[Kept] = []

        def open_stores() -> str:
            journal = opened.enter_context(contextlib.closing(SqliteJournal(copy.journal)))
            archive = opened.enter_context(contextlib.closing(SqliteArchive(copy.archive)))
            history = opened.enter_context(contextlib.closing(FileHistory(copy.history)))
            first = journal.first_number()
            kept.append(Kept(journal, journal.snapshots, first, archive, history))
            return "of this release"

        checks.run("tables", open_stores)
        for stores in kept:
            for name, check in StateChecks(stores, _new_venue, _as_stored).all():
                checks.run(name, check)


def _new_venue() -> Venue:
    return Venue(market.instruments(), market.tapes(), seed=SEED)


def _as_stored(snapshot: Snapshot) -> Snapshot:
    return decode_snapshot(encode(snapshot))
