"""Rows that the SQLite journal acknowledges per second, against raw append and fdatasync.

With 1, 32 and 256 rows waiting: as many as come in while a group is on its way to the disk form
the next one, so each round appends such a group and waits for the sync. The raw peer writes the
same bytes, each with its length, to one file and calls fdatasync: what no store can beat. Rounds
of both alternate in the same folder, and the middle round of each counts. No promise in figures:
the ratio to the raw peer is what to watch (stack.md had 1.0, 0.9 and 0.6 for 300 bytes a row).
Run: `python bench/bench_journal_store.py [--json] [--folder PATH]`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from chp.adapters.store.journal import SqliteJournal
from chp.model.commands import JournalRecord, Place, RequestKey
from chp.model.order import OrderType, PositionEffect, Side, TimeInForce
from chp.model.requests import PlaceOrder
from chp.wire.journal import encode

WAITING: Final = (1, 32, 256)

Store = Callable[[list[JournalRecord]], None]
"""Returns when the records are on disk."""


def placement(number: int) -> JournalRecord:
    """What a robot's limit order with a request key leaves in the journal."""
    order = PlaceOrder(
        "ST123456-MO-01",
        "GAZP",
        Side.BUY,
        PositionEffect.AUTO,
        OrderType.LIMIT,
        TimeInForce.DAY,
        Decimal("162.01"),
        Decimal(100),
        None,
        number,
    )
    key = RequestKey(f"key-{number}", f"{number:064x}")
    return JournalRecord(
        number, 1_708_074_000_000_000_000 + number, Place(1, order, True, False, key)
    )


class Raw:
    """The plain limit: length and bytes appended to one file, then fdatasync."""

    def __init__(self, path: Path) -> None:
        """A new file."""
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self._sync = getattr(os, "fdatasync", os.fsync)

    def store(self, records: list[JournalRecord]) -> None:
        """Writes and syncs."""
        frame = encode(records)
        os.write(self._descriptor, len(frame).to_bytes(4, "big") + frame)
        self._sync(self._descriptor)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._descriptor)


class Rounds:
    """Rounds of one store; numbers go on from round to round."""

    def __init__(self, store: Store) -> None:
        """Nothing stored yet."""
        self._store = store
        self._number = 0

    def run(self, waiting: int, seconds: float) -> tuple[float, float]:
        """Rows per second over a round, and the 99th percentile of a sync in milliseconds."""
        took_s: list[float] = []
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            first = self._number + 1
            group = [placement(number) for number in range(first, first + waiting)]
            started = time.perf_counter()
            self._store(group)
            took_s.append(time.perf_counter() - started)
            self._number += waiting
        took_s.sort()
        return len(took_s) * waiting / sum(took_s), took_s[len(took_s) * 99 // 100] * 1000


def measure(folder: Path, rounds: int, seconds: float) -> dict[str, float]:
    """Rates, sync times and ratios by the number of waiting rows."""
    journal, raw = SqliteJournal(folder / "journal.sqlite"), Raw(folder / "raw")

    def commit(records: list[JournalRecord]) -> None:
        journal.append(records)
        journal.sync()

    peers = {"raw": Rounds(raw.store), "sqlite": Rounds(commit)}
    figures: dict[str, float] = {"row_bytes": len(encode([placement(1)]))}
    for waiting in WAITING:
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
        for _ in range(rounds):
            for name, peer in peers.items():
                results[name].append(peer.run(waiting, seconds))
            journal.checkpoint()
        for name, pairs in results.items():
            rate, p99_ms = map(statistics.median, zip(*pairs, strict=True))
            figures[f"{name}_{waiting}_rows_per_s"] = rate
            figures[f"{name}_{waiting}_p99_ms"] = p99_ms
        figures[f"ratio_{waiting}"] = (
            figures[f"sqlite_{waiting}_rows_per_s"] / figures[f"raw_{waiting}_rows_per_s"]
        )
    journal.close()
    raw.close()
    return figures


def report(figures: dict[str, float]) -> str:
    """A table, one line for each number of waiting rows."""
    lines = [f"{figures['row_bytes']:.0f} bytes a row", "waiting  raw rows/s  sqlite rows/s  ratio"]
    lines += [
        f"{waiting:7d}  {figures[f'raw_{waiting}_rows_per_s']:10.0f}"
        f"  {figures[f'sqlite_{waiting}_rows_per_s']:13.0f}  {figures[f'ratio_{waiting}']:5.2f}"
        f"  (p99 {figures[f'raw_{waiting}_p99_ms']:.1f} and"
        f" {figures[f'sqlite_{waiting}_p99_ms']:.1f} ms)"
        for waiting in WAITING
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measures and reports."""
    parser = argparse.ArgumentParser(description="journal rows a second against raw fdatasync")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--folder", type=Path, help="on the disk to measure; else a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measure(Path(folder), options.rounds, options.seconds)
    sys.stdout.write(json.dumps(figures) + "\n" if options.json else report(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
