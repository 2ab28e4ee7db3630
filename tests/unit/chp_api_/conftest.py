"""A recording server, and an environment without proxies, for every test of the old client."""

from collections.abc import Iterator

import pytest

from CHP_api._connections import ENVIRONMENT_NAMES
from tests.support.recording_server import RecordingServer


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/nonexistent")


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running
