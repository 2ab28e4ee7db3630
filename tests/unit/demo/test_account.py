from __future__ import annotations

from chp.demo.account import LOGIN, PASSWORD, PORTFOLIO, TOKEN
from chp.demo.market import instruments
from chp.model.access import PortfolioGrant


def test_the_account_is_the_documented_one() -> None:
    assert (LOGIN, PASSWORD, TOKEN) == ("user_login", "user_password", "user_token")
    assert (
        PortfolioGrant(
            name="ST123456-MO-01",
            cash_kopecks=1_000_000_000,
            positions=(("GAZP", 1000), ("SBER", 1000)),
            leverage=5,
            may_short=True,
            login="user_login",
            is_revoked=False,
        )
        == PORTFOLIO
    )


def test_positions_are_whole_lots_of_shares_with_a_market() -> None:
    shares = {share.symbol: share for share in instruments()}
    for symbol, securities in PORTFOLIO.positions:
        assert securities % shares[symbol].lot_size == 0
        assert shares[symbol].opening_units > 0
