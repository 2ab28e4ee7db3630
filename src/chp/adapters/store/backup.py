"""A consistent copy of a data folder's SQLite files while a gateway writes them.

Not the files of ticks: `chp.adapters.history.filed` copies those.

Four files are committed apart from one another, so their order decides whether the copy recovers.

- *Archive and history before the journal.* They hold facts that follow from records on disk. A copy
  of them that is ahead of its journal would know orders and trades which the restored venue has not
  had: it gives the same numbers again, and history ignores a number it knows. Taken first, they
  hold nothing that the journal, taken later, does not have.
- *No snapshot in between.* Recovery tells them again only what came after the newest snapshot; all
  before it was put into them before that snapshot was stored. A snapshot stored after they were
  taken and before the journal was would cut off what lies between. So the journal's newest snapshot
  is looked at before and after; where it changed, all is taken anew.
- *Access last.* A copy that has one portfolio or token more than the journal knows is like a folder
  whose operator has just added it. One that has less would give the number of a token, and with it
  the session in the journal, to the next token that is made.

Taken is a state, not the bytes: each file has a connection that begins to read, which takes no
time, and the four states stand still while they are copied. Meanwhile the gateway writes on.
Source: decision 0010; the SQLite documentation of its backup API and of WAL.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from chp.adapters.store.sqlite import Database, open_existing
from chp.errors import StoreError

ATTEMPTS: Final = 100
"""Snapshots are seconds apart and four states are taken in a millisecond: the second is enough."""


class FileCopy(NamedTuple):
    """A file, and the new one it is copied to."""

    source: Path
    target: Path


def copy_stores(*, facts: Sequence[FileCopy], journal: FileCopy, access: FileCopy) -> None:
    """Copies the files of one data folder as of one moment.

    Args:
        facts: archive and history, which follow from the journal.
        journal: the truth.
        access: users, tokens and portfolios.

    Raises:
        StoreError: a file is not there, cannot be read, or its copy not written.
    """
    with ExitStack() as opened:

        def open_source(copy: FileCopy) -> Database:
            database = open_existing(copy.source)
            opened.callback(database.close)
            return database

        watching = open_source(journal)
        copies = [(copy, open_source(copy)) for copy in (*facts, journal, access)]
        _begin_all(watching, [database for _, database in copies], journal_at=len(facts))
        for copy, database in copies:
            database.copy_to(copy.target)


def _begin_all(watching: Database, databases: Sequence[Database], *, journal_at: int) -> None:
    """Begins to read all in their order, with no snapshot stored in between."""
    for _ in range(ATTEMPTS):
        newest = _newest_snapshot(watching)
        for database in databases:
            database.begin_reading()
        if _newest_snapshot(databases[journal_at]) == newest:
            return
        for database in databases:
            database.roll_back()
    raise StoreError(f"{watching.path}: snapshots are stored too often to copy between them")


def _newest_snapshot(journal: Database) -> int | None:
    newest: int | None = journal.rows("SELECT max(id) FROM snapshot")[0][0]
    return newest
