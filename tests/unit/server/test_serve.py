"""A gateway's life in this process, over a real socket: its ready line, its ends, their order."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chp.app.service import Service
from chp.errors import StoreError
from chp.server.listener import Listener, bind
from chp.server.serve import Serving
from tests.support.gateway_rig import GatewayRig
from tests.support.memory_journal import MemoryJournal

READY = "the gateway is ready; Ctrl-C stops it"
STORED = "stopped; the state is stored"
ENDS = [signal.SIGINT, signal.SIGTERM]
if sys.platform == "win32":
    ENDS.append(signal.SIGBREAK)


@pytest.fixture(autouse=True)
def process() -> Iterator[None]:
    """What a gateway changes in its process is put back: this one goes on."""
    handlers = {number: signal.getsignal(number) for number in ENDS}
    yield
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Life:
    """One gateway and what it told its operator."""

    def __init__(self, folder: Path, journal: MemoryJournal | None = None) -> None:
        self._folder = folder
        self._journal = journal
        self.said: list[str] = []
        self.port = 0
        self.first_steps: Callable[[], None] = lambda: None
        self.when_ready: Callable[[], None] = lambda: None

    def _say(self, line: str) -> None:
        self.said.append(line)
        if line == READY:
            self.when_ready()

    def live(self) -> None:
        """From the start to whatever ends it."""
        asyncio.run(self._live())

    async def _live(self) -> None:
        self.rig = rig = GatewayRig(self._folder, journal=self._journal)
        service = Service(
            rig.runner,
            rig.access,
            first_steps=lambda: self.first_steps(),
            housekeeping=lambda: None,
            closers=(rig.files.close, rig.store.close),
        )
        listening = bind("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        listener = Listener(rig.app, connections_max=10, request_timeout_s=30)
        await Serving(service, rig.app, listener, listening, self._say).run()

    def takes_connections(self) -> bool:
        """Whether something listens on the gateway's port."""
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_ends_a_gateway_that_is_ready(tmp_path: Path, number: signal.Signals) -> None:
    life = Life(tmp_path)
    life.when_ready = lambda: signal.raise_signal(number)
    life.live()
    assert life.said == [READY, STORED]
    assert life.rig.app.is_stopping
    assert life.rig.journal.calls[-1] == "close"
    snapshot = life.rig.journal.latest_snapshot()
    assert snapshot is not None
    assert list(life.rig.journal.records_after(snapshot.record_number)) == []
    assert not life.takes_connections()


@pytest.mark.skipif(sys.platform == "win32", reason="it hands signals to the main thread only")
def test_a_signal_ends_a_gateway_that_is_still_starting(tmp_path: Path) -> None:
    life = Life(tmp_path)

    def signalled() -> None:
        """A start that is not through before the signal has come."""
        signal.raise_signal(signal.SIGTERM)
        while not life.rig.app.is_stopping:
            pass

    life.first_steps = signalled
    life.live()
    assert READY not in life.said
    assert len(life.said) == 1
    assert not life.takes_connections()


def test_connections_are_taken_while_it_starts(tmp_path: Path) -> None:
    taken: list[bool] = []
    life = Life(tmp_path)
    life.first_steps = lambda: taken.append(life.takes_connections())
    life.when_ready = lambda: signal.raise_signal(signal.SIGTERM)
    life.live()
    assert taken == [True]


def test_a_start_that_fails_ends_with_its_error(tmp_path: Path) -> None:
    journal = MemoryJournal()
    journal.version_left = "0"
    life = Life(tmp_path, journal)
    with pytest.raises(StoreError):
        life.live()
    assert READY not in life.said
    assert STORED not in life.said
    assert journal.calls == ["close"]
    assert not life.takes_connections()


def test_a_journal_that_fails_ends_the_gateway_with_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    life = Life(tmp_path)

    def fail() -> None:
        life.rig.journal.fails_on = "sync"

    life.when_ready = fail
    with pytest.raises(StoreError, match="journal"):
        life.live()
    assert life.said == [READY, "stopped"]
    assert "the journal failed: sync: no space left" in caplog.text
    assert life.rig.journal.calls[-1] == "close"
    assert not life.takes_connections()
