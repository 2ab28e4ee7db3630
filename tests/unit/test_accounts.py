"""Access as a gateway's start finds it: the demo's user whole, the operator's folder without it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from chp.accounts import (
    OpenedAccess,
    add_demo_account,
    check_grant,
    opened_access,
    refuse_demo_account,
)
from chp.demo import account
from chp.errors import UsageError
from chp.model.access import PortfolioGrant, Right

GRANT = PortfolioGrant("ST1", 0, (), 1, False, "anna")


def whole(access: OpenedAccess) -> None:
    """Checks that the demo's user may do everything, and that nothing is there twice."""
    store = access.store
    assert [entry.login for entry in store.users()] == [account.LOGIN]
    encoded = store.password_hash(account.LOGIN)
    assert encoded is not None
    assert access.hasher.matches(encoded, account.PASSWORD)
    assert list(store.portfolios()) == [account.PORTFOLIO]
    (caller,) = store.callers().values()
    assert caller.login == account.LOGIN
    assert caller.rights == {Right.ADMIN}
    assert caller.portfolios == {account.PORTFOLIO.name}
    assert caller.expires_at_ns is None
    assert list(store.callers()) == [access.digest(account.TOKEN)]


def add_user(access: OpenedAccess) -> None:
    access.store.add_user(account.LOGIN, access.hasher.hash(account.PASSWORD))


def add_user_and_portfolio(access: OpenedAccess) -> None:
    add_user(access)
    access.store.add_portfolio(account.PORTFOLIO)


@pytest.mark.parametrize(
    "left", [lambda access: None, add_user, add_user_and_portfolio, add_demo_account]
)
def test_demo_account_is_whole_wherever_an_earlier_start_was_killed(
    tmp_path: Path, left: Callable[[OpenedAccess], None]
) -> None:
    with opened_access(tmp_path) as access:
        left(access)
    with opened_access(tmp_path) as access:
        add_demo_account(access)
        whole(access)


def test_demo_account_once_there_is_left_alone(tmp_path: Path) -> None:
    with opened_access(tmp_path) as access:
        add_demo_account(access)
        version = access.store.version()
        add_demo_account(access)
        assert access.store.version() == version


def test_demo_folder_is_refused_to_others(tmp_path: Path) -> None:
    with opened_access(tmp_path) as access:
        refuse_demo_account(access)
        add_user_and_portfolio(access)
        refuse_demo_account(access)
        add_demo_account(access)
        with pytest.raises(UsageError) as raised:
            refuse_demo_account(access)
    assert "choose another" in raised.value.detail


def test_demo_folder_whose_token_was_revoked_is_taken(tmp_path: Path) -> None:
    with opened_access(tmp_path) as access:
        add_demo_account(access)
        access.store.revoke_token("demo")
        refuse_demo_account(access)


@pytest.mark.parametrize(
    ("positions", "may_short", "words"),
    [
        ((("NOSUCH", 10),), True, ["NOSUCH"]),
        ((("gazp", 10),), True, ["gazp"]),
        ((("GAZP", 15),), True, ["GAZP", "15", "1 lot is 10"]),
        ((("GAZP", 10), ("SBER", -10)), False, ["SBER", "--short"]),
        ((("GAZP", 10), ("GAZP", 10)), True, ["GAZP", "twice"]),
        ((("GAZP", -15),), True, ["not a whole number of lots"]),
    ],
)
def test_grant_that_the_market_does_not_know_is_refused(
    positions: tuple[tuple[str, int], ...], may_short: bool, words: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        check_grant(replace(GRANT, positions=positions, may_short=may_short))
    assert [word for word in words if word not in raised.value.detail] == []


@pytest.mark.parametrize(
    ("positions", "may_short"),
    [((), False), ((("GAZP", 100), ("SBER", 10)), False), ((("SBER", -10),), True)],
)
def test_grant_that_the_market_knows_is_taken(
    positions: tuple[tuple[str, int], ...], may_short: bool
) -> None:
    check_grant(replace(GRANT, positions=positions, may_short=may_short))
