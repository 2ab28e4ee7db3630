"""Who may use a gateway, in its data folder: opened for the command line and at every start.

Not the checks of a call: `chp.app.access`. Source: wire.md section 3.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from chp.adapters.folder import DataFolder
from chp.adapters.secrets import Argon2Hasher, new_token
from chp.adapters.store.access import SqliteAccess
from chp.app.access import token_digest
from chp.demo import account, market
from chp.errors import UsageError
from chp.model.access import PortfolioGrant, Right, TokenTerms


class OpenedAccess:
    """Users, tokens and portfolios of a data folder, with what makes and hashes secrets."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file."""
        self.store = SqliteAccess(path)
        self.hasher = Argon2Hasher()
        self.new_secret = new_token
        self.digest = token_digest


@contextlib.contextmanager
def opened_access(folder: Path) -> Iterator[OpenedAccess]:
    """The access of a data folder; a gateway may be running on it."""
    access = OpenedAccess(DataFolder(folder).access)
    try:
        yield access
    finally:
        access.store.close()


def check_grant(grant: PortfolioGrant) -> None:
    """Refuses opening positions that the market does not know.

    Raises:
        UsageError: an unknown symbol, one that is given twice, no whole number of lots, or a
            short without the right.
    """
    lots = {instrument.symbol: instrument.lot_size for instrument in market.instruments()}
    seen: set[str] = set()
    for symbol, securities in grant.positions:
        if symbol not in lots:
            raise UsageError(f"there is no symbol {symbol}")
        if symbol in seen:
            raise UsageError(f"{symbol}: its position is given twice")
        seen.add(symbol)
        if securities % lots[symbol]:
            raise UsageError(
                f"{symbol}: {securities} securities are not a whole number of lots"
                f" (1 lot is {lots[symbol]})"
            )
        if securities < 0 and not grant.may_short:
            raise UsageError(f"{symbol}: a short position needs --short")


def add_demo_account(access: OpenedAccess) -> None:
    """Adds the demo's user, token and portfolio where they are not there yet."""
    store = access.store
    if all(entry.login != account.LOGIN for entry in store.users()):
        store.add_user(account.LOGIN, access.hasher.hash(account.PASSWORD))
    if all(grant.name != account.PORTFOLIO.name for grant in store.portfolios()):
        store.add_portfolio(account.PORTFOLIO)
    if access.digest(account.TOKEN) in store.callers():
        return
    terms = TokenTerms(
        "demo",
        account.LOGIN,
        frozenset({Right.ADMIN}),
        (account.PORTFOLIO.name,),
        created_at_ns=time.time_ns(),
    )
    store.add_token(access.digest(account.TOKEN), terms)


def refuse_demo_account(access: OpenedAccess) -> None:
    """Refuses a folder in which the demo's token is valid.

    Raises:
        UsageError: it is.
    """
    if access.digest(account.TOKEN) in access.store.callers():
        raise UsageError("this data folder is the demo's, whose token is public; choose another")
