"""Verification raises no false alarm: lives of a busy robot, cut short at random moments."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chp.adapters.history.store import FileHistory
from chp.adapters.store.archive import SqliteArchive
from chp.app.archive import Archive
from chp.app.verification import Kept, StateChecks
from chp.wire.journal import decode_snapshot, encode
from tests.e2e.test_kills import FailingJournal, Robot, live
from tests.support.small_venue import small_venue
from tests.support.volatile_store import Disk, VolatileJournal


def failures(
    robot: Robot, disk: Disk, archive: SqliteArchive, history: FileHistory
) -> dict[str, str]:
    """What the checks find wrong; the lives here keep no history of trades."""
    snapshots = [decode_snapshot(body) for _, _, body in disk.snapshots[-2:]]
    kept = Kept(VolatileJournal(disk), lambda: snapshots, 1, archive, history)
    checks = StateChecks(
        kept,
        lambda: small_venue(robot.latency_ms),
        lambda snapshot: decode_snapshot(encode(snapshot)),
    )
    found = {}
    for name, check in checks.all():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - any is a failure
            found[name] = str(error)
    found.pop("trades", None)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_verification_finds_nothing_wrong_after_any_kill(seed: int, tmp_path: Path) -> None:
    robot, disk = Robot(seed, 55 * (seed % 2)), Disk()
    archive, history = SqliteArchive(tmp_path / "archive.sqlite"), FileHistory(tmp_path / "history")
    pairs = set()
    try:
        for _ in range(12):
            store = FailingJournal(disk, calls_left=robot.random.randint(20, 110))
            asyncio.run(live(robot, store, Archive(archive), most_commands=200))
            disk.crash()
            assert failures(robot, disk, archive, history) == {}
            pairs.add(tuple(number for _, number, _ in disk.snapshots[-2:]))
    finally:
        archive.close()
        history.close()
    assert len(pairs) > 2, "several pairs of snapshots must have been compared"
