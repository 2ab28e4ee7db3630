"""`Api`: every call of the gateway as one method that answers the bare HTTP response.

It reads no answer and raises nothing of its own about one: that is `ChpClient`'s part. Names,
parameters, their order and defaults are the users' contract. Source: the user's document
(lowlevel_api.md) for what it lists, wire.md section 4 for the six calls that it leaves blank.
"""

import enum
from collections.abc import Mapping
from typing import Any, Final, Self

from requests import Response

from chp.wire.rest.urns import URNS
from CHP_api._connections import DEFAULT_TIMEOUT_S, Connections, Timeout


class _Absent(enum.Enum):
    """The type of a parameter that was not given; None would be sent as null."""

    ABSENT = "not given"

    def __repr__(self) -> str:
        return "<not given>"


_ABSENT: Final = _Absent.ABSENT


class Api:
    """The gateway's calls, one method each, named as in the user's document.

    Every method makes one POST with its parameters as a JSON object and returns the untouched
    `requests.Response`, whatever its status; the exceptions of `requests` pass through, and
    nothing is retried. An object may be shared by threads and survives a fork. Connections are
    kept alive inside; `close` or a `with` block gives them up early.

    Every call but the constructor takes `token`, the access token of the gateway. `symbol` is the
    short name of an instrument ("GAZP"), `portfolio` the name of a portfolio ("ST123456-MO-01").
    Dates are exchange-local text, "2020-10-10T10:10:10.000". Prices are floats in the
    instrument's currency, amounts are in securities.
    """

    def __init__(
        self,
        host: str,
        port: str | int = 5001,
        ssh: bool = False,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT_S,
    ) -> None:
        """Remember where the gateway is; nothing is sent.

        Args:
            host: the server's name or address.
            port: the server's port.
            ssh: whether to speak https instead of http (the old name stays).
            timeout: seconds to connect and seconds of silence while reading, as a pair; one
                number for both; None waits for ever.
        """
        scheme = "https" if ssh else "http"
        address = f"[{host}]" if ":" in host and not host.startswith("[") else host
        self._connections = Connections(f"{scheme}://{address}:{port}/", timeout)

    def __enter__(self) -> Self:
        """Answer the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the kept connections."""
        self.close()

    def close(self) -> None:
        """Close the kept connections; a later call opens a new one."""
        self._connections.close()

    # Auth

    def Connected(self, login: str, password: str, token: str, mode: int = 0) -> Response:
        """Open the trading session: `login`, `password`, `mode` 0 demo or 1 real."""
        return self._post(
            "Connected", {"login": login, "password": password, "token": token, "mode": mode}
        )

    def Reconnection(self, login: str, password: str, token: str, mode: int = 0) -> Response:
        """Open the trading session anew; parameters as in `Connected`."""
        return self._post(
            "Reconnection", {"login": login, "password": password, "token": token, "mode": mode}
        )

    def Disconnected(self, login: str, password: str, token: str) -> Response:
        """Close the trading session; working orders stay."""
        return self._post("Disconnected", {"login": login, "password": password, "token": token})

    # Instruments

    def GetBars(self, token: str, since: str, interval: int, symbol: str, count: int) -> Response:
        """Ask for bars: `interval` 1-13; `count` > 0 goes back from `since`, < 0 forward."""
        return self._post(
            "GetBars",
            {
                "token": token,
                "since": since,
                "interval": interval,
                "symbol": symbol,
                "count": count,
            },
        )

    def GetSymbols(self, token: str) -> Response:
        """Ask for all instruments."""
        return self._post("GetSymbols", {"token": token})

    def GetTrades(self, token: str, since: str, symbol: str, count: int) -> Response:
        """Ask for the market's trades; `since` goes as `from`, `count` as in `GetBars`."""
        return self._post(
            "GetTrades", {"token": token, "from": since, "symbol": symbol, "count": count}
        )

    def ListenQuotes(self, token: str, symbol: str) -> Response:
        """Subscribe to the quote of an instrument, read by `UpdateQuote`."""
        return self._post("ListenQuotes", {"token": token, "symbol": symbol})

    def UpdateQuote(self, token: str) -> Response:
        """Ask for the latest quotes of the instruments subscribed to."""
        return self._post("UpdateQuote", {"token": token})

    def CancelQuotes(self, token: str, symbol: str) -> Response:
        """End the subscription to a quote."""
        return self._post("CancelQuotes", {"token": token, "symbol": symbol})

    def ListenTicks(self, token: str, symbol: str) -> Response:
        """Subscribe to the trades of an instrument, read by `AddTick`."""
        return self._post("ListenTicks", {"token": token, "symbol": symbol})

    def AddTick(self, token: str) -> Response:
        """Ask for the market's trades since the previous such call."""
        return self._post("AddTick", {"token": token})

    def CancelTicks(self, token: str, symbol: str) -> Response:
        """End the subscription to the trades of an instrument."""
        return self._post("CancelTicks", {"token": token, "symbol": symbol})

    def ListenBidAsks(self, token: str, symbol: str) -> Response:
        """Subscribe to the depth of an instrument, read by `UpdateBidAsk`."""
        return self._post("ListenBidAsks", {"token": token, "symbol": symbol})

    def UpdateBidAsk(self, token: str) -> Response:
        """Ask for the latest depth of the instruments subscribed to."""
        return self._post("UpdateBidAsk", {"token": token})

    def CancelBidAsks(self, token: str, symbol: str) -> Response:
        """End the subscription to a depth."""
        return self._post("CancelBidAsks", {"token": token, "symbol": symbol})

    # Portfolios

    def GetMyPortfolioData(self, token: str, mode: int, portfolio: str) -> Response:
        """Ask for orders, trades and closed positions: `mode` 1 active, 2 all."""
        return self._post(
            "GetMyPortfolioData", {"token": token, "mode": mode, "portfolio": portfolio}
        )

    def GetPortfolioList(self, token: str) -> Response:
        """Ask for the portfolios of the token."""
        return self._post("GetPortfolioList", {"token": token})

    def ListenPortfolio(self, token: str, portfolio: str) -> Response:
        """Subscribe to a portfolio, read by the four calls that follow `CancelPortfolio`."""
        return self._post("ListenPortfolio", {"token": token, "portfolio": portfolio})

    def CancelPortfolio(self, token: str, portfolio: str) -> Response:
        """End the subscription to a portfolio."""
        return self._post("CancelPortfolio", {"token": token, "portfolio": portfolio})

    def SetPortfolio(self, token: str) -> Response:
        """Ask for money and margin of the portfolios subscribed to."""
        return self._post("SetPortfolio", {"token": token})

    def UpdatePosition(self, token: str) -> Response:
        """Ask for the positions of the portfolios subscribed to."""
        return self._post("UpdatePosition", {"token": token})

    def UpdateOrder(self, token: str) -> Response:
        """Ask for the changes of own orders since the previous such call."""
        return self._post("UpdateOrder", {"token": token})

    def AddTrade(self, token: str) -> Response:
        """Ask for own trades since the previous such call."""
        return self._post("AddTrade", {"token": token})

    # Orders

    def PlaceOrder(
        self,
        token: str,
        portfolio: str,
        symbol: str,
        action: int,
        type_: int,
        validity: int,
        price: float,
        amount: float,
        stop: float,
        cookie: float,
    ) -> Response:
        """Place an order.

        Args:
            token: the access token.
            portfolio: the portfolio that trades.
            symbol: the instrument.
            action: 1 buy, 2 sell, 3 sell short, 4 buy to cover.
            type_: 1 market, 2 limit, 3 stop, 4 stop limit; goes as `type`.
            validity: 1 day, 2 until cancelled (30 days at most).
            price: the limit price; 0 for market and stop orders.
            amount: securities, a whole number of lots.
            stop: the stop price; 0 for market and limit orders.
            cookie: the caller's own number of the order.
        """
        return self._post(
            "PlaceOrder",
            {
                "token": token,
                "portfolio": portfolio,
                "symbol": symbol,
                "action": action,
                "type": type_,
                "validity": validity,
                "price": price,
                "amount": amount,
                "stop": stop,
                "cookie": cookie,
            },
        )

    def MoveOrder(
        self,
        token: str,
        portfolio: str,
        symbol: str | _Absent = _ABSENT,
        irderid: str | int | _Absent = _ABSENT,
        targetprice: str | float | _Absent = _ABSENT,
        orderid: str | int | _Absent = _ABSENT,
    ) -> Response:
        """Move an order to another price; what is not given is not sent.

        Args:
            token: the access token.
            portfolio: the portfolio of the order.
            symbol: the instrument of the order.
            irderid: the order, in the spelling of the user's document; goes as `orderid`.
            targetprice: the new limit price, of a plain stop order the new stop price.
            orderid: the order, in the right spelling.

        Raises:
            TypeError: both `irderid` and `orderid` are given; nothing was sent.
        """
        if irderid is not _ABSENT and orderid is not _ABSENT:
            raise TypeError("MoveOrder() takes irderid or orderid (one thing, two names), got both")
        body = {
            "token": token,
            "portfolio": portfolio,
            "symbol": symbol,
            "orderid": irderid if orderid is _ABSENT else orderid,
            "targetprice": targetprice,
        }
        return self._post(
            "MoveOrder", {key: value for key, value in body.items() if value is not _ABSENT}
        )

    def CancelOrder(self, token: str, portfolio: str, symbol: str, orderid: str | int) -> Response:
        """Cancel the order `orderid`."""
        return self._post(
            "CancelOrder",
            {"token": token, "portfolio": portfolio, "symbol": symbol, "orderid": orderid},
        )

    def _post(self, method: str, body: Mapping[str, Any]) -> Response:
        """Send `body` to the URN of `method`."""
        return self._connections.post(URNS[method], body)
