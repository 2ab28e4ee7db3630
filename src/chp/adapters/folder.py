"""The data folder of one gateway: where its files are, and that no other gateway uses them.

Not what is in the files. The lock is the system's, so it ends with the process however that
ends; the command line's `user`, `token` and `portfolio` do not take it.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final

from chp.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME: Final = "lock"

_OWNER_ONLY: Final = 0o700


class DataFolder:
    """A folder, made where there is none; as a context it ends its lock at the end."""

    def __init__(self, path: Path) -> None:
        """Makes the folder, for its owner only where the system knows owners.

        Raises:
            StoreError: it cannot be made or written.
        """
        self.path = path.absolute()
        self._lock: int | None = None
        self._make()

    @property
    def journal(self) -> Path:
        """File of the journal."""
        return self.path / "journal.sqlite"

    @property
    def archive(self) -> Path:
        """File of the archive."""
        return self.path / "archive.sqlite"

    @property
    def access(self) -> Path:
        """File of users, tokens and portfolios."""
        return self.path / "access.sqlite"

    @property
    def history(self) -> Path:
        """Folder of bars and trades; who keeps them there makes it."""
        return self.path / "history"

    def __enter__(self) -> DataFolder:
        """Takes the lock, as `lock`."""
        self.lock()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Gives the lock back."""
        self.unlock()

    def lock(self) -> None:
        """Makes this process the folder's only gateway until `unlock`; again changes nothing.

        Raises:
            StoreError: another gateway uses the folder, or it cannot be written.
        """
        if self._lock is not None:
            return
        try:
            self._lock = _taken(self.path / LOCK_NAME)
        except OSError as error:
            raise self._unusable("locked", error) from error
        if self._lock is None:
            raise StoreError(
                f"another gateway uses {self.path}: stop it, or give this one a folder of its own"
            )

    def unlock(self) -> None:
        """Gives the lock back; without one nothing happens."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def move_aside(self) -> Path | None:
        """Moves all that is in the folder to a new one next to it; nothing is deleted.

        The whole folder is renamed at once, so no crash tears its files apart; the lock must be
        held and still is afterwards.

        Returns:
            The folder with the old files; None where there were none.

        Raises:
            StoreError: it cannot be renamed; everything is where it was.
        """
        assert self._lock is not None, "lock comes first"
        if all(entry.name == LOCK_NAME for entry in self.path.iterdir()):
            return None
        if sys.platform == "win32":
            # Windows renames no folder with an open file in it, so another gateway that came
            # now would only make this fail.
            self.unlock()
        try:
            aside = self._rename()
        except OSError as error:
            self.lock()
            raise self._unusable("moved aside", error) from error
        self._make()
        self.unlock()
        self.lock()
        return aside

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable("made", error) from error

    def _rename(self) -> Path:
        """To the first free name; a rename takes no name that another folder with files has."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for number in count(1):
            suffix = "" if number == 1 else f"-{number}"
            aside = self.path.with_name(f"{self.path.name}.old-{stamp}{suffix}")
            if not os.path.lexists(aside):
                return self.path.rename(aside)
        raise AssertionError("counting does not end")

    def _unusable(self, done: str, error: OSError) -> StoreError:
        said = error.strerror or str(error)
        return StoreError(f"the data folder {self.path} cannot be {done}: {said}")


def _taken(path: Path) -> int | None:
    """The open and locked file; None where another process has it locked."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
