"""The URNs of wire.md section 4, row by row."""

from chp.wire.rest.urns import URNS

SAME_NAME = {
    "Auth": "Connected Reconnection Disconnected",
    "Instruments": "GetSymbols GetBars GetTrades ListenQuotes CancelQuotes ListenTicks CancelTicks"
    " ListenBidAsks CancelBidAsks UpdateQuote AddTick UpdateBidAsk GetTime",
    "HistoricalData": "GetMyPortfolioData",
    "AccountInformation": "GetPortfolioList ListenPortfolio CancelPortfolio SetPortfolio"
    " UpdatePosition UpdateOrder AddTrade",
}
ORDERS = {
    "PlaceOrder": "Order/Place",
    "MoveOrder": "Order/Move",
    "CancelOrder": "Order/Cancel",
    "CancelAll": "Order/CancelAll",
    "GetOrder": "Order/Get",
}


def test_urns_are_those_of_the_document() -> None:
    expected = {
        name: f"{group}/{name}" for group, names in SAME_NAME.items() for name in names.split()
    }
    assert dict(URNS) == {**expected, **ORDERS}
