"""Answers as HTTP."""

import asyncio
from typing import Any

import pytest

from chp.server.response import Response

ALWAYS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


@pytest.mark.parametrize(
    ("response", "more"),
    [
        (Response(200, b"{}"), [(b"content-length", b"2")]),
        (
            Response(503, b"{}", retry_after_s=3),
            [(b"content-length", b"2"), (b"retry-after", b"3")],
        ),
        (Response(405, b"", allow="POST"), [(b"content-length", b"0"), (b"allow", b"POST")]),
        (Response(413, b"{}", closes=True), [(b"content-length", b"2"), (b"connection", b"close")]),
    ],
)
def test_headers_say_what_the_answer_is(
    response: Response, more: list[tuple[bytes, bytes]]
) -> None:
    assert response.headers() == ALWAYS + more


def test_answer_is_sent_as_a_start_and_one_body() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    response = Response(401, b'{"result":false}')
    asyncio.run(response.send(send))
    assert sent == [
        {"type": "http.response.start", "status": 401, "headers": response.headers()},
        {"type": "http.response.body", "body": b'{"result":false}'},
    ]


def test_raw_answer_is_whole_http() -> None:
    assert Response(408, b"{}", closes=True).raw() == (
        b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\n"
        b"cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: 2\r\n"
        b"connection: close\r\n\r\n{}"
    )
