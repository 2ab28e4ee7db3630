"""Callers and logins over a real store; passwords are checked by a fake that costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from chp.adapters.secrets import Argon2Hasher
from chp.adapters.store.access import SqliteAccess
from chp.app.access import Access, token_digest
from chp.errors import StoreError
from chp.model.access import Caller, Right, TokenTerms
from chp.units import NS_PER_SECOND
from tests.support.clock import LoopClock, run, seconds
from tests.support.plain_hasher import PlainHasher
from tests.support.small_venue import FIRST, SECOND, START_NS

PASSWORD = "right horse"
TOKEN = "secret 1"
OWN = Caller(1, "user_login", frozenset({Right.TRADE}), frozenset({FIRST.name}))


class Rig:
    """Access to a store that another connection, the operator's, writes."""

    def __init__(self, path: Path) -> None:
        self.operator = SqliteAccess(path)
        self.hasher = PlainHasher()
        for login in ("user_login", "other_login"):
            self.operator.add_user(login, self.hasher.hash(PASSWORD))
        self.operator.add_portfolio(FIRST)
        self.operator.add_portfolio(SECOND)
        self.add(TOKEN)
        self.store = SqliteAccess(path)
        self.clock = LoopClock(START_NS)
        self.access = Access(self.store, self.hasher, self.clock)

    def add(self, token: str, expires_at_ns: int | None = None) -> None:
        terms = TokenTerms(
            token, "user_login", frozenset({Right.TRADE}), (FIRST.name,), False, expires_at_ns
        )
        self.operator.add_token(token_digest(token), terms)

    async def matches(self, login: str, password: str) -> bool:
        return await self.access.login_matches(login, password, OWN)

    def close(self) -> None:
        self.access.close()
        self.store.close()
        self.operator.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path / "access.sqlite")
    yield made
    made.close()


def test_caller_is_the_owner_of_a_token(rig: Rig) -> None:
    assert rig.access.caller(TOKEN) == OWN


@pytest.mark.parametrize("token", ["", "secret", "SECRET 1", "secret 1 ", "\ud800", "\x00"])
def test_caller_is_none_for_an_unknown_token(rig: Rig, token: str) -> None:
    assert rig.access.caller(token) is None


def test_caller_is_none_from_the_moment_the_token_expires(rig: Rig) -> None:
    rig.add("short", START_NS + 10 * NS_PER_SECOND)
    assert rig.access.refresh()

    async def tell() -> None:
        rig.clock.wall_began_ns = START_NS + seconds(10) - 1
        assert rig.access.caller("short") is not None
        rig.clock.wall_began_ns += 1
        assert rig.access.caller("short") is None
        assert rig.access.caller(TOKEN) == OWN

    run(tell())


def test_refresh_takes_over_what_the_operator_changed_and_only_then(rig: Rig) -> None:
    assert not rig.access.refresh()
    rig.add("second")
    assert rig.access.caller("second") is None
    assert rig.access.refresh()
    assert rig.access.caller("second") is not None
    assert not rig.access.refresh()
    rig.operator.revoke_token(TOKEN)
    assert rig.access.caller(TOKEN) == OWN
    assert rig.access.refresh()
    assert rig.access.caller(TOKEN) is None


def test_refresh_keeps_what_was_known_where_the_store_cannot_be_read(rig: Rig) -> None:
    rig.operator.revoke_token(TOKEN)
    rig.store.close()
    with pytest.raises(StoreError):
        rig.access.refresh()
    assert rig.access.caller(TOKEN) == OWN


def test_portfolios_are_those_of_the_store_now(rig: Rig) -> None:
    assert list(rig.access.portfolios()) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("login", "password", "expected"),
    [
        ("user_login", PASSWORD, True),
        ("user_login", PASSWORD + " ", False),
        ("user_login", "", False),
        ("USER_LOGIN", PASSWORD, False),
        ("other_login", PASSWORD, False),
        ("nobody", PASSWORD, False),
        ("nobody", "", False),
        ("логин", PASSWORD, False),
        ("\ud800", PASSWORD, False),
        ("user_login", "\ud800", False),
    ],
)
def test_login_matches_the_owner_s_login_and_password_only(
    rig: Rig, login: str, password: str, expected: bool
) -> None:
    assert run(rig.matches(login, password)) is expected


def test_a_hash_is_checked_for_an_unknown_login_too(rig: Rig) -> None:
    run(rig.matches("nobody", PASSWORD))
    assert rig.hasher.asked == [(rig.hasher.hash(""), PASSWORD)]


def test_login_of_a_revoked_user_matches_no_more(rig: Rig) -> None:
    assert run(rig.matches("user_login", PASSWORD))
    rig.operator.revoke_user("user_login")
    assert not run(rig.matches("user_login", PASSWORD))


def test_login_with_a_real_hash(tmp_path: Path) -> None:
    hasher = Argon2Hasher()
    store = SqliteAccess(tmp_path / "access.sqlite")
    store.add_user("user_login", hasher.hash(PASSWORD))
    access = Access(store, hasher, LoopClock(START_NS))

    async def answers() -> list[bool]:
        asked = [("user_login", PASSWORD), ("user_login", "wrong"), ("nobody", "")]
        return [await access.login_matches(*each, OWN) for each in asked]

    try:
        assert run(answers()) == [True, False, False]
    finally:
        access.close()
        store.close()


@pytest.mark.parametrize("token", ["user_token", "", "токен"])
def test_token_digest_is_sha256_of_its_utf8(token: str) -> None:
    assert token_digest(token) == hashlib.sha256(token.encode()).digest()


def test_any_text_has_a_digest() -> None:
    assert len(token_digest("\ud800")) == 32
