"""Who may do what: a caller behind an access token.

Not secrets: hashes stay in the adapters. Source: wire.md section 3.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Right(StrEnum):
    """What a token may do; TRADE includes READ, ADMIN includes both."""

    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


class Caller(Struct, frozen=True):
    """The owner of the token of a call."""

    token_id: int
    login: str
    rights: frozenset[Right]
    portfolios: frozenset[str]
    amount_in_lots: bool = False
    """True where the operator set this token's `amount` and volumes to lots."""
    expires_at_ns: int | None = None
    """Wall time, UTC; None never."""
    addresses: frozenset[str] = frozenset()
    """Remote IP addresses allowed; empty means any."""


class UserEntry(Struct, frozen=True):
    """A user as the operator keeps one."""

    login: str
    is_revoked: bool = False


class TokenTerms(Struct, frozen=True):
    """What the owner of a token may do with it, as the operator set it."""

    name: str
    """The operator's own name of the token; no two that are not revoked share one."""
    login: str
    rights: frozenset[Right]
    portfolios: tuple[str, ...]
    amount_in_lots: bool = False
    expires_at_ns: int | None = None
    """Wall time, UTC; None never."""
    addresses: tuple[str, ...] = ()
    """Remote IP addresses allowed; empty means any."""
    created_at_ns: int = 0
    """Wall time, UTC."""


class TokenEntry(Struct, frozen=True):
    """A token as the operator keeps one; the token itself is not kept."""

    token_id: int
    terms: TokenTerms
    is_revoked: bool = False


class PortfolioGrant(Struct, frozen=True):
    """A portfolio as the operator opened it."""

    name: str
    cash_kopecks: int
    positions: tuple[tuple[str, int], ...]
    """(symbol, signed securities) at the opening."""
    leverage: int
    may_short: bool
    login: str
    is_revoked: bool = False
