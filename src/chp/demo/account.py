"""The demo's user: fixed, public credentials and one portfolio.

Not for any other gateway: whoever reads this can log in. Source: market.md section 9.
"""

from __future__ import annotations

from typing import Final

from chp.model.access import PortfolioGrant
from chp.units import KOPECKS_PER_RUBLE

LOGIN: Final = "user_login"
PASSWORD: Final = "user_password"
TOKEN: Final = "user_token"

PORTFOLIO: Final = PortfolioGrant(
    name="ST123456-MO-01",
    cash_kopecks=10_000_000 * KOPECKS_PER_RUBLE,
    positions=(("GAZP", 1000), ("SBER", 1000)),
    leverage=5,
    may_short=True,
    login=LOGIN,
)
"""What the user starts with; positions are in securities."""
