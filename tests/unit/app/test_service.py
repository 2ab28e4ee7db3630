"""The order of a gateway's start and end, and what it does meanwhile, in the test's own time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from chp.app import writer
from chp.app.service import HOUSEKEEPING_EVERY_S, REFRESH_EVERY_S, Service
from chp.app.writer import WriterClosed
from chp.errors import StoreError
from chp.model import requests as ask
from chp.model.answers import Monies, OrderPlaced
from tests.support.clock import DISK_S, JumpingLoop, run
from tests.support.gateway_rig import LOGIN, TRADER, GatewayRig
from tests.support.memory_journal import MemoryJournal
from tests.support.small_venue import FIRST, SECOND
from tests.unit.app.test_gateway import PLACE

THIRD = replace(FIRST, name="ST777777-MO-01")
NOTICED_S: Final = REFRESH_EVERY_S + 3 * DISK_S
"""In this time the service has looked, and the disk has taken what it found."""


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a service froze is thawed: the process of the tests goes on."""
    yield
    gc.unfreeze()


class Rig(GatewayRig):
    """A gateway whose service notes what it did."""

    def __init__(self, folder: Path, journal: MemoryJournal | None = None) -> None:
        super().__init__(folder, journal=journal)
        self.did: list[str] = []
        self.house_fails: list[Exception] = []
        self.service = Service(
            self.runner,
            self.access,
            first_steps=lambda: self._note("first steps"),
            housekeeping=self._keep_house,
            closers=(
                lambda: self._note("close files", self.files.close),
                lambda: self._note("close store", self.store.close),
            ),
        )

    def _note(self, what: str, also: Callable[[], None] | None = None) -> None:
        self.did.append(f"{what}, {'ready' if self.gateway.is_ready else 'not ready'}")
        if also is not None:
            also()

    def _keep_house(self) -> None:
        self._note("house")
        if self.house_fails:
            raise self.house_fails.pop()


def live(folder: Path, tell: Callable[[Rig], Awaitable[None]]) -> Rig:
    """Starts a service, does a test's steps, stops it."""

    async def lived() -> Rig:
        rig = Rig(folder)
        await rig.service.start()
        try:
            await tell(rig)
        finally:
            await rig.service.stop()
        return rig

    return run(lived())


def test_start_and_stop_come_in_their_order(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        assert rig.did == ["first steps, not ready"]
        assert rig.gateway.is_ready
        await asyncio.sleep(1)

    rig = live(tmp_path, tell)
    assert rig.did == [
        "first steps, not ready",
        "house, ready",
        "close files, not ready",
        "close store, not ready",
    ]
    assert rig.journal.calls[-1] == "close"
    snapshot = rig.journal.latest_snapshot()
    assert snapshot is not None
    assert list(rig.journal.records_after(snapshot.record_number)) == []


def test_stop_answers_what_was_accepted(tmp_path: Path) -> None:
    async def lived() -> None:
        rig = Rig(tmp_path)
        await rig.service.start()
        await rig.ask(LOGIN)
        asked = asyncio.create_task(rig.ask(PLACE))
        await asyncio.sleep(0)
        await rig.service.stop()
        assert isinstance(await asked, OrderPlaced)

    run(lived())


def test_a_start_that_fails_can_be_stopped(tmp_path: Path) -> None:
    async def lived() -> list[str]:
        rig = Rig(tmp_path)
        rig.journal.version_left = "0"
        with pytest.raises(StoreError):
            await rig.service.start()
        await rig.service.stop()
        return rig.did

    assert run(lived()) == [
        "first steps, not ready",
        "close files, not ready",
        "close store, not ready",
    ]


def test_a_journal_that_cannot_be_written_ends_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def lived() -> bool:
        rig = Rig(tmp_path)
        rig.journal.fails_on = "sync"
        with pytest.raises(StoreError, match="the journal could not be written"):
            await rig.service.start()
        return await rig.service.stop()

    assert run(lived()) is False
    assert "the journal failed: sync: no space left" in caplog.text


@pytest.mark.parametrize("fails_on", ["", "save_snapshot"])
def test_stop_tells_whether_the_state_is_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fails_on: str
) -> None:
    async def lived() -> bool:
        rig = Rig(tmp_path)
        await rig.service.start()
        rig.journal.fails_on = fails_on
        return await rig.service.stop()

    assert run(lived()) is (not fails_on)
    assert ("could not be stored" in caplog.text) is bool(fails_on)


def test_a_failed_journal_ends_the_wait(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def tell(rig: Rig) -> None:
        await rig.ask(LOGIN)
        waiting = asyncio.create_task(rig.service.failed())
        await asyncio.sleep(1)
        assert not waiting.done()
        rig.journal.fails_on = "sync"
        with pytest.raises(StoreError, match="journal"):
            await waiting

    live(tmp_path, tell)
    assert "the journal failed" in caplog.text


def test_giving_up_the_wait_for_a_failure_hides_none(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        waiting = asyncio.create_task(rig.service.failed())
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not rig.runner.failure.done()

    live(tmp_path, tell)


def test_a_revoked_token_is_refused_within_a_second(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.revoke_token(TRADER)
        assert rig.access.caller(TRADER) is not None
        await asyncio.sleep(NOTICED_S)
        assert rig.access.caller(TRADER) is None

    live(tmp_path, tell)


def test_a_session_ends_with_its_token(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        await rig.ask(LOGIN)
        rig.store.revoke_token(TRADER)
        assert len(rig.runner.board.sessions) == 1
        await asyncio.sleep(NOTICED_S)
        assert rig.runner.board.sessions == {}

    live(tmp_path, tell)


def test_a_portfolio_is_shown_no_longer_when_it_is_taken_away(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.add_portfolio(THIRD)
        rig.add_token("both", portfolios=(FIRST.name, THIRD.name))
        await asyncio.sleep(NOTICED_S)
        await rig.ask(LOGIN, token="both")
        for portfolio in (FIRST, THIRD):
            await rig.ask(ask.ListenPortfolio(portfolio.name), token="both")
        rig.store.revoke_portfolio(FIRST.name)
        await asyncio.sleep(NOTICED_S)
        shown = await rig.ask(ask.PollMoney(), token="both")
        assert isinstance(shown, Monies)
        assert [money.portfolio for money in shown.monies] == [THIRD.name]

    live(tmp_path, tell)


def test_a_token_that_was_revoked_meanwhile_has_no_session_after_the_start(tmp_path: Path) -> None:
    async def lived() -> None:
        rig = Rig(tmp_path)
        await rig.service.start()
        await rig.ask(LOGIN)
        rig.store.revoke_token(TRADER)
        await rig.service.stop()
        later = Rig(tmp_path, rig.journal.crashed())
        await later.service.start()
        assert later.runner.board.sessions == {}
        await later.service.stop()

    run(lived())


def test_a_new_portfolio_trades_within_a_second(tmp_path: Path) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.add_portfolio(THIRD)
        rig.add_token("new", portfolios=(THIRD.name,))
        await asyncio.sleep(NOTICED_S)
        assert list(rig.runner.board.accounts) == [FIRST.name, SECOND.name, THIRD.name]
        await rig.ask(LOGIN, token="new")
        order = replace(PLACE, portfolio=THIRD.name)
        assert isinstance(await rig.ask(order, token="new"), OrderPlaced)

    live(tmp_path, tell)


@pytest.mark.parametrize("call", ["version", "callers"])
@pytest.mark.parametrize("error", [StoreError("the disk is gone"), ValueError("a defect")])
def test_users_that_cannot_be_read_are_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, call: str, error: Exception
) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.revoke_token(TRADER)
        rig.store.fails_on, rig.store.failure = call, error
        await asyncio.sleep(NOTICED_S)
        assert rig.access.caller(TRADER) is not None
        rig.store.failure = None
        await asyncio.sleep(NOTICED_S)
        assert rig.access.caller(TRADER) is None

    live(tmp_path, tell)
    assert "users, tokens and portfolios cannot be" in caplog.text
    assert str(error) in caplog.text


def test_a_portfolio_that_came_while_the_disk_was_slow_is_opened_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(rig: Rig) -> None:
        await rig.ask(LOGIN)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, JumpingLoop)
        monkeypatch.setattr(writer, "GROUP_LIMIT", 1)
        loop.disk_s = 3
        waiting = [asyncio.create_task(rig.ask(ask.ListenTicks("GAZP")))]
        await asyncio.sleep(DISK_S)
        waiting.append(asyncio.create_task(rig.ask(ask.ListenTicks("SBER"))))
        rig.store.add_portfolio(THIRD)
        await asyncio.sleep(NOTICED_S)
        assert THIRD.name not in rig.runner.board.accounts
        loop.disk_s = DISK_S
        await asyncio.gather(*waiting)
        await asyncio.sleep(3 * NOTICED_S)
        assert THIRD.name in rig.runner.board.accounts
        rig.store.revoke_token(TRADER)
        await asyncio.sleep(NOTICED_S)
        assert rig.access.caller(TRADER) is None

    live(tmp_path, tell)


def test_a_portfolio_that_could_not_be_read_is_opened_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(rig: Rig) -> None:
        rig.store.add_portfolio(THIRD)
        rig.store.fails_on, rig.store.failure = "portfolios", StoreError("the disk is gone")
        await asyncio.sleep(NOTICED_S)
        rig.store.failure = None
        await asyncio.sleep(NOTICED_S)
        assert THIRD.name in rig.runner.board.accounts

    live(tmp_path, tell)
    assert "cannot be read: the disk is gone" in caplog.text


def test_tokens_are_still_revoked_after_the_journal_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def tell(rig: Rig) -> None:
        rig.journal.fails_on = "sync"
        await rig.runner.failure
        with pytest.raises(WriterClosed):
            await rig.ask(LOGIN)
        rig.store.add_portfolio(THIRD)
        await asyncio.sleep(NOTICED_S)
        rig.store.revoke_token(TRADER)
        await asyncio.sleep(NOTICED_S)
        assert rig.access.caller(TRADER) is None

    live(tmp_path, tell)
    assert "the journal failed" in caplog.text


@pytest.mark.parametrize("error", [StoreError("no space left"), ValueError("a defect")])
def test_housekeeping_that_fails_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def tell(rig: Rig) -> None:
        rig.house_fails = [error]
        await asyncio.sleep(2 * HOUSEKEEPING_EVERY_S + 1)
        assert rig.did.count("house, ready") == 3

    live(tmp_path, tell)
    assert "housekeeping failed" in caplog.text
    assert str(error) in caplog.text
