"""Who may call what: every operation needs a token, and what needs none is listed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from chp.server.pages import PAGES
from chp.wire.rest.operations import OPERATIONS
from tests.support.gateway_rig import TRADER, GatewayRig, live
from tests.unit.server.test_app import LOGIN, ORDER, TIME

PUBLIC = {"/healthz", "/readyz", "/openapi.json"}
"""What anybody may read. A page or a call that is added here must hold nothing of anybody's."""


def test_public_routes_are_the_pages() -> None:
    assert set(PAGES) == PUBLIC


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "token_missing")),
        ({"token": ""}, (400, "token_missing")),
        ({"token": None}, (400, "token_missing")),
        ({"token": [TRADER]}, (400, "token_missing")),
        ({"token": "nobody's"}, (401, "token_unknown")),
        ({"key": TRADER}, (400, "token_missing")),
    ],
)
def test_every_operation_is_refused_without_a_token(
    tmp_path: Path, body: dict[str, object], expected: tuple[int, str]
) -> None:
    async def tell(rig: GatewayRig) -> None:
        for operation in OPERATIONS:
            answer = await rig.post(operation.urn, {**body, **LOGIN, **ORDER, "orderid": "1"})
            assert answer.told == expected, operation.method
            assert answer.envelope["method"] == operation.method
        assert rig.runner.board.sessions == {}

    live(tmp_path, tell)


def test_no_token_is_taken_from_anywhere_but_the_body(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        headers = {
            "authorization": f"Bearer {TRADER}",
            "token": TRADER,
            "cookie": f"token={TRADER}",
        }
        answer = await rig.post(TIME, {}, headers=headers)
        assert answer.told == (400, "token_missing")

    live(tmp_path, tell)


def test_every_path_but_operations_and_pages_is_unknown(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        for path in ("/", "//healthz", "/healthz/", "/Order", "/docs", "/metrics", "/openapi"):
            for method in ("GET", "HEAD", "POST"):
                assert (await rig.get(path, method)).told == (404, "unknown_urn"), path

    live(tmp_path, tell)
