"""Users, tokens and portfolios in SQLite, as the operator keeps them; of secrets only hashes.

Not who may do what: that is `chp.app.access` and the table of operations. The gateway reads it
while the command line, another process, writes it. Called from one thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chp.adapters.store.sqlite import Migration, Row, open_database
from chp.errors import UsageError
from chp.model.access import Caller, PortfolioGrant, Right, TokenEntry, TokenTerms, UserEntry

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        "CREATE TABLE users (login TEXT PRIMARY KEY, password_hash TEXT NOT NULL,"
        " is_revoked INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE portfolios (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " name TEXT NOT NULL UNIQUE, login TEXT NOT NULL REFERENCES users,"
        " cash_kopecks INTEGER NOT NULL, leverage INTEGER NOT NULL, may_short INTEGER NOT NULL,"
        " is_revoked INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE opening_positions (portfolio_id INTEGER NOT NULL REFERENCES portfolios,"
        " place INTEGER NOT NULL, symbol TEXT NOT NULL, securities INTEGER NOT NULL,"
        " PRIMARY KEY (portfolio_id, place)) WITHOUT ROWID",
        "CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE,"
        " name TEXT NOT NULL, login TEXT NOT NULL REFERENCES users, rights TEXT NOT NULL,"
        " amount_in_lots INTEGER NOT NULL, expires_at_ns INTEGER, addresses TEXT NOT NULL,"
        " created_at_ns INTEGER NOT NULL, is_revoked INTEGER NOT NULL DEFAULT 0)",
        "CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE is_revoked = 0",
        "CREATE TABLE token_portfolios (token_id INTEGER NOT NULL REFERENCES tokens,"
        " place INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (token_id, place))"
        " WITHOUT ROWID",
    ),
)

DIGEST_BYTES: Final = 32
"""Of SHA-256."""

_SEPARATOR: Final = " "
"""Between rights and between addresses in their columns."""


class SqliteAccess:
    """An `AccessStore` in one file."""

    def __init__(self, path: Path) -> None:
        """Opens the store, an empty one where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or a later release wrote it.
        """
        self._database = open_database(path, MIGRATIONS)
        self._own_changes = 0

    def callers(self) -> dict[bytes, Caller]:
        """SHA-256 of each token that is not revoked -> its caller."""
        usable = {
            (name, login)
            for name, login in self._database.rows(
                "SELECT name, login FROM portfolios WHERE is_revoked = 0"
            )
        }
        granted = self._token_portfolios()
        callers = {}
        for digest, *row in self._database.rows(
            f"SELECT digest, {_TOKEN_COLUMNS} FROM tokens WHERE is_revoked = 0"
        ):
            entry = _token_entry(tuple(row), granted)
            terms = entry.terms
            callers[digest] = Caller(
                entry.token_id,
                terms.login,
                terms.rights,
                frozenset(name for name in terms.portfolios if (name, terms.login) in usable),
                terms.amount_in_lots,
                terms.expires_at_ns,
                frozenset(terms.addresses),
            )
        return callers

    def password_hash(self, login: str) -> str | None:
        """The hash of a user's password; None for an unknown or revoked user."""
        rows = self._database.rows(
            "SELECT password_hash FROM users WHERE login = ? AND is_revoked = 0", (login,)
        )
        return rows[0][0] if rows else None

    def version(self) -> int:
        """Changes with every change of the store, whoever made it."""
        return self._database.version_seen() + self._own_changes

    def users(self) -> Sequence[UserEntry]:
        """All users, by login."""
        rows = self._database.rows("SELECT login, is_revoked FROM users ORDER BY login")
        return [UserEntry(login, bool(is_revoked)) for login, is_revoked in rows]

    def add_user(self, login: str, password_hash: str) -> None:
        """Adds a user, or brings a revoked one back without tokens."""
        _check_name("a login", login)
        with self._database.transaction():
            if self._is_usable("users", "login", login):
                raise UsageError(f"there is a user {login!r} already")
            self._database.run(
                "INSERT OR REPLACE INTO users (login, password_hash) VALUES (?, ?)",
                (login, password_hash),
            )
        self._own_changes += 1

    def revoke_user(self, login: str) -> None:
        """Refuses a user and all of the user's tokens."""
        with self._database.transaction():
            if not self._is_usable("users", "login", login):
                raise UsageError(f"there is no active user {login!r}")
            for table in ("users", "tokens"):
                self._database.run(f"UPDATE {table} SET is_revoked = 1 WHERE login = ?", (login,))
        self._own_changes += 1

    def tokens(self) -> Sequence[TokenEntry]:
        """All tokens, by id."""
        granted = self._token_portfolios()
        rows = self._database.rows(f"SELECT {_TOKEN_COLUMNS} FROM tokens ORDER BY id")
        return [_token_entry(row, granted) for row in rows]

    def add_token(self, digest: bytes, terms: TokenTerms) -> int:
        """Adds a token by its digest; answers its id."""
        if len(digest) != DIGEST_BYTES:
            raise UsageError(f"expected a digest of {DIGEST_BYTES} bytes, came {len(digest)}")
        _check_name("a token's name", terms.name)
        with self._database.transaction():
            self._check_terms(terms)
            if self._database.rows("SELECT 1 FROM tokens WHERE digest = ?", (digest,)):
                raise UsageError("this token is, or was, in use: make a new one")
            token_id = self._database.run(
                "INSERT INTO tokens (digest, name, login, rights, amount_in_lots, expires_at_ns,"
                " addresses, created_at_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (digest, *_terms_row(terms)),
            )
            self._database.run_each(
                "INSERT INTO token_portfolios VALUES (?, ?, ?)",
                [(token_id, place, name) for place, name in enumerate(terms.portfolios)],
            )
        self._own_changes += 1
        return token_id

    def revoke_token(self, token: int | str) -> None:
        """Refuses a token, by id or name."""
        column = "name" if isinstance(token, str) else "id"
        with self._database.transaction():
            if not self._is_usable("tokens", column, token):
                raise UsageError(f"there is no active token {token!r}")
            self._database.run(f"UPDATE tokens SET is_revoked = 1 WHERE {column} = ?", (token,))
        self._own_changes += 1

    def portfolios(self) -> Sequence[PortfolioGrant]:
        """All portfolios, in the order of opening."""
        positions: dict[int, list[tuple[str, int]]] = {}
        for portfolio_id, symbol, securities in self._database.rows(
            "SELECT portfolio_id, symbol, securities FROM opening_positions"
            " ORDER BY portfolio_id, place"
        ):
            positions.setdefault(portfolio_id, []).append((symbol, securities))
        return [
            PortfolioGrant(
                name=name,
                cash_kopecks=cash_kopecks,
                positions=tuple(positions.get(portfolio_id, ())),
                leverage=leverage,
                may_short=bool(may_short),
                login=login,
                is_revoked=bool(is_revoked),
            )
            for portfolio_id, name, cash_kopecks, leverage, may_short, login, is_revoked in (
                self._database.rows(
                    "SELECT id, name, cash_kopecks, leverage, may_short, login, is_revoked"
                    " FROM portfolios ORDER BY id"
                )
            )
        ]

    def add_portfolio(self, grant: PortfolioGrant) -> None:
        """Opens a portfolio."""
        _check_name("a portfolio's name", grant.name)
        with self._database.transaction():
            if self._database.rows("SELECT 1 FROM portfolios WHERE name = ?", (grant.name,)):
                raise UsageError(f"there is, or was, a portfolio {grant.name!r} already")
            self._check_user(grant.login)
            portfolio_id = self._database.run(
                "INSERT INTO portfolios (name, login, cash_kopecks, leverage, may_short,"
                " is_revoked) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    grant.name,
                    grant.login,
                    grant.cash_kopecks,
                    grant.leverage,
                    grant.may_short,
                    grant.is_revoked,
                ),
            )
            self._database.run_each(
                "INSERT INTO opening_positions VALUES (?, ?, ?, ?)",
                [(portfolio_id, place, *held) for place, held in enumerate(grant.positions)],
            )
        self._own_changes += 1

    def revoke_portfolio(self, name: str) -> None:
        """Takes a portfolio away from all tokens."""
        with self._database.transaction():
            if not self._is_usable("portfolios", "name", name):
                raise UsageError(f"there is no active portfolio {name!r}")
            self._database.run("UPDATE portfolios SET is_revoked = 1 WHERE name = ?", (name,))
        self._own_changes += 1

    def close(self) -> None:
        """Closes; everything added is on disk."""
        self._database.close()

    def _is_usable(self, table: str, column: str, key: int | str) -> bool:
        return bool(
            self._database.rows(
                f"SELECT 1 FROM {table} WHERE {column} = ? AND is_revoked = 0", (key,)
            )
        )

    def _check_user(self, login: str) -> None:
        if not self._is_usable("users", "login", login):
            raise UsageError(f"there is no active user {login!r}")

    def _check_terms(self, terms: TokenTerms) -> None:
        self._check_user(terms.login)
        if self._is_usable("tokens", "name", terms.name):
            raise UsageError(f"there is a token {terms.name!r} already")
        usable = self._database.rows(
            "SELECT name FROM portfolios WHERE login = ? AND is_revoked = 0", (terms.login,)
        )
        for name in terms.portfolios:
            if (name,) not in usable:
                raise UsageError(f"user {terms.login!r} has no portfolio {name!r}")

    def _token_portfolios(self) -> dict[int, list[str]]:
        granted: dict[int, list[str]] = {}
        for token_id, name in self._database.rows(
            "SELECT token_id, name FROM token_portfolios ORDER BY token_id, place"
        ):
            granted.setdefault(token_id, []).append(name)
        return granted


_TOKEN_COLUMNS: Final = (
    "id, name, login, rights, amount_in_lots, expires_at_ns, addresses, created_at_ns, is_revoked"
)


def _check_name(what: str, name: str) -> None:
    if not name.strip():
        raise UsageError(f"{what} may not be empty")


def _terms_row(terms: TokenTerms) -> Row:
    return (
        terms.name,
        terms.login,
        _SEPARATOR.join(sorted(terms.rights)),
        terms.amount_in_lots,
        terms.expires_at_ns,
        _SEPARATOR.join(terms.addresses),
        terms.created_at_ns,
    )


def _token_entry(row: Row, granted: dict[int, list[str]]) -> TokenEntry:
    token_id, name, login, rights, amount_in_lots, expires_at_ns, addresses, created, revoked = row
    return TokenEntry(
        token_id,
        TokenTerms(
            name,
            login,
            frozenset(map(Right, rights.split(_SEPARATOR))) if rights else frozenset(),
            tuple(granted.get(token_id, ())),
            bool(amount_in_lots),
            expires_at_ns,
            tuple(addresses.split(_SEPARATOR)) if addresses else (),
            created,
        ),
        bool(revoked),
    )
