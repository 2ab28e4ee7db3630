"""`Api` against the user's document: signatures, one POST each, the exact body, the bare answer."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from CHP_api.CHP_lowlevel_api import Api
from tests.support.recording_server import Answer, RecordingServer

T: dict[str, Any] = {"token": "user_token"}
LOGIN: dict[str, Any] = {"login": "user_login", "password": "user_password", **T}
SYMBOL: dict[str, Any] = {**T, "symbol": "GAZP"}
PORTFOLIO: dict[str, Any] = {**T, "portfolio": "ST123456-MO-01"}
SINCE = "2020-10-10T10:10:10.000"


class Call(NamedTuple):
    """One call of the document."""

    parameters: str
    """As text, with defaults."""
    arguments: tuple[Any, ...]
    """In the order of the parameters."""
    urn: str
    body: dict[str, Any]
    """What goes over the wire for these arguments."""


def _of_token(urn: str) -> Call:
    return Call("token", ("user_token",), urn, T)


def _of_symbol(urn: str) -> Call:
    return Call("token symbol", ("user_token", "GAZP"), urn, SYMBOL)


def _of_portfolio(urn: str) -> Call:
    return Call("token portfolio", ("user_token", "ST123456-MO-01"), urn, PORTFOLIO)


CALLS: dict[str, Call] = {
    "Connected": Call(
        "login password token mode=0",
        ("user_login", "user_password", "user_token", 1),
        "Auth/Connected",
        {**LOGIN, "mode": 1},
    ),
    "Reconnection": Call(
        "login password token mode=0",
        ("user_login", "user_password", "user_token", 1),
        "Auth/Reconnection",
        {**LOGIN, "mode": 1},
    ),
    "Disconnected": Call(
        "login password token",
        ("user_login", "user_password", "user_token"),
        "Auth/Disconnected",
        LOGIN,
    ),
    "GetBars": Call(
        "token since interval symbol count",
        ("user_token", SINCE, 6, "GAZP", 10),
        "Instruments/GetBars",
        {**SYMBOL, "since": SINCE, "interval": 6, "count": 10},
    ),
    "GetSymbols": _of_token("Instruments/GetSymbols"),
    "GetTrades": Call(
        "token since symbol count",
        ("user_token", SINCE, "GAZP", -10),
        "Instruments/GetTrades",
        {**SYMBOL, "from": SINCE, "count": -10},
    ),
    "ListenQuotes": _of_symbol("Instruments/ListenQuotes"),
    "UpdateQuote": _of_token("Instruments/UpdateQuote"),
    "CancelQuotes": _of_symbol("Instruments/CancelQuotes"),
    "ListenTicks": _of_symbol("Instruments/ListenTicks"),
    "AddTick": _of_token("Instruments/AddTick"),
    "CancelTicks": _of_symbol("Instruments/CancelTicks"),
    "ListenBidAsks": _of_symbol("Instruments/ListenBidAsks"),
    "UpdateBidAsk": _of_token("Instruments/UpdateBidAsk"),
    "CancelBidAsks": _of_symbol("Instruments/CancelBidAsks"),
    "GetMyPortfolioData": Call(
        "token mode portfolio",
        ("user_token", 2, "ST123456-MO-01"),
        "HistoricalData/GetMyPortfolioData",
        {**PORTFOLIO, "mode": 2},
    ),
    "GetPortfolioList": _of_token("AccountInformation/GetPortfolioList"),
    "ListenPortfolio": _of_portfolio("AccountInformation/ListenPortfolio"),
    "CancelPortfolio": _of_portfolio("AccountInformation/CancelPortfolio"),
    "SetPortfolio": _of_token("AccountInformation/SetPortfolio"),
    "UpdatePosition": _of_token("AccountInformation/UpdatePosition"),
    "UpdateOrder": _of_token("AccountInformation/UpdateOrder"),
    "AddTrade": _of_token("AccountInformation/AddTrade"),
    "PlaceOrder": Call(
        "token portfolio symbol action type_ validity price amount stop cookie",
        ("user_token", "ST123456-MO-01", "GAZP", 2, 1, 1, 12.2, 30, 0.1, 12),
        "Order/Place",
        {
            **PORTFOLIO,
            "symbol": "GAZP",
            "action": 2,
            "type": 1,
            "validity": 1,
            "price": 12.2,
            "amount": 30,
            "stop": 0.1,
            "cookie": 12,
        },
    ),
    "MoveOrder": Call(
        "token portfolio symbol=<not given> irderid=<not given> targetprice=<not given>"
        " orderid=<not given>",
        ("user_token", "ST123456-MO-01", "GAZP", "17", "12.3"),
        "Order/Move",
        {**PORTFOLIO, "symbol": "GAZP", "orderid": "17", "targetprice": "12.3"},
    ),
    "CancelOrder": Call(
        "token portfolio symbol orderid",
        ("user_token", "ST123456-MO-01", "GAZP", "17"),
        "Order/Cancel",
        {**PORTFOLIO, "symbol": "GAZP", "orderid": "17"},
    ),
}


@pytest.fixture
def api(server: RecordingServer) -> Api:
    return Api("127.0.0.1", server.port)


def _parameters(function: Callable[..., Any]) -> str:
    """Answer the parameters as text, without the first one and the annotations."""
    given = list(inspect.signature(function).parameters.values())[1:]
    assert all(p.kind is p.POSITIONAL_OR_KEYWORD for p in given if p.name != "timeout")
    return " ".join(str(p.replace(annotation=p.empty)) for p in given)


def test_constructor_has_the_parameters_of_the_document() -> None:
    assert _parameters(Api.__init__) == "host port=5001 ssh=False timeout=(5.0, 30.0)"


@pytest.mark.parametrize("name", CALLS)
def test_call_has_the_parameters_of_the_document(name: str) -> None:
    assert _parameters(getattr(Api, name)) == CALLS[name].parameters


def test_there_are_no_other_calls() -> None:
    assert {name for name in vars(Api) if name[0].isupper()} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_call_makes_one_post_of_its_parameters(
    name: str, api: Api, server: RecordingServer
) -> None:
    call = CALLS[name]
    getattr(api, name)(*call.arguments)
    assert server.calls == [(call.urn, call.body)]
    assert server.recorded[0].method == "POST"
    assert server.recorded[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ["Connected", "Reconnection"])
def test_mode_defaults_to_demo(name: str, api: Api, server: RecordingServer) -> None:
    getattr(api, name)(**LOGIN)
    assert server.recorded[0].json["mode"] == 0


def test_constructor_sends_nothing(server: RecordingServer) -> None:
    Api(host="127.0.0.1", port=str(server.port))
    with requests.post(f"http://127.0.0.1:{server.port}/after", json={}, timeout=10):
        assert [(r.target, r.connection) for r in server.recorded] == [("/after", 0)]


def test_port_may_be_text(server: RecordingServer) -> None:
    Api("127.0.0.1", str(server.port)).GetSymbols("user_token")
    assert server.calls == [("Instruments/GetSymbols", T)]


def test_port_defaults_to_5001_and_ipv6_hosts_get_brackets() -> None:
    with pytest.raises(requests.exceptions.InvalidJSONError) as caught:
        Api("::1").GetBars("user_token", SINCE, 6, "GAZP", float("nan"))  # type: ignore[arg-type]
    assert caught.value.request is not None
    assert caught.value.request.url == "http://[::1]:5001/Instruments/GetBars"


def test_response_is_the_untouched_response_of_requests(api: Api, server: RecordingServer) -> None:
    body = '{"method": "GetSymbols",\n "result": false, "reason": "Ошибка"}'.encode()
    server.answer = lambda request: Answer(body, 503, {"Retry-After": "7"})
    response = api.GetSymbols("user_token")
    assert type(response) is requests.Response
    assert (response.status_code, response.content, response.ok) == (503, body, False)
    assert response.headers["Retry-After"] == "7"
    assert response.json()["reason"] == "Ошибка"
    assert response.history == []
    assert response.elapsed.total_seconds() > 0
    assert response.request.method == "POST"
    assert response.url == f"http://127.0.0.1:{server.port}/Instruments/GetSymbols"


def test_request_looks_like_that_of_requests_post(api: Api, server: RecordingServer) -> None:
    body = {**T, "symbol": "ГАЗП"}
    url = f"http://127.0.0.1:{server.port}/Instruments/ListenQuotes"
    requests.post(url, json=body, timeout=10)
    api.ListenQuotes(**body)
    theirs, ours = server.recorded
    assert (ours.target, ours.headers, ours.body) == (theirs.target, theirs.headers, theirs.body)


def test_login_of_the_netrc_file_is_sent_as_requests_does(
    api: Api, server: RecordingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    requests.post(f"http://127.0.0.1:{server.port}/", json=T, timeout=10)
    api.GetSymbols("user_token")
    theirs, ours = server.recorded
    assert ours.headers["authorization"] == theirs.headers["authorization"]


@pytest.mark.parametrize("spelling", ["irderid", "orderid"])
def test_move_order_takes_both_spellings_and_sends_orderid(
    spelling: str, api: Api, server: RecordingServer
) -> None:
    api.MoveOrder(**PORTFOLIO, symbol="GAZP", targetprice=12.5, **{spelling: "17"})
    assert server.calls == [
        ("Order/Move", {**PORTFOLIO, "symbol": "GAZP", "orderid": "17", "targetprice": 12.5})
    ]


def test_move_order_sends_only_what_is_given(api: Api, server: RecordingServer) -> None:
    api.MoveOrder(**PORTFOLIO)
    api.MoveOrder(**PORTFOLIO, symbol=None, orderid=0)  # type: ignore[arg-type]
    assert server.calls == [
        ("Order/Move", PORTFOLIO),
        ("Order/Move", {**PORTFOLIO, "symbol": None, "orderid": 0}),
    ]


@pytest.mark.parametrize("value", ["17", None])
def test_move_order_with_both_spellings_is_a_type_error(
    value: Any, api: Api, server: RecordingServer
) -> None:
    with pytest.raises(TypeError, match="irderid or orderid"):
        api.MoveOrder(**PORTFOLIO, symbol="GAZP", irderid=value, orderid=value, targetprice=1)
    assert server.recorded == []


def test_with_block_closes_connections_and_api_stays_usable(server: RecordingServer) -> None:
    with Api("127.0.0.1", server.port) as api:
        api.GetSymbols("user_token")
    server.wait_for_closed(1)
    api.GetSymbols("user_token")
    assert server.connections == [0, 1]


def test_answers_do_not_mix_between_methods(api: Api, server: RecordingServer) -> None:
    server.answer = lambda request: Answer(json.dumps(request.target).encode())
    assert api.GetSymbols("user_token").json() == "/Instruments/GetSymbols"
    assert api.AddTick("user_token").json() == "/Instruments/AddTick"
