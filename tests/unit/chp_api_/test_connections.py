"""Kept connections: what is reused, what is not, and that nothing is ever sent twice."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest
import requests

from CHP_api._connections import KEPT_IDLE_S, Connections, Timeout
from CHP_api.CHP_lowlevel_api import Api
from tests.support.recording_server import WAIT_S, Answer, Recorded, RecordingServer

SOURCE = Path(__file__).parents[3] / "src"


class HandClock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _connections(
    server: RecordingServer, timeout: Timeout = 10.0, clock: Callable[[], float] | None = None
) -> Connections:
    root = f"http://127.0.0.1:{server.port}/"
    return Connections(root, timeout, clock=clock or HandClock())


# Reuse


def test_many_calls_share_one_connection(server: RecordingServer) -> None:
    connections = _connections(server)
    for _ in range(20):
        connections.post("a", {})
    assert server.connections == [0] * 20


def test_call_works_and_is_sent_once_after_the_server_hung_up(server: RecordingServer) -> None:
    server.answer = lambda request: Answer(hangs_up=True)
    connections = _connections(server)
    for number in range(3):
        connections.post("a", {"number": number})
        server.wait_for_closed(number + 1)
    assert server.calls == [("a", {"number": 0}), ("a", {"number": 1}), ("a", {"number": 2})]
    assert server.connections == [0, 1, 2]


@pytest.mark.parametrize(
    ("rest_s", "expected"), [(KEPT_IDLE_S, [0, 0]), (KEPT_IDLE_S + 0.001, [0, 1])]
)
def test_connection_that_rested_too_long_is_closed_and_not_reused(
    rest_s: float, expected: list[int], server: RecordingServer
) -> None:
    clock = HandClock()
    connections = _connections(server, clock=clock)
    connections.post("a", {})
    clock.now += rest_s
    connections.post("a", {})
    assert server.connections == expected
    server.wait_for_closed(expected[-1])


def test_request_lost_on_the_way_is_an_error_and_not_repeated(server: RecordingServer) -> None:
    def hang_up_without_an_answer(request: Recorded) -> Answer:
        raise ConnectionAbortedError

    connections = _connections(server)
    connections.post("a", {})
    server.answer = hang_up_without_an_answer
    with pytest.raises(requests.exceptions.ConnectionError):
        connections.post("order", {"cookie": 1})
    server.answer = lambda request: Answer()
    connections.post("after", {})
    assert [urn for urn, _ in server.calls] == ["a", "order", "after"]
    assert server.connections == [0, 0, 1]


def test_close_during_a_call_closes_its_connection_afterwards(server: RecordingServer) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def hold(request: Recorded) -> Answer:
        arrived.set()
        assert go_on.wait(WAIT_S)
        return Answer()

    server.answer = hold
    connections = _connections(server)
    call = threading.Thread(target=connections.post, args=("a", {}))
    call.start()
    assert arrived.wait(WAIT_S)
    connections.close()
    go_on.set()
    call.join(WAIT_S)
    server.wait_for_closed(1)
    connections.post("a", {})
    assert server.connections == [0, 1]


def test_connection_is_not_used_again_after_an_error(server: RecordingServer) -> None:
    connections = _connections(server)
    connections.post("a", {})
    with pytest.raises(requests.exceptions.InvalidJSONError):
        connections.post("a", {"price": float("nan")})
    server.wait_for_closed(1)
    connections.post("a", {})
    assert server.connections == [0, 1]


def test_no_cookie_is_kept_between_calls(server: RecordingServer) -> None:
    connections = _connections(server)
    server.answer = lambda request: Answer(headers={"Set-Cookie": "who=me; Path=/"})
    assert connections.post("a", {}).cookies["who"] == "me"
    server.answer = lambda request: (
        Answer(status=308, headers={"Location": "/c"}) if request.target == "/b" else Answer()
    )
    connections.post("b", {})
    assert [request.target for request in server.recorded] == ["/a", "/b", "/c"]
    assert not any("cookie" in request.headers for request in server.recorded)


# Threads and processes


def test_threads_that_call_at_once_get_a_connection_each_and_their_own_answers(
    server: RecordingServer,
) -> None:
    together = threading.Barrier(8)

    def echo(request: Recorded) -> Answer:
        together.wait(WAIT_S)
        return Answer(request.body)

    server.answer = echo
    connections = _connections(server)
    answered: dict[int, list[int]] = {}

    def robot(number: int) -> None:
        answers = [connections.post("a", {"n": number + i}).json()["n"] for i in range(0, 500, 100)]
        answered[number] = answers

    threads = [threading.Thread(target=robot, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert answered == {n: [n, n + 100, n + 200, n + 300, n + 400] for n in range(8)}
    assert set(server.connections) == set(range(8))


def test_threads_one_after_another_share_a_connection(server: RecordingServer) -> None:
    connections = _connections(server)
    for _ in range(5):
        thread = threading.Thread(target=connections.post, args=("a", {}))
        thread.start()
        thread.join(WAIT_S)
    assert server.connections == [0] * 5


FORKING_ROBOT = """
import os, sys
from CHP_api.CHP_lowlevel_api import Api
api = Api("127.0.0.1", sys.argv[1])
api.ListenQuotes("parent", "first")
child = os.fork()
if child == 0:
    api.ListenQuotes("child", "first")
    api.ListenQuotes("child", "second")
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
api.ListenQuotes("parent", "second")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_child_leaves_the_connection_to_its_parent(server: RecordingServer) -> None:
    subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING_ROBOT, str(server.port)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=True,
        timeout=60,
    )
    sent = [(r.json["token"], r.json["symbol"], r.connection) for r in server.recorded]
    assert sent == [
        ("parent", "first", 0),
        ("child", "first", 1),
        ("child", "second", 1),
        ("parent", "second", 0),
    ]


# Time-outs and refused connections


@pytest.mark.parametrize("timeout", [(5.0, 0.05), 0.05])
def test_silent_server_is_a_read_timeout_and_the_call_is_sent_once(
    timeout: Timeout, server: RecordingServer
) -> None:
    go_on = threading.Event()

    def hold(request: Recorded) -> Answer:
        assert go_on.wait(WAIT_S)
        return Answer(b'{"late": true}')

    server.answer = hold
    api = Api("127.0.0.1", server.port, timeout=timeout)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api.GetSymbols("user_token")
    server.answer = lambda request: Answer(b'{"late": false}')
    go_on.set()
    patient = Api("127.0.0.1", server.port, timeout=None)
    assert patient.GetSymbols("user_token").json() == {"late": False}
    assert len(server.recorded) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops calls to a full queue")
def test_host_that_does_not_answer_is_a_connect_timeout() -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        api = Api("127.0.0.1", listener.getsockname()[1], timeout=(0.05, 30.0))
        with pytest.raises(requests.exceptions.ConnectTimeout):
            api.GetSymbols("user_token")


def test_closed_port_is_a_connection_error() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(requests.exceptions.ConnectionError):
            Api("127.0.0.1", held.getsockname()[1]).GetSymbols("user_token")


def test_host_that_is_none_fails_at_the_call_not_in_the_constructor() -> None:
    api = Api("", 5001)
    with pytest.raises(requests.exceptions.InvalidURL):
        api.GetSymbols("user_token")


# Redirects


def test_redirect_within_the_gateway_is_followed(server: RecordingServer) -> None:
    def moved(request: Recorded) -> Answer:
        if request.target == "/a":
            return Answer(status=308, headers={"Location": "/b"})
        return Answer(b'{"arrived": true}')

    server.answer = moved
    response = _connections(server).post("a", {"token": "secret"})
    assert (response.json(), len(response.history)) == ({"arrived": True}, 1)
    assert server.calls == [("a", {"token": "secret"}), ("b", {"token": "secret"})]


@pytest.mark.parametrize("status", [302, 307, 308])
def test_redirect_to_elsewhere_is_answered_not_followed(
    status: int, server: RecordingServer
) -> None:
    with RecordingServer() as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/a"
        server.answer = lambda request: Answer(status=status, headers={"Location": location})
        response = _connections(server).post("a", {"token": "secret"})
        assert (response.status_code, response.headers["Location"]) == (status, location)
        assert elsewhere.recorded == []


# The environment


def test_proxy_of_the_environment_is_used(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    api = Api("gateway.invalid", 5001)
    for _ in range(2):
        assert api.GetSymbols("user_token").status_code == 200
    target = "http://gateway.invalid:5001/Instruments/GetSymbols"
    assert [r.target for r in server.recorded] == [target] * 2
    assert server.connections == [0, 0]


def test_no_proxy_of_the_environment_is_honoured(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RecordingServer() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        _connections(server).post("a", {})
        assert (len(server.recorded), proxy.recorded) == (1, [])


def test_environment_that_changes_is_seen_by_the_next_call(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = _connections(server)
    connections.post("a", {})
    with RecordingServer() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        connections.post("b", {})
        monkeypatch.delenv("http_proxy")
        connections.post("c", {})
        assert [r.target for r in proxy.recorded] == [f"http://127.0.0.1:{server.port}/b"]
    assert [r.target for r in server.recorded] == ["/a", "/c"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, made on the spot."""
    openssl = which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return certificate, key


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_ssh_speaks_https_and_the_environment_names_the_certificates(
    tls: ssl.SSLContext, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RecordingServer(tls=tls) as server:
        api = Api("127.0.0.1", server.port, ssh=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        for _ in range(2):
            assert api.GetSymbols("user_token").url.startswith("https://127.0.0.1:")
        assert server.connections == [0, 0]
        api.close()


def test_certificate_that_nobody_vouches_for_is_an_ssl_error(tls: ssl.SSLContext) -> None:
    with RecordingServer(tls=tls) as server:
        with pytest.raises(requests.exceptions.SSLError):
            Api("127.0.0.1", server.port, ssh=True).GetSymbols("user_token")
        assert server.recorded == []


def test_body_is_what_requests_would_send(server: RecordingServer) -> None:
    body = {"token": "ключ", "price": 163.92, "cookie": 2**53, "symbol": None}
    _connections(server).post("a", body)
    assert server.recorded[0].body == json.dumps(body).encode()
