"""Who is behind a token, and whether a login is right.

Not rights per operation: the server compares those with its table. What the operator changes
with the command line is noticed within a second. Source: wire.md section 3.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from chp.model.access import Caller, PortfolioGrant
from chp.ports import AccessStore, Clock, SecretHasher

HASHING_THREADS: Final = 2
"""Checking a password takes tens of milliseconds and 64 MiB: more at once would starve trading."""


class Access:
    """Callers and logins, as the store had them when last looked at."""

    def __init__(self, store: AccessStore, hasher: SecretHasher, clock: Clock) -> None:
        """Reads the store once; `refresh` reads it again."""
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="chp-login")
        self._unknown_login_hash = hasher.hash("")
        self._version = store.version()
        self._callers = dict(store.callers())

    def refresh(self) -> bool:
        """Reads the store again if it changed; answers whether it did.

        Raises:
            StoreError: it cannot be read; what was known stays.
        """
        version = self._store.version()
        if version == self._version:
            return False
        self._callers = dict(self._store.callers())
        self._version = version
        return True

    def caller(self, token: str) -> Caller | None:
        """The owner of a token; None where it is unknown, revoked or expired."""
        caller = self._callers.get(token_digest(token))
        if caller is None or caller.expires_at_ns is None:
            return caller
        return caller if self._clock.wall_ns() < caller.expires_at_ns else None

    def callers(self) -> Collection[Caller]:
        """The owners of all tokens that are not revoked."""
        return self._callers.values()

    def portfolios(self) -> Sequence[PortfolioGrant]:
        """All portfolios, in the order of opening."""
        return self._store.portfolios()

    async def login_matches(self, login: str, password: str, caller: Caller) -> bool:
        """Whether login and password are right and belong to the token's owner.

        Takes as long for an unknown login as for a wrong password.
        """
        login = _encodable(login)
        known = self._store.password_hash(login)
        encoded = known if known is not None else self._unknown_login_hash
        loop = asyncio.get_running_loop()
        matches = await loop.run_in_executor(
            self._threads, self._hasher.matches, encoded, _encodable(password)
        )
        is_owner = hmac.compare_digest(login.encode(), caller.login.encode())
        return matches and is_owner and known is not None

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=True)


def token_digest(token: str) -> bytes:
    """SHA-256 of a token, as it is kept; any text has one.

    Tokens are 256 random bits, which no slow hash makes safer.
    """
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _encodable(text: str) -> str:
    """Python's text can hold lone surrogates, which no login has and no hash or store takes."""
    return text.encode(errors="replace").decode()
