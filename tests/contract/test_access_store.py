"""CT-S: what every `AccessStore` does, seen by the gateway and by the operator's command line."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from chp.adapters.secrets import Argon2Hasher, new_token
from chp.adapters.store.access import SqliteAccess
from chp.app.access import token_digest
from chp.errors import StoreError, UsageError
from chp.model.access import Caller, PortfolioGrant, Right, TokenEntry, TokenTerms, UserEntry
from chp.ports import AccessStore
from tests.support.small_venue import FIRST, SECOND

TERMS = TokenTerms(
    name="робот 1",
    login="user_login",
    rights=frozenset({Right.READ, Right.TRADE}),
    portfolios=(FIRST.name,),
    amount_in_lots=True,
    expires_at_ns=1_800_000_000_000_000_000,
    addresses=("127.0.0.1", "::1"),
    created_at_ns=1_700_000_000_000_000_000,
)
PLAIN = TokenTerms("plain", "user_login", frozenset({Right.READ}), ())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "access.sqlite"


@pytest.fixture(params=[SqliteAccess])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[AccessStore]:
    opened: AccessStore = request.param(path)
    yield opened
    opened.close()


@pytest.fixture
def filled(store: AccessStore) -> AccessStore:
    """Two users with a portfolio each, one token."""
    store.add_user("user_login", "hash 1")
    store.add_user("other_login", "hash 2")
    store.add_portfolio(FIRST)
    store.add_portfolio(SECOND)
    store.add_token(token_digest("secret 1"), TERMS)
    return store


def caller_of(store: AccessStore, token: str) -> Caller | None:
    return store.callers().get(token_digest(token))


def test_ct_s01_new_store_is_empty(store: AccessStore) -> None:
    assert store.callers() == {}
    assert store.users() == []
    assert store.tokens() == []
    assert store.portfolios() == []
    assert store.password_hash("user_login") is None


def test_ct_s02_user_is_found_by_login(filled: AccessStore) -> None:
    assert filled.password_hash("user_login") == "hash 1"
    assert filled.password_hash("USER_LOGIN") is None
    assert filled.users() == [UserEntry("other_login"), UserEntry("user_login")]


def test_ct_s03_token_has_the_caller_of_its_terms(filled: AccessStore) -> None:
    token_id = filled.tokens()[0].token_id
    assert filled.callers() == {
        hashlib.sha256(b"secret 1").digest(): Caller(
            token_id,
            "user_login",
            frozenset({Right.READ, Right.TRADE}),
            frozenset({FIRST.name}),
            amount_in_lots=True,
            expires_at_ns=1_800_000_000_000_000_000,
            addresses=frozenset({"127.0.0.1", "::1"}),
        )
    }
    assert filled.tokens() == [TokenEntry(token_id, TERMS)]


def test_ct_s04_plain_token_has_the_defaults(filled: AccessStore) -> None:
    token_id = filled.add_token(token_digest("t"), PLAIN)
    assert caller_of(filled, "t") == Caller(
        token_id, "user_login", frozenset({Right.READ}), frozenset()
    )
    assert filled.tokens()[-1] == TokenEntry(token_id, PLAIN)


def test_ct_s05_portfolios_come_back_in_the_order_of_opening(filled: AccessStore) -> None:
    third = PortfolioGrant("A", 2**62, (("SBER", -10), ("GAZP", 5)), 1, False, "other_login")
    filled.add_portfolio(third)
    assert filled.portfolios() == [FIRST, SECOND, third]


def test_ct_s06_revoked_token_is_no_caller(filled: AccessStore) -> None:
    token_id = filled.add_token(token_digest("t"), PLAIN)
    filled.revoke_token("робот 1")
    assert caller_of(filled, "secret 1") is None
    assert caller_of(filled, "t") is not None
    filled.revoke_token(token_id)
    assert filled.callers() == {}
    assert [entry.is_revoked for entry in filled.tokens()] == [True, True]


def test_ct_s07_token_id_is_never_used_again(filled: AccessStore) -> None:
    ids = [filled.tokens()[0].token_id]
    for number in range(3):
        filled.revoke_token(ids[-1])
        ids.append(filled.add_token(token_digest(f"t{number}"), TERMS))
    assert len(set(ids)) == 4
    assert ids == sorted(ids)


def test_ct_s08_revoked_user_loses_password_and_tokens(filled: AccessStore) -> None:
    filled.revoke_user("user_login")
    assert filled.password_hash("user_login") is None
    assert filled.callers() == {}
    assert filled.users() == [UserEntry("other_login"), UserEntry("user_login", is_revoked=True)]


def test_ct_s09_user_who_comes_back_has_the_new_password_and_no_old_token(
    filled: AccessStore,
) -> None:
    filled.revoke_user("user_login")
    filled.add_user("user_login", "hash 3")
    assert filled.password_hash("user_login") == "hash 3"
    assert filled.callers() == {}
    filled.add_token(token_digest("t"), TERMS)
    caller = caller_of(filled, "t")
    assert caller is not None
    assert caller.portfolios == {FIRST.name}


def test_ct_s10_revoked_portfolio_is_taken_from_tokens(filled: AccessStore) -> None:
    filled.revoke_portfolio(FIRST.name)
    caller = caller_of(filled, "secret 1")
    assert caller is not None
    assert caller.portfolios == frozenset()
    assert filled.portfolios() == [replace(FIRST, is_revoked=True), SECOND]


REFUSED: list[tuple[str, Callable[[AccessStore], object]]] = [
    ("there is a user 'user_login' already", lambda s: s.add_user("user_login", "x")),
    ("a login may not be empty", lambda s: s.add_user(" ", "x")),
    ("there is no active user 'nobody'", lambda s: s.revoke_user("nobody")),
    (
        "there is, or was, a portfolio 'ST123456-MO-01' already",
        lambda s: s.add_portfolio(FIRST),
    ),
    (
        "there is no active user 'nobody'",
        lambda s: s.add_portfolio(replace(FIRST, name="N", login="nobody")),
    ),
    (
        "a portfolio's name may not be empty",
        lambda s: s.add_portfolio(replace(FIRST, name="")),
    ),
    ("there is no active portfolio 'N'", lambda s: s.revoke_portfolio("N")),
    (
        "there is a token 'робот 1' already",
        lambda s: s.add_token(token_digest("t"), TERMS),
    ),
    (
        "a token's name may not be empty",
        lambda s: s.add_token(token_digest("t"), replace(TERMS, name="")),
    ),
    (
        "this token is, or was, in use: make a new one",
        lambda s: s.add_token(token_digest("secret 1"), PLAIN),
    ),
    (
        "expected a digest of 32 bytes, came 6",
        lambda s: s.add_token(b"secret", PLAIN),
    ),
    (
        "user 'user_login' has no portfolio 'ST654321-MO-01'",
        lambda s: s.add_token(token_digest("t"), replace(PLAIN, portfolios=(SECOND.name,))),
    ),
    (
        "there is no active user 'nobody'",
        lambda s: s.add_token(token_digest("t"), replace(PLAIN, login="nobody")),
    ),
    ("there is no active token 99", lambda s: s.revoke_token(99)),
    ("there is no active token '1'", lambda s: s.revoke_token("1")),
]


@pytest.mark.parametrize(("sentence", "act"), REFUSED)
def test_ct_s11_mistake_is_told_and_changes_nothing(
    filled: AccessStore, sentence: str, act: Callable[[AccessStore], object]
) -> None:
    def everything() -> tuple[object, ...]:
        return filled.users(), filled.tokens(), filled.portfolios(), filled.callers()

    before = everything()
    with pytest.raises(UsageError) as told:
        act(filled)
    assert told.value.detail == sentence
    assert everything() == before


@pytest.mark.parametrize(
    "revoke",
    [
        lambda s: s.revoke_user("user_login"),
        lambda s: s.revoke_token("робот 1"),
        lambda s: s.revoke_portfolio(FIRST.name),
    ],
)
def test_ct_s12_what_is_revoked_cannot_be_revoked_again(
    filled: AccessStore, revoke: Callable[[AccessStore], None]
) -> None:
    revoke(filled)
    with pytest.raises(UsageError, match="there is no active"):
        revoke(filled)


CHANGES: list[Callable[[AccessStore], object]] = [
    lambda s: s.add_user("u", "x"),
    lambda s: s.revoke_user("other_login"),
    lambda s: s.add_token(token_digest("t"), PLAIN),
    lambda s: s.revoke_token("робот 1"),
    lambda s: s.add_portfolio(replace(FIRST, name="N")),
    lambda s: s.revoke_portfolio(FIRST.name),
]


def test_ct_s13_version_changes_with_own_changes_only_and_never_comes_back(
    filled: AccessStore,
) -> None:
    seen = [filled.version()]
    for change in CHANGES:
        filled.callers()
        filled.portfolios()
        assert filled.version() == seen[-1]
        change(filled)
        seen.append(filled.version())
    assert len(set(seen)) == len(CHANGES) + 1


class TestSqlite:
    """What only a file has: other processes, rights, bytes at rest."""

    @pytest.mark.parametrize("change", CHANGES)
    def test_version_notices_what_another_opener_did(
        self, path: Path, change: Callable[[AccessStore], object]
    ) -> None:
        with closing(SqliteAccess(path)) as gateway, closing(SqliteAccess(path)) as operator:
            operator.add_user("user_login", "x")
            operator.add_user("other_login", "x")
            operator.add_portfolio(FIRST)
            operator.add_token(token_digest("t0"), TERMS)
            before = gateway.version()
            assert gateway.version() == before
            change(operator)
            assert gateway.version() != before
            assert gateway.callers() == operator.callers()

    def test_what_another_process_adds_is_seen(self, path: Path) -> None:
        with closing(SqliteAccess(path)) as gateway:
            before = gateway.version()
            process = multiprocessing.get_context("spawn").Process(
                target=_add_user_elsewhere, args=(path,)
            )
            process.start()
            process.join()
            assert process.exitcode == 0
            assert gateway.version() != before
            assert gateway.password_hash("from elsewhere") == "hash"

    def test_only_hashes_are_at_rest(self, path: Path) -> None:
        token, password = new_token(), "a password of length"
        encoded = Argon2Hasher().hash(password)
        with closing(SqliteAccess(path)) as store:
            store.add_user("user_login", encoded)
            store.add_portfolio(FIRST)
            store.add_token(token_digest(token), TERMS)
            while_open = _bytes_of(path.parent)
        at_rest = _bytes_of(path.parent)
        for stored in (while_open, at_rest):
            assert token.encode() not in stored
            assert password.encode() not in stored
            assert token_digest(token) in stored
            assert encoded.encode() in stored

    @pytest.mark.skipif(sys.platform == "win32", reason="no rights of that kind")
    def test_file_is_for_its_owner_only(self, path: Path) -> None:
        with closing(SqliteAccess(path)) as store:
            store.add_user("user_login", "x")
            modes = {file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        assert modes == {0o600}

    def test_later_version_is_refused(self, path: Path) -> None:
        SqliteAccess(path).close()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 9")
        with pytest.raises(StoreError, match=r"a later release .* version 9, this release knows 1"):
            SqliteAccess(path)

    def test_damaged_file_is_told(self, path: Path) -> None:
        SqliteAccess(path).close()
        path.write_bytes(b"\xff" * 9000)
        with pytest.raises(StoreError, match="damaged"):
            SqliteAccess(path)


def _add_user_elsewhere(path: Path) -> None:
    with closing(SqliteAccess(path)) as store:
        store.add_user("from elsewhere", "hash")


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
