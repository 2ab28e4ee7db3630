"""Backs a data folder up while a gateway runs on it, and puts a backup in a folder's place.

Not how files are copied: the adapters do that, and `chp.adapters.store.backup` argues why the copy
recovers. A copy gets its name, or a folder's place, only when it is whole, on disk and verified.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from chp.adapters.copies import copy_database, put_on_disk
from chp.adapters.folder import DataFolder
from chp.adapters.history.filed import copy_days
from chp.adapters.history.store import DATABASE_NAME, TICKS_NAME
from chp.adapters.store.backup import FileCopy, copy_stores
from chp.errors import StoreError, UsageError
from chp.verifying import Check, at_rest, databases, verify


def back_up(source: Path, target: Path, tell: Callable[[Check], None]) -> None:
    """Copies a data folder, in use or not, to a new one.

    Args:
        source: a folder in which a gateway has been started before.
        target: a path that is not there.
        tell: called with each check of the copy.

    Raises:
        UsageError: the target is there already, or would be within the source.
        StoreError: it cannot be copied, or the copy is not sound; none is left.
    """
    target = target.absolute()
    if os.path.lexists(target):
        raise UsageError(f"{target} is there already: a backup is a new folder")
    if target.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{target} is within the folder to back up")
    if not (source / "journal.sqlite").exists():
        raise UsageError(f"no gateway has been started with the folder {source}")
    folder = DataFolder(source)
    with _draft_beside(target) as draft:
        sources, copies = databases(folder), databases(draft)
        archive, history, journal, access = map(FileCopy, sources, copies)
        copy_stores(facts=(archive, history), journal=journal, access=access)
        copy_days(history.target, folder.history / TICKS_NAME, draft.history / TICKS_NAME)
        _verify_copy(draft, tell)
        _rename(draft.path, target)


def restore(source: Path, target: Path, tell: Callable[[Check], None]) -> Path | None:
    """Puts a copy of a backup in the place of a data folder; the backup stays as it is.

    Args:
        source: a backup, or any data folder that no gateway uses.
        target: the data folder, not in use; made where there is none.
        tell: called with each check of the copy.

    Returns:
        Where the files are now that were in the folder; None where there were none.

    Raises:
        UsageError: there is no such backup, or it is the folder itself.
        StoreError: a gateway uses one of the folders, or the backup cannot be copied or is not
            sound; the folder is as it was.
    """
    if source.resolve() == target.resolve():
        raise UsageError(f"{source} is the data folder itself")
    with at_rest(source) as backup, DataFolder(target) as folder, _draft_beside(target) as draft:
        for path, copy in zip(databases(backup), databases(draft), strict=True):
            copy_database(path, copy)
        history = draft.history / DATABASE_NAME
        copy_days(history, backup.history / TICKS_NAME, draft.history / TICKS_NAME)
        _verify_copy(draft, tell)
        aside = folder.move_aside()
        _move_in(draft, folder)
        return aside


def _verify_copy(draft: DataFolder, tell: Callable[[Check], None]) -> None:
    put_on_disk(draft.path)
    checks = verify(draft, tell)
    if not checks.are_ok:
        raise StoreError("the copy is not sound, so it is not kept")


def _move_in(draft: DataFolder, folder: DataFolder) -> None:
    """Renames every file to its place.

    The journal comes last, over an empty one: were this cut short, the next start would refuse an
    empty journal, where it would take none for a new folder.
    """
    try:
        folder.journal.touch(mode=0o600)
        for entry in sorted(draft.path.iterdir(), key=lambda entry: entry == draft.journal):
            entry.replace(folder.path / entry.name)
    except OSError as error:
        raise StoreError(f"{folder.path}: it is half restored: {error.strerror}") from error
    put_on_disk(folder.path)


def _rename(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError as error:
        raise StoreError(f"{target}: the copy cannot get its name: {error.strerror}") from error


@contextlib.contextmanager
def _draft_beside(target: Path) -> Iterator[DataFolder]:
    """A folder for a copy, on the same disk; gone at the end unless it got another name."""
    target = target.absolute()
    path = target.with_name(f".{target.name}.part-{os.getpid()}")
    shutil.rmtree(path, ignore_errors=True)
    try:
        draft = DataFolder(path)
        DataFolder(draft.history)
        yield draft
    finally:
        shutil.rmtree(path, ignore_errors=True)
