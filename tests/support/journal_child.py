"""A process that fills a journal in groups and tells what is acknowledged, until it is killed.

Run as `python -m tests.support.journal_child FILE SEED [--forgets-sync]`. Each line of its output
is a word and a number: `records 12` when all up to 12 are on disk, `snapshot 12` when that is.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Final

from chp.adapters.store.journal import SqliteJournal
from chp.model.snapshot import Snapshot
from tests.support.journal_samples import sample_records, sample_snapshot

GROUP_MAX: Final = 40
SNAPSHOT_EVERY: Final = 8
"""Groups between two snapshots with checkpoints."""


def fill(path: Path, seed: int, *, syncs: bool) -> None:
    """Goes on after what is in the file, for ever."""
    journal = SqliteJournal(path)
    dice = random.Random(seed)
    snapshot = sample_snapshot()
    number = sum(1 for _ in journal.records_after(0))
    tell("records", number)
    groups = 0
    while True:
        count = dice.randint(1, GROUP_MAX)
        records = sample_records(count, first=number + 1)
        half = dice.randint(0, count)
        journal.append(records[:half])
        journal.append(records[half:])
        if syncs:
            journal.sync()
        number += count
        tell("records", number)
        groups += 1
        if syncs and groups % SNAPSHOT_EVERY == 0:
            journal.save_snapshot(
                Snapshot(snapshot.version, number, snapshot.venue, snapshot.board)
            )
            tell("snapshot", number)
            journal.checkpoint()


def tell(word: str, number: int) -> None:
    """Writes a line at once."""
    sys.stdout.write(f"{word} {number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]), syncs="--forgets-sync" not in sys.argv)
