"""A real access store that fails when told to, as a disk might; it shows nothing about disks."""

from __future__ import annotations

from collections.abc import Sequence

from chp.adapters.store.access import SqliteAccess
from chp.model.access import Caller, PortfolioGrant


class FailingAccess(SqliteAccess):
    """A `SqliteAccess` some of whose readings fail."""

    failure: Exception | None = None
    """What is raised instead of an answer; None while all is well."""
    fails_on = ""
    """Name of the call that fails."""

    def _meet(self, call: str) -> None:
        if self.failure is not None and call == self.fails_on:
            raise self.failure

    def version(self) -> int:
        """The store's version, or the failure."""
        self._meet("version")
        return super().version()

    def callers(self) -> dict[bytes, Caller]:
        """The store's callers, or the failure."""
        self._meet("callers")
        return super().callers()

    def portfolios(self) -> Sequence[PortfolioGrant]:
        """The store's portfolios, or the failure."""
        self._meet("portfolios")
        return super().portfolios()

    def password_hash(self, login: str) -> str | None:
        """The store's hash, or the failure."""
        self._meet("password_hash")
        return super().password_hash(login)
