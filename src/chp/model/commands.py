"""What changes the venue: one record per command, as the journal keeps it.

Not what robots ask (`requests`): a command has been authenticated and carries who asks.
Source: design decision 6.
"""

from __future__ import annotations

from msgspec import Struct

from chp.model.access import PortfolioGrant
from chp.model.events import Channel
from chp.model.requests import CancelAllOrders, CancelOrder, MoveOrder, PlaceOrder


class RequestKey(Struct, frozen=True):
    """The idempotency key of a call, with what it was first used for."""

    key: str
    fingerprint: str
    """Digest of URN and body without token and key."""


class OpenVenue(Struct, frozen=True, tag=True):
    """The first command of a journal: the market opens."""

    latency_ns: int | None = None
    """Round trip to the exchange from here on; None as the venue was made."""
    seed: int | None = None
    """Of the synthetic flows, for ever; None as the venue was made."""


class ResumeVenue(Struct, frozen=True, tag=True):
    """The gateway is back: the market stood still since the last record."""

    latency_ns: int | None = None
    """Round trip to the exchange from here on, which a restart may change; None as it was."""


class Advance(Struct, frozen=True, tag=True):
    """The market goes on to this moment."""


class OpenPortfolio(Struct, frozen=True, tag=True):
    """A portfolio begins with its first money and positions."""

    grant: PortfolioGrant


class OpenSession(Struct, frozen=True, tag=True):
    """Connected, or Reconnection, which keeps what there is."""

    token_id: int
    login: str
    """For whoever reads the journal; the token decides."""
    is_reconnection: bool


class CloseSession(Struct, frozen=True, tag=True):
    """Disconnected."""

    token_id: int


class Subscribe(Struct, frozen=True, tag=True):
    """Listen…; `is_allowed` False for a portfolio that is not the token's."""

    token_id: int
    channel: Channel
    name: str
    is_allowed: bool


class Unsubscribe(Struct, frozen=True, tag=True):
    """Cancel… of a subscription."""

    token_id: int
    channel: Channel
    name: str


class SaveCursors(Struct, frozen=True, tag=True):
    """Where polls stood: (token id, call, sequence number)."""

    cursors: tuple[tuple[int, int, int], ...]


class Place(Struct, frozen=True, tag=True):
    """Order/Place; `is_allowed` says whether the portfolio is the token's."""

    token_id: int
    order: PlaceOrder
    is_allowed: bool
    is_in_lots: bool
    """Whether `order.securities` counts lots (a setting of the token)."""
    request_key: RequestKey | None


class Move(Struct, frozen=True, tag=True):
    """Order/Move."""

    token_id: int
    move: MoveOrder
    is_allowed: bool
    request_key: RequestKey | None


class Cancel(Struct, frozen=True, tag=True):
    """Order/Cancel."""

    token_id: int
    cancel: CancelOrder
    is_allowed: bool
    request_key: RequestKey | None


class CancelAll(Struct, frozen=True, tag=True):
    """Order/CancelAll over the token's portfolios."""

    token_id: int
    cancel: CancelAllOrders
    portfolios: tuple[str, ...]
    request_key: RequestKey | None


Command = (
    OpenVenue
    | ResumeVenue
    | Advance
    | OpenPortfolio
    | OpenSession
    | CloseSession
    | Subscribe
    | Unsubscribe
    | SaveCursors
    | Place
    | Move
    | Cancel
    | CancelAll
)


class JournalRecord(Struct, frozen=True, array_like=True):
    """One command with its number (from 1) and venue time."""

    number: int
    now_ns: int
    command: Command
