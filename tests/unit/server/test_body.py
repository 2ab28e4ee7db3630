"""Bodies: whole, in parts, too large, broken off."""

import asyncio
from typing import Any

import pytest

from chp.server.body import (
    BODY_LIMIT_BYTES,
    DROP_LIMIT_BYTES,
    BodyTooLarge,
    CallerGone,
    Receive,
    read_body,
)


class Messages:
    """The ASGI messages of one request, given out one by one."""

    def __init__(self, *parts: bytes, ends: bool = True) -> None:
        """Parts of a body; a body that does not end ends in a lost connection."""
        self.waiting: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": not ends or at + 1 < len(parts)}
            for at, part in enumerate(parts)
        ]
        if not ends:
            self.waiting.append({"type": "http.disconnect"})
        self.given = 0

    async def __call__(self) -> dict[str, Any]:
        """The next one."""
        self.given += 1
        return self.waiting.pop(0)


def read(receive: Receive) -> bytes:
    return asyncio.run(read_body(receive))


@pytest.mark.parametrize("parts", [(b"{}",), (b"",), (b"{", b"}"), (b"a", b"", b"bc")])
def test_body_is_put_together(parts: tuple[bytes, ...]) -> None:
    assert read(Messages(*parts)) == b"".join(parts)


@pytest.mark.parametrize("cuts", [1, 2, 7])
def test_body_at_the_limit_is_taken_and_a_byte_more_is_not(cuts: int) -> None:
    at_limit = b"x" * BODY_LIMIT_BYTES
    size = -(-len(at_limit) // cuts)
    parts = [at_limit[i : i + size] for i in range(0, len(at_limit), size)]
    assert read(Messages(*parts)) == at_limit
    with pytest.raises(BodyTooLarge):
        read(Messages(*parts, b"x"))


def test_large_body_is_dropped_to_its_end_within_a_mebibyte() -> None:
    messages = Messages(*[b"x" * 65_536] * 10)
    with pytest.raises(BodyTooLarge):
        read(messages)
    assert messages.waiting == []


def test_endless_body_is_not_read_for_ever() -> None:
    messages = Messages(*[b"x" * 65_536] * 1_000)
    with pytest.raises(BodyTooLarge):
        read(messages)
    assert messages.given == DROP_LIMIT_BYTES // 65_536 + 1


@pytest.mark.parametrize("parts", [(), (b"{",), (b"{", b'"')])
def test_caller_that_goes_away_is_noticed(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(CallerGone):
        read(Messages(*parts, ends=False))
