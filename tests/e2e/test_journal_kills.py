"""SIGKILL in the midst of writing: the SQLite journal keeps all that it acknowledged.

A process that dies leaves to the system what it had written, so this shows the order of writes
and commits, not that the disk itself was reached; the settings that see to that are tested with
`chp.adapters.store.sqlite`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chp.adapters.store.journal import SqliteJournal
from tests.support.journal_samples import sample_records

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20


def lines_until_killed(path: Path, seed: int, enough: int, *options: str) -> list[str]:
    """Lets the process fill the journal, kills it when it has told `enough` lines.

    It goes on meanwhile, so the kill finds it at any point of its work; those lines count too.
    """
    command = [sys.executable, "-m", "tests.support.journal_child", str(path), str(seed), *options]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join((str(ROOT / "src"), str(ROOT))))
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(enough)]
        process.kill()
        told += process.stdout.readlines()
    return [line for line in told if line.endswith("\n")]


def newest(told: list[str], word: str) -> int:
    """The greatest number acknowledged with a word; 0 for none."""
    return max((int(line.split()[1]) for line in told if line.startswith(word)), default=0)


def check(path: Path, told: list[str]) -> int:
    """All that was told is there, and nothing else; answers how many records there are."""
    with closing(SqliteJournal(path)) as journal:
        records = list(journal.records_after(0))
        snapshot = journal.latest_snapshot()
    assert records == sample_records(len(records))
    assert len(records) >= newest(told, "records"), "an acknowledged record is lost"
    kept = snapshot.record_number if snapshot is not None else 0
    assert newest(told, "snapshot") <= kept <= len(records)
    return len(records)


@pytest.mark.slow
def test_every_acknowledged_record_outlives_twenty_kills(tmp_path: Path) -> None:
    path, dice = tmp_path / "journal.sqlite", random.Random(20260216)
    counts = [0]
    for seed in range(KILLS):
        told = lines_until_killed(path, seed, dice.randint(1, 60))
        assert newest(told[:1], "records") == counts[-1]
        counts.append(check(path, told))
    assert counts == sorted(counts)
    assert counts[-1] > KILLS * 10


@pytest.mark.slow
def test_kills_find_a_journal_that_acknowledges_before_it_commits(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = lines_until_killed(path, 1, 20, "--forgets-sync")
    with pytest.raises(AssertionError, match="an acknowledged record is lost"):
        check(path, told)


def test_one_kill_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    told = lines_until_killed(path, 1, 30)
    assert check(path, told) >= 10
