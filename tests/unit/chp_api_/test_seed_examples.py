"""The user's document, executed as it stands against a server that records."""

from typing import Any

from tests.support.recording_server import RecordingServer
from tests.unit.chp_api_.seed_examples import CALLS, CONSTRUCTOR

T: dict[str, Any] = {"token": "user_token"}
LOGIN: dict[str, Any] = {"login": "user_login", "password": "user_password", **T}
GAZP: dict[str, Any] = {**T, "symbol": "GAZP"}
PORTFOLIO: dict[str, Any] = {**T, "portfolio": "ST123456-MO-01"}
SINCE = "2020-10-10T10:10:10.000"

EXPECTED = [
    ("Auth/Connected", {**LOGIN, "mode": 0}),
    ("Auth/Reconnection", {**LOGIN, "mode": 0}),
    ("Auth/Disconnected", LOGIN),
    ("Instruments/GetBars", {**GAZP, "since": SINCE, "interval": 6, "count": 10}),
    ("Instruments/GetSymbols", T),
    ("HistoricalData/GetMyPortfolioData", {**PORTFOLIO, "mode": 2}),
    ("AccountInformation/GetPortfolioList", T),
    ("Instruments/GetTrades", {**GAZP, "from": SINCE, "count": 10}),
    ("Instruments/ListenQuotes", GAZP),
    ("Instruments/UpdateQuote", T),
    ("Instruments/CancelQuotes", GAZP),
    ("Instruments/ListenTicks", GAZP),
    ("Instruments/AddTick", T),
    ("Instruments/CancelTicks", GAZP),
    ("Instruments/ListenBidAsks", GAZP),
    ("Instruments/UpdateBidAsk", T),
    ("Instruments/CancelBidAsks", GAZP),
    ("AccountInformation/ListenPortfolio", PORTFOLIO),
    (
        "Order/Place",
        {
            **PORTFOLIO,
            "symbol": "GAZP",
            "action": 2,
            "type": 1,
            "price": 12.2,
            "amount": 30,
            "validity": 1,
            "stop": 0.1,
            "cookie": 12,
        },
    ),
    ("Order/Move", PORTFOLIO),
]


def _run(server: RecordingServer) -> None:
    constructor = CONSTRUCTOR.replace("server_host", "127.0.0.1")
    constructor = constructor.replace("server_port", str(server.port))
    names: dict[str, Any] = {}
    for block in (constructor, *CALLS):
        exec(block, names)


def test_document_runs_to_the_letter_and_a_second_time(server: RecordingServer) -> None:
    _run(server)
    assert server.calls == EXPECTED
    _run(server)
    assert server.calls == EXPECTED * 2


def test_document_runs_over_one_connection(server: RecordingServer) -> None:
    _run(server)
    assert set(server.connections) == {0}
