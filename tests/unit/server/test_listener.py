"""The listening socket, and connections that break their limits, over real sockets."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chp.errors import UsageError
from chp.server.body import Receive, read_body
from chp.server.connection import HEAD_LIMIT_BYTES
from chp.server.listener import Listener, bind, is_loopback
from chp.server.response import Response, Send

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(_scope: Any, receive: Receive, send: Send) -> None:
    """Answers the length of the body."""
    await Response(200, b"%d" % len(await read_body(receive))).send(send)


def talk(conversation: Talk, *, connections_max: int = 10, request_timeout_s: float = 30.0) -> None:
    """Runs one conversation against a listener of its own."""

    async def run() -> None:
        listening = bind("127.0.0.1", 0)
        listener = Listener(
            echo, connections_max=connections_max, request_timeout_s=request_timeout_s
        )
        serving = asyncio.create_task(listener.serve(sockets=[listening]))
        reader, writer = await connect(listening)
        try:
            await conversation(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()
            listener.should_exit = True
            await serving

    asyncio.run(run())


async def connect(listening: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    (length,) = [
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    return int(head.split()[1]), await reader.readexactly(length)


async def read_fault(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Status and code of an answer that ends the connection."""
    status, body = await read_answer(reader)
    envelope = json.loads(body)
    assert envelope["result"] is False
    assert envelope["data"] == []
    assert await reader.read() == b"", "the connection must end"
    return status, envelope["code"]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /Order/Place HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET " + b"/" * HEAD_LIMIT_BYTES + b" HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"a" * HEAD_LIMIT_BYTES,
        b"CONNECT other:80 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["words", "version", "length", "long path", "long header", "connect", "tls hello"],
)
def test_broken_http_gets_the_envelope(sent: bytes) -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert await read_fault(reader) == (400, "malformed_http")

    talk(conversation)


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"],
    ids=["nothing", "half a head", "half a body"],
)
def test_slow_sender_is_told_and_ended(sent: bytes) -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert await read_fault(reader) == (408, "timeout")

    talk(conversation, request_timeout_s=0.05)


def test_request_that_is_whole_is_never_late() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for size in (0, 3, 60_000):
            head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
            writer.write(head + b"x" * size)
            assert await read_answer(reader) == (200, b"%d" % size)

    talk(conversation)


def test_connection_over_the_limit_is_told_so() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert await read_answer(reader) == (200, b"0")
        host, port = writer.get_extra_info("peername")
        second_reader, second = await asyncio.open_connection(host, port)
        second.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
        assert await read_fault(second_reader) == (503, "too_many_connections")
        second.close()
        await second.wait_closed()
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
        assert await read_answer(reader) == (200, b"1")

    talk(conversation, connections_max=1)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"".join(
                b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * size)
                for size in (1, 2, 3)
            )
        )
        answers = [await read_answer(reader) for _ in range(3)]
        assert answers == [(200, b"1"), (200, b"2"), (200, b"3")]

    talk(conversation)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with taken_port() as port, pytest.raises(UsageError) as raised:
        bind("127.0.0.1", port)
    assert f"port {port}" in raised.value.detail
    assert "--port" in raised.value.detail


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
from chp.server.listener import allow_files
allow_files({count})
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "count", "allowed", "warning"),
    [
        (100, 500, 300, 300, ""),
        (400, 500, 300, 400, ""),
        (100, 200, 300, 200, "allows 200 open files, all connections need 300"),
    ],
    ids=["raised", "enough", "as far as it goes"],
)
def test_process_may_open_as_many_files_as_its_connections_need(
    soft: int, hard: int, count: int, allowed: int, warning: str
) -> None:
    code = LIMITED.format(soft=soft, hard=hard, count=count)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{allowed}\n"
    assert warning in done.stderr
    assert bool(warning) is bool(done.stderr)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.5.5.5", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("example.org", False),
    ],
)
def test_loopback_is_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
