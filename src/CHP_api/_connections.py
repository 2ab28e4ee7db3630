"""Kept connections to one gateway: a POST of JSON through `requests`, prepared cheaply.

Not a retry layer: whatever goes wrong on the way reaches the caller, once, as the exception of
`requests`, because an order must never be sent twice. `Api` is the only caller. Rules that hold
here: a session serves one call at a time, is never used by two processes, and is not used again
after an error. Source: stack.md, "HTTP clients"; design.md, decision 10.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

import requests

Timeout = float | tuple[float | None, float | None] | None
"""Seconds: one number for connect and read each, or the pair; None waits for ever."""

DEFAULT_TIMEOUT_S: Final = (5.0, 30.0)
"""Seconds to connect, seconds of silence while reading."""

KEPT_IDLE_S: Final = 4.0
"""A connection that rested longer is not used again.

Servers commonly close a resting connection after 5 s, and firewalls forget one without a word. A
POST that meets such an end fails, and may not be repeated; a new connection costs little.
"""

ENVIRONMENT_NAMES: Final = (
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUEST_METHOD",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NETRC",
)
"""The variables from which `requests` takes proxies, certificates and the `.netrc` login."""


class Connections:
    """Sends JSON by POST to one gateway over connections that are kept between calls.

    Safe for threads and after a fork: a call takes a resting session off a stack, or makes one,
    and puts it back afterwards; the stack belongs to one process. The stack needs no lock (pushing
    to and popping from a deque are atomic), so a fork cannot inherit a held one.
    """

    def __init__(
        self, root_url: str, timeout: Timeout, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Remember where to send; nothing is opened.

        Args:
            root_url: scheme, host and port with a trailing slash; a URN is appended.
            timeout: seconds, see `Timeout`.
            clock: monotonic seconds, for the age of resting connections.
        """
        self._root_url = root_url
        self._timeout = timeout
        self._clock = clock
        self._resting = _Resting(os.getpid(), deque())

    def post(self, urn: str, body: Mapping[str, Any]) -> requests.Response:
        """Answer the server's response to one POST, read to its end.

        Raises:
            requests.RequestException: as `requests.post` raises it; the call may have arrived.
        """
        resting = self._resting_here()
        line = self._take(resting.lines)
        try:
            response = line.post(urn, body, self._timeout)
        except BaseException:
            line.close()
            raise
        line.rests_since = self._clock()
        resting.lines.append(line)
        return response

    def close(self) -> None:
        """Close the resting connections; a later call opens a new one.

        A connection in use by another thread closes when its call ends: it goes back to the
        stack that this method has thrown away.
        """
        resting = self._resting_here()
        self._resting = _Resting(resting.pid, deque())
        while resting.lines:
            resting.lines.pop().close()

    def _resting_here(self) -> "_Resting":
        """Answer this process's stack; after a fork a new one, the parent's stays untouched."""
        resting = self._resting
        if resting.pid != os.getpid():
            resting = self._resting = _Resting(os.getpid(), deque())
        return resting

    def _take(self, lines: "deque[_Line]") -> "_Line":
        """Answer the line that rested shortest, or a new one where none is fit for use."""
        environment = tuple(map(os.environ.get, ENVIRONMENT_NAMES))
        oldest = self._clock() - KEPT_IDLE_S
        while True:
            try:
                line = lines.pop()
            except IndexError:
                return _Line(self._root_url, environment)
            if line.rests_since >= oldest and line.environment == environment:
                return line
            line.close()


class _Line:
    """One session with what every call through it has in common, resolved once."""

    def __init__(self, root_url: str, environment: tuple[str | None, ...]) -> None:
        self.environment = environment
        self.rests_since = 0.0
        self._session = _Session()
        self._template = self._session.prepare_request(
            requests.Request("POST", root_url, headers={"Content-Type": "application/json"})
        )
        self._settings = self._session.merge_environment_settings(root_url, {}, None, None, None)

    def post(self, urn: str, body: Mapping[str, Any], timeout: Timeout) -> requests.Response:
        prepared = self._template.copy()
        prepared.url = f"{prepared.url}{urn}"
        prepared.prepare_body(data=None, files=None, json=body)
        return self._session.send(prepared, timeout=timeout, **self._settings)

    def close(self) -> None:
        self._session.close()


class _Resting(NamedTuple):
    """The lines at rest of one process, the last used on top."""

    pid: int
    lines: "deque[_Line]"


class _Session(requests.Session):
    """A session that behaves as a new one per call: no cookie stays, no secret goes elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Answer where to go on, or None for an address that is not the gateway's own.

        The body carries login, password and token, so it goes only where `requests` itself would
        send an Authorization header; to anywhere else the caller gets the redirect as answered.
        """
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        elsewhere = self.should_strip_auth(  # type: ignore[no-untyped-call]  # the stubs lag behind
            resp.url, urljoin(resp.url, target)
        )
        return None if elsewhere else target
