"""Double-entry balances: every posting sums to zero per asset.

Not positions or margin; `accounts` builds those on these balances. Source: design.md section 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MONEY: Final = "RUB"
"""The one currency; amounts in kopecks. Other assets are symbols, amounts in lots."""

MARKET: Final = "@market"
"""Counterparty of every fill; portfolio names never begin with @."""
FEES: Final = "@fees"
OPENING: Final = "@opening"

Entry = tuple[str, str, int]
"""(account, asset, signed amount)."""


class Balances:
    """Balances by account and asset; changed by balanced postings only."""

    __slots__ = ("_amounts",)

    def __init__(self) -> None:
        """All zero."""
        self._amounts: dict[tuple[str, str], int] = {}

    def transfer(self, source: str, target: str, asset: str, amount: int) -> None:
        """Posts `amount` of an asset from one account to another; the sum stays zero."""
        amounts = self._amounts
        amounts[source, asset] = amounts.get((source, asset), 0) - amount
        amounts[target, asset] = amounts.get((target, asset), 0) + amount

    def of(self, account: str, asset: str) -> int:
        """The balance; 0 for what was never posted."""
        return self._amounts.get((account, asset), 0)

    def totals(self) -> dict[str, int]:
        """Sum over all accounts per asset: zero, always."""
        sums: dict[str, int] = {}
        for (_, asset), amount in self._amounts.items():
            sums[asset] = sums.get(asset, 0) + amount
        return sums

    def entries(self) -> list[Entry]:
        """Every balance, in the order of first posting."""
        return [(account, asset, amount) for (account, asset), amount in self._amounts.items()]

    @classmethod
    def from_entries(cls, entries: Iterable[Entry]) -> Balances:
        """The balances whose `entries()` these were."""
        balances = cls()
        balances._amounts = {(account, asset): amount for account, asset, amount in entries}
        return balances
