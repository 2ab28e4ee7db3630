"""Plain copies of the files of a folder that rests, and that copies are on disk.

Not the copy of a folder in use: that is `chp.adapters.store.backup`. Nothing here writes to what
it copies: SQLite would, even to read, where the log was not emptied.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from chp.errors import StoreError

ATTEMPTS: Final = 100

_LOG_SUFFIX: Final = "-wal"


def copy_database(source: Path, target: Path) -> None:
    """Copies an SQLite file that rests, with its log where it has one.

    The command line may write users, tokens and portfolios at any time: where a file has changed
    while it was copied, it is copied again.

    Raises:
        StoreError: it is not there or does not rest, or the copy cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(ATTEMPTS):
            before = _look(source)
            shutil.copy(source, target)
            log, log_copy = _log(source), _log(target)
            log_copy.unlink(missing_ok=True)
            if log.exists():
                shutil.copy(log, log_copy)
            if _look(source) == before:
                return
    except OSError as error:
        raise StoreError(f"{error.filename or source}: {error.strerror}") from error
    raise StoreError(f"{source}: another program keeps writing it")


def put_on_disk(folder: Path) -> None:
    """Returns when every file of a folder, and every name in it, is on disk.

    Raises:
        StoreError: it is not known to be.
    """
    try:
        for entry in (*folder.rglob("*"), folder):
            if entry.is_file():
                _sync(entry, os.O_RDWR)
            elif os.name != "nt":  # folders cannot be opened there
                _sync(entry, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: {error.strerror}") from error


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _log(path: Path) -> Path:
    return path.with_name(path.name + _LOG_SUFFIX)


def _look(path: Path) -> list[tuple[int, int] | None]:
    """Sizes and moments of change of a file and its log; None for a log that is not there."""
    looks: list[tuple[int, int] | None] = []
    for each in (path, _log(path)):
        try:
            stat = each.stat()
        except FileNotFoundError:
            if each == path:
                raise
            looks.append(None)
        else:
            looks.append((stat.st_size, stat.st_mtime_ns))
    return looks
