"""The URN of every REST operation, by the operation's method name.

Not the table of operations: requests and replies are described elsewhere. Server, clients and
`CHP_api` take their paths from here, so that a path is written once. Source: wire.md, section 4.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

URNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Connected": "Auth/Connected",
        "Reconnection": "Auth/Reconnection",
        "Disconnected": "Auth/Disconnected",
        "GetSymbols": "Instruments/GetSymbols",
        "GetBars": "Instruments/GetBars",
        "GetTrades": "Instruments/GetTrades",
        "ListenQuotes": "Instruments/ListenQuotes",
        "UpdateQuote": "Instruments/UpdateQuote",
        "CancelQuotes": "Instruments/CancelQuotes",
        "ListenTicks": "Instruments/ListenTicks",
        "AddTick": "Instruments/AddTick",
        "CancelTicks": "Instruments/CancelTicks",
        "ListenBidAsks": "Instruments/ListenBidAsks",
        "UpdateBidAsk": "Instruments/UpdateBidAsk",
        "CancelBidAsks": "Instruments/CancelBidAsks",
        "GetMyPortfolioData": "HistoricalData/GetMyPortfolioData",
        "GetPortfolioList": "AccountInformation/GetPortfolioList",
        "ListenPortfolio": "AccountInformation/ListenPortfolio",
        "CancelPortfolio": "AccountInformation/CancelPortfolio",
        "SetPortfolio": "AccountInformation/SetPortfolio",
        "UpdatePosition": "AccountInformation/UpdatePosition",
        "UpdateOrder": "AccountInformation/UpdateOrder",
        "AddTrade": "AccountInformation/AddTrade",
        "PlaceOrder": "Order/Place",
        "MoveOrder": "Order/Move",
        "CancelOrder": "Order/Cancel",
        "CancelAll": "Order/CancelAll",
        "GetOrder": "Order/Get",
        "GetTime": "Instruments/GetTime",
    }
)
"""Method name to URN, without a leading slash; the method name is the envelope's `method`."""
