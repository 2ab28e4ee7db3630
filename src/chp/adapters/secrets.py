"""Secrets: how passwords are hashed and compared, how tokens are made.

Not where hashes are kept. Passwords are few and weak, so their hash is slow (argon2id).
Source: wire.md section 3.
"""

from __future__ import annotations

import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

TOKEN_BYTES: Final = 32


class Argon2Hasher:
    """A `SecretHasher`: argon2id at the costs of RFC 9106 for small memory (64 MiB, 3 passes)."""

    def __init__(self) -> None:
        """Every hash carries its own costs: those of older ones go on being right."""
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """An encoded hash with its own salt; takes tens of milliseconds."""
        return self._hasher.hash(password)

    def matches(self, encoded: str, password: str) -> bool:
        """Whether the password belongs to the hash; False for a damaged hash."""
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, ValueError):  # ValueError: no hash at all, or no Unicode
            return False


def new_token() -> str:
    """A new access token: 256 random bits as 43 letters that need no quoting anywhere."""
    return secrets.token_urlsafe(TOKEN_BYTES)
