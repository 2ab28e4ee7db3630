"""A robot on plain `requests`: nothing of ours between it and the wire."""

from __future__ import annotations

from typing import Any

import requests

PORTFOLIO = "ST123456-MO-01"
TOKEN = "user_token"
LOGIN = {"login": "user_login", "password": "user_password"}
TIMEOUT_S = 30


class PlainRobot:
    """One token against one gateway; connections are kept between calls."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        """Sends nothing yet."""
        self.url = url
        self.token = token
        self.session = requests.Session()
        self.session.trust_env = False

    def post(self, urn: str, body: object, **headers: str) -> requests.Response:
        """One POST of any JSON; any answer."""
        return self.session.post(
            f"{self.url}/{urn}",
            json=body,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            timeout=TIMEOUT_S,
        )

    def ask(self, urn: str, **body: object) -> dict[str, Any]:
        """One call with the token; its envelope, whatever the status."""
        envelope: dict[str, Any] = self.post(urn, {"token": self.token, **body}).json()
        return envelope

    def rows(self, urn: str, **body: object) -> list[dict[str, Any]]:
        """The rows of a call that must succeed."""
        envelope = self.ask(urn, **body)
        assert envelope["result"], envelope
        rows: list[dict[str, Any]] = envelope["data"]
        return rows

    def connect(self) -> None:
        """Opens the session, open or not."""
        self.rows("Auth/Reconnection", **LOGIN)

    def place(self, **changes: object) -> dict[str, Any]:
        """Places a GTC limit buy of ten lots of GAZP far below the market, with changes."""
        order: dict[str, object] = {
            "portfolio": PORTFOLIO,
            "symbol": "GAZP",
            "action": 1,
            "type": 2,
            "validity": 2,
            "price": 150.0,
            "amount": 100,
            "stop": 0,
            "cookie": 5,
        }
        return self.ask("Order/Place", **{**order, **changes})

    def close(self) -> None:
        """Closes the kept connections."""
        self.session.close()
