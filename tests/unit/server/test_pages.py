"""The pages that anybody may read, ready or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from chp.server.pages import PAGES
from chp.wire.rest.openapi import document
from tests.support.clock import run
from tests.support.gateway_rig import GatewayRig, live
from tests.unit.server.test_app import FOREIGN


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("is_ready", [False, True])
def test_pages_answer_ready_or_not(tmp_path: Path, method: str, is_ready: bool) -> None:
    async def lived() -> None:
        rig = GatewayRig(tmp_path)
        if is_ready:
            await rig.start()
        for path in PAGES:
            answer = await rig.get(path, method)
            is_told = path == "/readyz" and not is_ready
            assert answer.status == (503 if is_told else 200)
            assert answer.headers.get("retry-after") == ("1" if is_told else None)
            assert answer.headers["content-type"] == "application/json"
            assert answer.envelope
        await rig.runner.stop()
        assert (await rig.get("/readyz")).status == 503
        assert (await rig.get("/healthz")).status == 200
        rig.close()

    run(lived())


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_the_gateway_s_own_web_pages_and_get(tmp_path: Path, path: str) -> None:
    async def tell(rig: GatewayRig) -> None:
        assert (await rig.get(path, headers=FOREIGN)).told == (403, "forbidden_origin")
        assert (await rig.get(path, headers={"host": "evil"})).told == (403, "forbidden_host")
        answer = await rig.get(path, "POST")
        assert answer.told == (405, "not_post")
        assert answer.headers["allow"] == "GET"

    live(tmp_path, tell)


def test_the_description_is_the_document(tmp_path: Path) -> None:
    async def tell(rig: GatewayRig) -> None:
        answers = [await rig.get("/openapi.json") for _ in range(2)]
        assert answers[0].envelope == document()
        assert answers[0] == answers[1]

    live(tmp_path, tell)
