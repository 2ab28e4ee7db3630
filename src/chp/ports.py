"""Layer 3: what the application needs from the world; Protocols only.

Implemented in `adapters`, held to one contract suite per port. Source: design.md sections 3 to 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from chp.model.access import Caller, PortfolioGrant, TokenEntry, TokenTerms, UserEntry
from chp.model.commands import JournalRecord
from chp.model.instrument import Instrument
from chp.model.order import OrderReport
from chp.model.portfolio import ClosedPosition
from chp.model.quote import Bar, Interval
from chp.model.snapshot import Snapshot
from chp.model.trade import Fill, Trade


class Clock(Protocol):
    """Time from outside."""

    def wall_ns(self) -> int:
        """UTC nanoseconds since 1970; may jump."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back; origin is arbitrary."""


class JournalStore(Protocol):
    """The durable journal of one venue: records and snapshots.

    `append` makes records known to this process only; `sync` puts everything appended so far on
    disk, all or nothing. One writer; called from one thread at a time. Every call may raise
    StoreError; where nothing else is said, what was on disk still is.
    """

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Adds records; numbers go on by one.

        Raises:
            StoreError: the store cannot take them (disk full, I/O error); none was taken.
        """

    def sync(self) -> None:
        """Returns when all that was appended is on disk.

        Raises:
            StoreError: it is not known to be on disk; the process must not go on.
        """

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Stores and syncs a state; begins a new epoch."""

    def latest_snapshot(self) -> Snapshot | None:
        """The newest snapshot; None in a new folder.

        Raises:
            StoreError: it is damaged.
        """

    def latest_version(self) -> str | None:
        """Version of the newest snapshot, readable also where its layout no longer is."""

    def records_after(self, number: int) -> Iterator[JournalRecord]:
        """Records with greater numbers, ascending and without a gap, read as they are asked for.

        Raises:
            StoreError: a checksum or a number is wrong; raised where the reading comes to it.
        """

    def checkpoint(self) -> None:
        """Housekeeping for an idle moment."""

    def close(self) -> None:
        """Closes; what was not synced may be lost."""


class ArchiveStore(Protocol):
    """What became of robots' orders: the last report of each, fills, round trips. Thread-safe.

    A cache of facts that follow from the journal: putting the same again changes nothing.
    StoreError where it cannot be read or written.
    """

    def put(
        self,
        reports: Sequence[OrderReport],
        fills: Sequence[Fill],
        closed: Sequence[ClosedPosition],
    ) -> None:
        """Adds or replaces, all or nothing.

        Keys: the order id; trade number, portfolio and side of a fill; portfolio, trade number
        and part of a round trip.
        """

    def orders_since(self, portfolio: str, since_ns: int) -> Sequence[OrderReport]:
        """Orders whose last change is not before `since_ns`, or that are not final; by id."""

    def fills_since(self, portfolio: str, since_ns: int) -> Sequence[Fill]:
        """Fills not before `since_ns`, by trade number."""

    def closed_since(self, portfolio: str, since_ns: int) -> Sequence[ClosedPosition]:
        """Round trips not before `since_ns`, in their order."""

    def order(self, order_id: int) -> OrderReport | None:
        """The last report of an order; None for an unknown id."""

    def orders_by_label(self, portfolio: str, label: int, limit: int) -> Sequence[OrderReport]:
        """The newest `limit` orders with a label, by id."""

    def close(self) -> None:
        """Closes; everything put is on disk."""


class HistoryView(Protocol):
    """One unchanging look at the history: what is put meanwhile is not in it.

    Stamps are bars' close times, UTC nanoseconds. Kept resolutions are M1 and M5 as they were
    put, and what follows from them: an M5 bar within which there are M1 bars, H1 and DAY.
    Reading may raise StoreError, at the latest when the view is left.
    """

    @property
    def last_trade_no(self) -> int:
        """The greatest number of the venue's own trades put so far; 0 for none."""

    def bars_back(self, symbol: str, resolution: Interval, upto_ns: int) -> Iterator[Bar]:
        """Bars with stamp <= `upto_ns`, newest first, read as they are asked for."""

    def bars_forward(self, symbol: str, resolution: Interval, from_ns: int) -> Iterator[Bar]:
        """Bars with stamp >= `from_ns`, oldest first, read as they are asked for."""

    def trades_back(self, symbol: str, upto_ns: int, limit: int) -> Sequence[Trade]:
        """At most `limit` trades with time <= `upto_ns`, newest first."""

    def trades_forward(self, symbol: str, from_ns: int, limit: int) -> Sequence[Trade]:
        """At most `limit` trades with time >= `from_ns`, oldest first."""


class HistoryStore(Protocol):
    """Facts of the past: base bars (M1, M5) and trades by symbol. Thread-safe.

    What is put is on disk when the call returns; on StoreError nothing of it was put.
    """

    def put_bars(self, symbol: str, resolution: Interval, bars: Sequence[Bar]) -> None:
        """Adds or replaces base bars, all or nothing; flat bars without volume are left out.

        M1 goes before M5: an M5 bar is not taken where there are M1 bars within it.

        Raises:
            UsageError: the resolution is no base.
        """

    def put_trades(self, trades: Sequence[Trade], instruments: Mapping[str, Instrument]) -> None:
        """Adds the venue's own trades and counts them in their M1 bars, all or nothing.

        Known numbers (up to `last_trade_no`) are ignored, so the same may be put again.

        Args:
            trades: by number, none missing between the last one put and the last one here.
            instruments: at least those of the trades, by symbol.
        """

    def file_days(self) -> None:
        """Puts trades of finished days where they take least room; answers do not change.

        Seconds of work after each midnight, nothing else; other calls go on meanwhile.
        """

    def view(self) -> AbstractContextManager[HistoryView]:
        """A look at what is put now; use it in one thread and leave it soon."""

    def close(self) -> None:
        """Closes; everything put is on disk."""


class AccessStore(Protocol):
    """Users, tokens and portfolios as the operator keeps them; only hashes of secrets.

    Written by the command line while a gateway reads. A `UsageError` changes nothing, nor does a
    StoreError: the store cannot be read or written.
    """

    def callers(self) -> dict[bytes, Caller]:
        """SHA-256 of each token -> its caller.

        Absent are revoked tokens. A revoked portfolio, and one that belongs to another user, is
        no longer among a caller's. Expired ones are there: who asks compares the moment.
        """

    def password_hash(self, login: str) -> str | None:
        """argon2id hash of a user's password; None for an unknown or revoked user."""

    def version(self) -> int:
        """Changes whenever this or another process changed the store."""

    def users(self) -> Sequence[UserEntry]:
        """All users, by login."""

    def add_user(self, login: str, password_hash: str) -> None:
        """Adds a user, or brings a revoked one back with this password and no tokens.

        Raises:
            UsageError: there is such a user already, or the login is empty.
        """

    def revoke_user(self, login: str) -> None:
        """Refuses a user and all of the user's tokens from now on.

        Raises:
            UsageError: there is no such user, or it is revoked.
        """

    def tokens(self) -> Sequence[TokenEntry]:
        """All tokens, by id."""

    def add_token(self, digest: bytes, terms: TokenTerms) -> int:
        """Adds a token by its SHA-256; answers its id, which is never used again.

        Raises:
            UsageError: the name or the token is taken, or the terms name a user or a portfolio
                that is unknown, revoked or another user's.
        """

    def revoke_token(self, token: int | str) -> None:
        """Refuses a token, by id or name, from now on.

        Raises:
            UsageError: there is no such token, or it is revoked.
        """

    def portfolios(self) -> Sequence[PortfolioGrant]:
        """All portfolios, revoked ones too, in the order of opening."""

    def add_portfolio(self, grant: PortfolioGrant) -> None:
        """Opens a portfolio.

        Raises:
            UsageError: the name is taken, also by a revoked one, or the user is unknown.
        """

    def revoke_portfolio(self, name: str) -> None:
        """Takes a portfolio away from all tokens.

        Raises:
            UsageError: there is no such portfolio, or it is revoked.
        """

    def close(self) -> None:
        """Closes; everything added is on disk."""


class SecretHasher(Protocol):
    """Slow hashing of passwords."""

    def hash(self, password: str) -> str:
        """An encoded hash with its own salt."""

    def matches(self, encoded: str, password: str) -> bool:
        """Whether the password belongs to the hash; False for a damaged hash."""
