"""`ChpClient`: the old high-level client, which answers data and raises on refusals.

It holds one login and remembers what it listens to, nothing else; every call goes through `Api`.
Names, parameters, their order, defaults and the Russian texts are the robots' contract. Source:
chp_client.md.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Self

from requests import Response

from CHP_api._answers import Envelope, data, parsed, session_envelope, succeeded
from CHP_api._connections import DEFAULT_TIMEOUT_S, Timeout
from CHP_api.CHP_lowlevel_api import Api

TEXT_NOT_DISCONNECTED: Final = "Не удалось отключиться от сервера"
"""Our wording: the old client's own text is not on record."""

Names = str | Iterable[str]
"""One symbol or portfolio, or several."""


class ChpClient:
    """The gateway for one login, with the answers' data as results.

    All calls may raise `ApiResponseNotJson` and the exceptions of `requests`. Those that answer
    `data` raise `ApiRequestException` with the server's reason when it refuses, or when the
    answer lacks `data` or `result`.
    """

    def __init__(
        self,
        host: str,
        port: str | int,
        login: str,
        password: str,
        *,
        token: str,
        mode: int = 0,
        timeout: Timeout = DEFAULT_TIMEOUT_S,
    ) -> None:
        """Remember whom to speak for; nothing is sent.

        Args:
            host: the server's name or address; plain http.
            port: the server's port.
            login: the trading login.
            password: its password.
            token: the access token of the gateway.
            mode: 0 demo, 1 production.
            timeout: seconds, as in `Api`.
        """
        self._api = Api(host, port, timeout=timeout)
        self._login = login
        self._password = password
        self._token = token
        self._mode = mode
        self._quotes: list[str] = []
        self._ticks: list[str] = []
        self._bid_asks: list[str] = []
        self._portfolios: list[str] = []

    def __enter__(self) -> Self:
        """Answer the object itself; the trading session is not touched."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the kept connections; the trading session is not touched."""
        self.close()

    def close(self) -> None:
        """Close the kept connections; a later call opens a new one."""
        self._api.close()

    # What the client stands for, and what it listens to

    @property
    def Token(self) -> str:
        """The access token."""
        return self._token

    @property
    def Login(self) -> str:
        """The trading login."""
        return self._login

    @property
    def Password(self) -> str:
        """The password of the login."""
        return self._password

    @property
    def Mode(self) -> int:
        """0 demo, 1 production."""
        return self._mode

    @property
    def listening_quotes(self) -> list[str]:
        """A copy of the symbols whose quotes are subscribed to; may be assigned and emptied."""
        return self._quotes.copy()

    @listening_quotes.setter
    def listening_quotes(self, symbols: list[str]) -> None:
        self._quotes = _copied(symbols)

    @listening_quotes.deleter
    def listening_quotes(self) -> None:
        self._quotes = []

    @property
    def listening_ticks(self) -> list[str]:
        """A copy of the symbols whose trades are subscribed to; may be assigned and emptied."""
        return self._ticks.copy()

    @listening_ticks.setter
    def listening_ticks(self, symbols: list[str]) -> None:
        self._ticks = _copied(symbols)

    @listening_ticks.deleter
    def listening_ticks(self) -> None:
        self._ticks = []

    @property
    def listening_bid_ask(self) -> list[str]:
        """A copy of the symbols whose depth is subscribed to; may be assigned and emptied."""
        return self._bid_asks.copy()

    @listening_bid_ask.setter
    def listening_bid_ask(self, symbols: list[str]) -> None:
        self._bid_asks = _copied(symbols)

    @listening_bid_ask.deleter
    def listening_bid_ask(self) -> None:
        self._bid_asks = []

    @property
    def listening_portfolios(self) -> list[str]:
        """A copy of the portfolios subscribed to; may be assigned and emptied."""
        return self._portfolios.copy()

    @listening_portfolios.setter
    def listening_portfolios(self, portfolios: list[str]) -> None:
        self._portfolios = _copied(portfolios)

    @listening_portfolios.deleter
    def listening_portfolios(self) -> None:
        self._portfolios = []

    # Auth

    def Connect(self) -> Envelope:
        """Open the trading session; ApiConnectionError with the server's reason if refused."""
        return session_envelope(
            self._api.Connected(self._login, self._password, self._token, self._mode)
        )

    def Reconnect(self) -> Envelope:
        """Open the trading session anew; ApiConnectionError with the reason if refused."""
        return session_envelope(
            self._api.Reconnection(self._login, self._password, self._token, self._mode)
        )

    def Disconnect(self) -> Envelope:
        """Close the trading session; ApiConnectionError with a fixed text if refused."""
        return session_envelope(
            self._api.Disconnected(self._login, self._password, self._token),
            refusal=TEXT_NOT_DISCONNECTED,
        )

    # Instruments

    def GetBars(self, since: str, interval: int, symbol: str, count: int) -> Any:
        """Answer bars; parameters as in `Api.GetBars`."""
        return data(self._api.GetBars(self._token, since, interval, symbol, count))

    def GetSymbols(self) -> Any:
        """Answer all instruments."""
        return data(self._api.GetSymbols(self._token))

    def GetTrades(self, since: str, symbol: str, count: int) -> Any:
        """Answer the market's trades; parameters as in `Api.GetTrades`."""
        return data(self._api.GetTrades(self._token, since, symbol, count))

    def ListenQuotes(self, symbols: Names) -> dict[str, Envelope]:
        """Subscribe to quotes; answer the envelope of each symbol, refusals too."""
        return self._listen(self._api.ListenQuotes, symbols, self._quotes)

    def UpdateQuote(self) -> Any:
        """Answer the latest quotes of the symbols subscribed to."""
        return data(self._api.UpdateQuote(self._token))

    def CancelQuotes(self, symbols: Names | None = None) -> dict[str, Envelope]:
        """End subscriptions to quotes; None means all in `listening_quotes`."""
        return self._cancel(self._api.CancelQuotes, symbols, self._quotes)

    def ListenTicks(self, symbols: Names) -> dict[str, Envelope]:
        """Subscribe to trades; answer the envelope of each symbol, refusals too."""
        return self._listen(self._api.ListenTicks, symbols, self._ticks)

    def UpdateTicks(self) -> Any:
        """Answer the market's trades since the previous such call."""
        return data(self._api.AddTick(self._token))

    def CancelTicks(self, symbols: Names | None = None) -> dict[str, Envelope]:
        """End subscriptions to trades; None means all in `listening_ticks`."""
        return self._cancel(self._api.CancelTicks, symbols, self._ticks)

    def ListenBidAsks(self, symbols: Names) -> dict[str, Envelope]:
        """Subscribe to depth; answer the envelope of each symbol, refusals too."""
        return self._listen(self._api.ListenBidAsks, symbols, self._bid_asks)

    def UpdateBidAsks(self) -> Any:
        """Answer the latest depth of the symbols subscribed to."""
        return data(self._api.UpdateBidAsk(self._token))

    def CancelBidAsks(self, symbols: Names | None = None) -> dict[str, Envelope]:
        """End subscriptions to depth; None means all in `listening_bid_ask`."""
        return self._cancel(self._api.CancelBidAsks, symbols, self._bid_asks)

    # Portfolios

    def GetMyPortfolioData(self, portfolio: str, mode: int) -> Any:
        """Answer orders, trades and closed positions: `mode` 1 active, 2 all."""
        return data(self._api.GetMyPortfolioData(self._token, mode, portfolio))

    def GetPortfolioList(self) -> Any:
        """Answer the portfolios of the token."""
        return data(self._api.GetPortfolioList(self._token))

    def ListenPortfolio(self, portfolios: Names) -> dict[str, Envelope]:
        """Subscribe to portfolios; answer the envelope of each, refusals too."""
        return self._listen(self._api.ListenPortfolio, portfolios, self._portfolios)

    def CancelPortfolio(self, portfolios: Names | None = None) -> dict[str, Envelope]:
        """End subscriptions to portfolios; None means all in `listening_portfolios`."""
        return self._cancel(self._api.CancelPortfolio, portfolios, self._portfolios)

    def SetPortfolio(self) -> Any:
        """Answer money and margin of the portfolios subscribed to."""
        return data(self._api.SetPortfolio(self._token))

    def UpdatePosition(self) -> Any:
        """Answer the positions of the portfolios subscribed to."""
        return data(self._api.UpdatePosition(self._token))

    def UpdateOrder(self) -> Any:
        """Answer the changes of own orders since the previous such call."""
        return data(self._api.UpdateOrder(self._token))

    def AddTrade(self) -> Any:
        """Answer own trades since the previous such call."""
        return data(self._api.AddTrade(self._token))

    # Orders

    def PlaceOrder(
        self,
        portfolio: str,
        symbol: str,
        action: int,
        type_: int,
        validity: int,
        price: float,
        amount: float,
        stop: float,
        cookie: float,
    ) -> Any:
        """Place an order; parameters as in `Api.PlaceOrder`."""
        return data(
            self._api.PlaceOrder(
                self._token,
                portfolio=portfolio,
                symbol=symbol,
                action=action,
                type_=type_,
                validity=validity,
                price=price,
                amount=amount,
                stop=stop,
                cookie=cookie,
            )
        )

    def MoveOrder(
        self, portfolio: str, symbol: str, orderid: str | int, targetprice: str | float
    ) -> Any:
        """Move an order to another limit price, or a plain stop order to another stop price."""
        return data(
            self._api.MoveOrder(
                self._token, portfolio, symbol, orderid=orderid, targetprice=targetprice
            )
        )

    def CancelOrder(self, portfolio: str, symbol: str, orderid: str | int) -> Any:
        """Cancel an order."""
        return data(self._api.CancelOrder(self._token, portfolio, symbol, orderid))

    # Subscriptions: `names` is the list that grows and shrinks

    def _listen(
        self, call: Callable[[str, str], Response], wanted: Names, names: list[str]
    ) -> dict[str, Envelope]:
        envelopes = {}
        for name in _listed(wanted):
            envelopes[name] = envelope = parsed(call(self._token, name))
            if succeeded(envelope) and name not in names:
                names.append(name)
        return envelopes

    def _cancel(
        self, call: Callable[[str, str], Response], wanted: Names | None, names: list[str]
    ) -> dict[str, Envelope]:
        envelopes = {}
        for name in _listed(names if wanted is None else wanted):
            envelopes[name] = envelope = parsed(call(self._token, name))
            if succeeded(envelope) and name in names:
                names.remove(name)
        return envelopes


def _listed(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _copied(names: object) -> list[str]:
    if not isinstance(names, list):
        raise ValueError(f"expected a list of names, got {type(names).__name__}")
    return names.copy()
