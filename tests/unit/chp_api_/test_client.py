"""`ChpClient` as robots know it: signatures, lists, data, and the texts of its errors."""

import inspect
from typing import Any

import pytest

from CHP_api import ApiConnectionError, ApiRequestException, ChpClient, ChpError
from CHP_api.CHPExceptions import ApiResponseNotJson
from tests.support.recording_server import Answer, RecordingServer

T: dict[str, Any] = {"token": "tok"}
LOGIN: dict[str, Any] = {"login": "log", "password": "pas", **T}
SINCE = "2020-10-10T10:10:10.000"
ORDER: dict[str, Any] = {
    "portfolio": "P1",
    "symbol": "GAZP",
    "action": 1,
    "type_": 2,
    "validity": 1,
    "price": 163.5,
    "amount": 10,
    "stop": 0,
    "cookie": 7,
}
OK = {"method": "Any", "result": True, "data": [{"row": 0}]}
REFUSED = {"method": "Any", "result": False, "reason": "Error #12", "data": []}

DATA_CALLS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    # method: arguments in the order of the parameters, URN, body
    "GetBars": (
        {"since": SINCE, "interval": 6, "symbol": "GAZP", "count": 10},
        "Instruments/GetBars",
        {**T, "since": SINCE, "interval": 6, "symbol": "GAZP", "count": 10},
    ),
    "GetSymbols": ({}, "Instruments/GetSymbols", T),
    "GetTrades": (
        {"since": SINCE, "symbol": "GAZP", "count": 10},
        "Instruments/GetTrades",
        {**T, "from": SINCE, "symbol": "GAZP", "count": 10},
    ),
    "UpdateQuote": ({}, "Instruments/UpdateQuote", T),
    "UpdateTicks": ({}, "Instruments/AddTick", T),
    "UpdateBidAsks": ({}, "Instruments/UpdateBidAsk", T),
    "GetMyPortfolioData": (
        {"portfolio": "P1", "mode": 2},
        "HistoricalData/GetMyPortfolioData",
        {**T, "portfolio": "P1", "mode": 2},
    ),
    "GetPortfolioList": ({}, "AccountInformation/GetPortfolioList", T),
    "UpdateOrder": ({}, "AccountInformation/UpdateOrder", T),
    "UpdatePosition": ({}, "AccountInformation/UpdatePosition", T),
    "AddTrade": ({}, "AccountInformation/AddTrade", T),
    "SetPortfolio": ({}, "AccountInformation/SetPortfolio", T),
    "PlaceOrder": (
        ORDER,
        "Order/Place",
        {**T, **{key.rstrip("_"): value for key, value in ORDER.items()}},
    ),
    "MoveOrder": (
        {"portfolio": "P1", "symbol": "GAZP", "orderid": "17", "targetprice": 12.5},
        "Order/Move",
        {**T, "portfolio": "P1", "symbol": "GAZP", "orderid": "17", "targetprice": 12.5},
    ),
    "CancelOrder": (
        {"portfolio": "P1", "symbol": "GAZP", "orderid": "17"},
        "Order/Cancel",
        {**T, "portfolio": "P1", "symbol": "GAZP", "orderid": "17"},
    ),
}
SUBSCRIPTIONS = [
    # subscribe, unsubscribe, list, group of URNs, parameter, body key
    ("ListenQuotes", "CancelQuotes", "listening_quotes", "Instruments", "symbols", "symbol"),
    ("ListenTicks", "CancelTicks", "listening_ticks", "Instruments", "symbols", "symbol"),
    ("ListenBidAsks", "CancelBidAsks", "listening_bid_ask", "Instruments", "symbols", "symbol"),
    (
        "ListenPortfolio",
        "CancelPortfolio",
        "listening_portfolios",
        "AccountInformation",
        "portfolios",
        "portfolio",
    ),
]
LISTS = [row[2] for row in SUBSCRIPTIONS]
AUTH = {"Connect": "Connected", "Reconnect": "Reconnection", "Disconnect": "Disconnected"}


@pytest.fixture
def client(server: RecordingServer) -> ChpClient:
    return ChpClient("127.0.0.1", server.port, "log", "pas", token="tok", mode=1)


# Signatures and properties


def test_constructor_takes_token_and_mode_by_keyword_only() -> None:
    parameters = list(inspect.signature(ChpClient).parameters.values())
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == ["host", "port", "login", "password"]
    keywords = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert keywords == {"token": inspect.Parameter.empty, "mode": 0, "timeout": (5.0, 30.0)}


def test_there_are_exactly_the_known_calls() -> None:
    methods = {n for n, v in vars(ChpClient).items() if n[0].isupper() and callable(v)}
    subscriptions = {name for row in SUBSCRIPTIONS for name in row[:2]}
    assert methods == {*DATA_CALLS, *subscriptions, *AUTH}


def test_read_only_properties_can_be_neither_assigned_nor_deleted(client: ChpClient) -> None:
    assert (client.Token, client.Login, client.Password, client.Mode) == ("tok", "log", "pas", 1)
    for name in ("Token", "Login", "Password", "Mode"):
        with pytest.raises(AttributeError):
            setattr(client, name, "other")
        with pytest.raises(AttributeError):
            delattr(client, name)


@pytest.mark.parametrize("name", LISTS)
def test_list_is_copied_in_and_out_and_emptied_by_del(name: str, client: ChpClient) -> None:
    given = ["GAZP", "SBER"]
    setattr(client, name, given)
    given.append("later")
    getattr(client, name).append("LKOH")
    assert getattr(client, name) == ["GAZP", "SBER"]
    delattr(client, name)
    assert getattr(client, name) == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("value", ["GAZP", ("GAZP",), None, {"GAZP"}])
def test_list_takes_only_a_list(name: str, value: object, client: ChpClient) -> None:
    setattr(client, name, ["SBER"])
    with pytest.raises(ValueError, match="expected a list"):
        setattr(client, name, value)
    assert getattr(client, name) == ["SBER"]


# Auth


@pytest.mark.parametrize("name", AUTH)
def test_auth_call_sends_the_login_and_answers_the_envelope(
    name: str, client: ChpClient, server: RecordingServer
) -> None:
    envelope = {"method": AUTH[name], "result": True, "data": [{"work": 0}], "time": "now"}
    server.answers([envelope])
    assert getattr(client, name)() == envelope
    mode = {} if name == "Disconnect" else {"mode": 1}
    assert server.calls == [(f"Auth/{AUTH[name]}", {**LOGIN, **mode})]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Connect", "Error #12"),
        ("Reconnect", "Error #12"),
        ("Disconnect", "Не удалось отключиться от сервера"),
    ],
)
def test_refused_auth_call_is_a_connection_error(
    name: str, text: str, client: ChpClient, server: RecordingServer
) -> None:
    server.answers([REFUSED])
    with pytest.raises(ApiConnectionError) as caught:
        getattr(client, name)()
    assert (str(caught.value), caught.value.resp_data) == (text, REFUSED)


@pytest.mark.parametrize("name", AUTH)
@pytest.mark.parametrize("answer", [{"data": []}, [], None, 5])
def test_auth_answer_without_result_is_a_connection_error(
    name: str, answer: object, client: ChpClient, server: RecordingServer
) -> None:
    server.answers([answer])
    with pytest.raises(ApiConnectionError) as caught:
        getattr(client, name)()
    assert str(caught.value) == "У ответа сервера нет поля result"
    assert caught.value.resp_data == answer


# Calls that answer data


@pytest.mark.parametrize("name", DATA_CALLS)
def test_call_takes_its_parameters_in_order_and_answers_data(
    name: str, client: ChpClient, server: RecordingServer
) -> None:
    arguments, urn, body = DATA_CALLS[name]
    server.answers([OK, OK])
    assert getattr(client, name)(**arguments) == [{"row": 0}]
    assert getattr(client, name)(*arguments.values()) == [{"row": 0}]
    assert server.calls == [(urn, body), (urn, body)]
    given = inspect.signature(getattr(ChpClient, name)).parameters
    assert [p.default for p in given.values()] == [inspect.Parameter.empty] * (1 + len(arguments))


@pytest.mark.parametrize("name", DATA_CALLS)
@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (REFUSED, "Error #12"),
        ({"result": False, "data": []}, "У ответа сервера нет поля reason"),
        ({"result": False, "reason": "Error #12"}, "У ответа сервера нет поля data"),
        ({"result": True}, "У ответа сервера нет поля data"),
        ({"data": []}, "У ответа сервера нет поля result"),
        ([], "У ответа сервера нет поля data"),
        ("data result", "У ответа сервера нет поля data"),
    ],
)
def test_refusal_or_missing_field_is_a_request_exception(
    name: str, answer: object, text: str, client: ChpClient, server: RecordingServer
) -> None:
    server.answers([answer])
    with pytest.raises(ApiRequestException) as caught:
        getattr(client, name)(**DATA_CALLS[name][0])
    assert (str(caught.value), caught.value.txt, caught.value.resp_data) == (text, text, answer)


def test_refusal_with_an_error_status_is_told_by_its_reason(
    client: ChpClient, server: RecordingServer
) -> None:
    body = b'{"result": false, "data": [], "reason": "Error #7"}'
    server.answer = lambda request: Answer(body, status=400)
    with pytest.raises(ApiRequestException, match=r"^Error #7$"):
        client.GetSymbols()


@pytest.mark.parametrize("name", ["Connect", "GetSymbols", "ListenQuotes", "CancelQuotes"])
def test_answer_that_is_no_json_is_told_with_its_text(
    name: str, client: ChpClient, server: RecordingServer
) -> None:
    server.answer = lambda request: Answer(b"<html>502</html>", 502)
    with pytest.raises(ApiResponseNotJson) as caught:
        getattr(client, name)(*(["GAZP"] if name.endswith("Quotes") else []))
    assert (str(caught.value), caught.value.resp_data) == ("Пришел не json", "<html>502</html>")
    assert isinstance(caught.value, ChpError)


# Subscriptions


@pytest.mark.parametrize(("listen", "cancel", "names", "group", "parameter", "key"), SUBSCRIPTIONS)
def test_subscription_takes_one_name_or_a_list_and_keeps_those_accepted(
    listen: str,
    cancel: str,
    names: str,
    group: str,
    parameter: str,
    key: str,
    client: ChpClient,
    server: RecordingServer,
) -> None:
    server.answers([OK, REFUSED, OK, OK])
    subscribe, unsubscribe = getattr(client, listen), getattr(client, cancel)
    assert subscribe(**{parameter: ["A", "B"]}) == {"A": OK, "B": REFUSED}
    assert subscribe("C") == {"C": OK}
    assert getattr(client, names) == ["A", "C"]
    assert unsubscribe("A") == {"A": OK}
    assert getattr(client, names) == ["C"]
    bodies = [(f"{group}/{listen}", {**T, key: name}) for name in "ABC"]
    assert server.calls == [*bodies, (f"{group}/{cancel}", {**T, key: "A"})]
    assert inspect.signature(unsubscribe).parameters[parameter].default is None


@pytest.mark.parametrize(("listen", "cancel", "names", "group", "parameter", "key"), SUBSCRIPTIONS)
def test_cancelling_nothing_named_cancels_the_whole_list(
    listen: str,
    cancel: str,
    names: str,
    group: str,
    parameter: str,
    key: str,
    client: ChpClient,
    server: RecordingServer,
) -> None:
    setattr(client, names, ["A", "B", "C"])
    server.answers([OK, REFUSED, OK])
    assert getattr(client, cancel)() == {"A": OK, "B": REFUSED, "C": OK}
    assert getattr(client, names) == ["B"]
    assert server.calls == [(f"{group}/{cancel}", {**T, key: name}) for name in "ABC"]


def test_cancelling_an_empty_list_cancels_nothing(
    client: ChpClient, server: RecordingServer
) -> None:
    client.listening_quotes = ["A"]
    assert client.CancelQuotes([]) == {}
    assert (client.listening_quotes, server.recorded) == (["A"], [])


def test_name_accepted_twice_is_listed_once(client: ChpClient, server: RecordingServer) -> None:
    server.answers([OK, OK, OK])
    client.ListenQuotes(["A", "A"])
    assert client.listening_quotes == ["A"]
    assert client.CancelQuotes("never listed") == {"never listed": OK}
    assert client.listening_quotes == ["A"]


@pytest.mark.parametrize("answer", [[], {}, None])
def test_answer_without_result_subscribes_nothing(
    answer: object, client: ChpClient, server: RecordingServer
) -> None:
    server.answers([answer])
    assert client.ListenTicks("A") == {"A": answer}
    assert client.listening_ticks == []


# Connections


def test_with_block_keeps_one_connection_and_closes_it(server: RecordingServer) -> None:
    with ChpClient("127.0.0.1", str(server.port), "log", "pas", token="tok") as client:
        client.GetSymbols()
        client.GetSymbols()
    server.wait_for_closed(1)
    assert server.connections == [0, 0]
