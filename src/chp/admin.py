"""`chp user | token | portfolio`: what the operator keeps of who may trade.

Works on the data folder while the gateway runs, which notices within a second. A secret is shown
once, when it is made, and not stored. Source: wire.md section 3.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import click

from chp.accounts import check_grant, opened_access
from chp.errors import UsageError
from chp.model.access import PortfolioGrant, Right, TokenTerms
from chp.options import SERVE_FOLDER
from chp.units import KOPECKS_PER_RUBLE, NS_PER_DAY, NS_PER_SECOND

NAME_FORM: Final = re.compile(r"[\w.-]{1,64}")
"""Logins, portfolios and names of tokens; no portfolio begins with @, the ledger's own mark."""

NO_DAYS: Final = 0


@click.group()
def user() -> None:
    """Add, list or revoke logins."""


@user.command("add")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@SERVE_FOLDER
def add_user(login: str, password_stdin: bool, folder: Path) -> None:
    """Add a login; its password is shown once."""
    given = _typed_password() if password_stdin else None
    with opened_access(folder) as access:
        password = given if given is not None else access.new_secret()
        access.store.add_user(_name(login, "login"), access.hasher.hash(password))
    if given is None:
        click.echo(f"password of {login}, shown only now: {password}")


@user.command("list")
@SERVE_FOLDER
def list_users(folder: Path) -> None:
    """List logins."""
    with opened_access(folder) as access:
        rows = [(entry.login, _state(entry.is_revoked)) for entry in access.store.users()]
    _table(("LOGIN", "STATE"), rows)


@user.command("revoke")
@click.argument("login")
@SERVE_FOLDER
def revoke_user(login: str, folder: Path) -> None:
    """Let a login's password and tokens work no longer."""
    with opened_access(folder) as access:
        access.store.revoke_user(login)


@click.group()
def token() -> None:
    """Add, list or revoke access tokens."""


@token.command("add")
@click.argument("name")
@click.option("--login", required=True, help="Whose it is.")
@click.option(
    "--portfolio",
    "portfolios",
    multiple=True,
    help="May be given more than once; without it all that the login has now.",
)
@click.option(
    "--right",
    type=click.Choice([right.value for right in Right]),
    default=Right.TRADE.value,
    show_default=True,
    help="What it may do; each includes the one before.",
)
@click.option(
    "--days", type=click.IntRange(min=0), default=NO_DAYS, help="Days it lasts; 0: no end."
)
@click.option("--address", "addresses", multiple=True, help="Callers' IP addresses; none: any.")
@click.option("--in-lots", is_flag=True, help="Amounts and volumes count lots, not securities.")
@SERVE_FOLDER
def add_token(
    name: str,
    login: str,
    portfolios: tuple[str, ...],
    *,
    right: str,
    days: int,
    addresses: tuple[str, ...],
    in_lots: bool,
    folder: Path,
) -> None:
    """Add a token; it is shown once."""
    now_ns = time.time_ns()
    with opened_access(folder) as access:
        secret = access.new_secret()
        own = (entry.name for entry in access.store.portfolios() if _is_owned(entry, login))
        terms = TokenTerms(
            _name(name, "name"),
            login,
            frozenset({Right(right)}),
            portfolios or tuple(own),
            amount_in_lots=in_lots,
            expires_at_ns=now_ns + days * NS_PER_DAY if days else None,
            addresses=tuple(_address(text) for text in addresses),
            created_at_ns=now_ns,
        )
        access.store.add_token(access.digest(secret), terms)
    click.echo(f"token {name} of {login}, shown only now: {secret}")


@token.command("list")
@SERVE_FOLDER
def list_tokens(folder: Path) -> None:
    """List tokens; the tokens themselves are not stored."""
    with opened_access(folder) as access:
        rows = [
            (
                entry.terms.name,
                entry.terms.login,
                ",".join(sorted(entry.terms.rights)),
                ",".join(entry.terms.portfolios) or "-",
                _day(entry.terms.expires_at_ns),
                ",".join(entry.terms.addresses) or "any",
                _state(entry.is_revoked),
            )
            for entry in access.store.tokens()
        ]
    _table(("NAME", "LOGIN", "RIGHT", "PORTFOLIOS", "UNTIL", "ADDRESSES", "STATE"), rows)


@token.command("revoke")
@click.argument("name")
@SERVE_FOLDER
def revoke_token(name: str, folder: Path) -> None:
    """Let a token work no longer."""
    with opened_access(folder) as access:
        access.store.revoke_token(name)


@click.group()
def portfolio() -> None:
    """Add, list or revoke portfolios."""


@portfolio.command("add")
@click.argument("name")
@click.option("--login", required=True, help="Whose it is.")
@click.option("--cash", required=True, help="Rubles it begins with, such as 1000000 or 99.50.")
@click.option(
    "--position",
    "positions",
    multiple=True,
    metavar="SYMBOL=SECURITIES",
    help="A position it begins with, at the market's opening price; may be given more than once.",
)
@click.option(
    "--leverage",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    help="Positions may be worth this many times the portfolio.",
)
@click.option("--short", "may_short", is_flag=True, help="It may go short.")
@SERVE_FOLDER
def add_portfolio(
    name: str,
    login: str,
    cash: str,
    *,
    positions: tuple[str, ...],
    leverage: int,
    may_short: bool,
    folder: Path,
) -> None:
    """Open a portfolio with its first money and positions."""
    grant = PortfolioGrant(
        _name(name, "portfolio"),
        _kopecks(cash),
        tuple(_position(text) for text in positions),
        leverage,
        may_short,
        login,
    )
    check_grant(grant)
    with opened_access(folder) as access:
        access.store.add_portfolio(grant)


@portfolio.command("list")
@SERVE_FOLDER
def list_portfolios(folder: Path) -> None:
    """List portfolios as they were opened."""
    with opened_access(folder) as access:
        rows = [
            (
                grant.name,
                grant.login,
                f"{Decimal(grant.cash_kopecks) / KOPECKS_PER_RUBLE:.2f}",
                ",".join(f"{symbol}={securities}" for symbol, securities in grant.positions) or "-",
                str(grant.leverage),
                "yes" if grant.may_short else "no",
                _state(grant.is_revoked),
            )
            for grant in access.store.portfolios()
        ]
    _table(("NAME", "LOGIN", "CASH", "POSITIONS", "LEVERAGE", "SHORT", "STATE"), rows)


@portfolio.command("revoke")
@click.argument("name")
@SERVE_FOLDER
def revoke_portfolio(name: str, folder: Path) -> None:
    """Take a portfolio from every token; its working orders stay."""
    with opened_access(folder) as access:
        access.store.revoke_portfolio(name)


def _is_owned(grant: PortfolioGrant, login: str) -> bool:
    return grant.login == login and not grant.is_revoked


def _typed_password() -> str:
    try:
        password = sys.stdin.readline().rstrip("\r\n")
        password.encode()
    except UnicodeError:
        raise UsageError("the password on standard input is no text of its encoding") from None
    if not password:
        raise UsageError("standard input held no password")
    return password


def _name(text: str, what: str) -> str:
    if NAME_FORM.fullmatch(text) is None:
        raise UsageError(f"{what}: expected 1 to 64 letters, digits, '.', '_' or '-', not {text!r}")
    return text


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise UsageError(f"--address: expected an IP address, not {text!r}") from None


def _kopecks(text: str) -> int:
    try:
        kopecks = Decimal(text) * KOPECKS_PER_RUBLE
    except ArithmeticError:
        kopecks = Decimal("NaN")
    if not kopecks.is_finite() or not 0 <= kopecks <= 10**17 or kopecks != int(kopecks):
        raise UsageError(f"--cash: expected rubles with at most two decimals, not {text!r}")
    return int(kopecks)


def _position(text: str) -> tuple[str, int]:
    symbol, _, amount = text.partition("=")
    try:
        return symbol, int(amount)
    except ValueError:
        raise UsageError(f"--position: expected SYMBOL=SECURITIES, not {text!r}") from None


def _state(is_revoked: bool) -> str:
    return "revoked" if is_revoked else "active"


def _day(time_ns: int | None) -> str:
    if time_ns is None:
        return "-"
    return datetime.fromtimestamp(time_ns / NS_PER_SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
