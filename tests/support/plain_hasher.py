"""Passwords without a hash: a `SecretHasher` that costs nothing, for tests of what lies around it.

It hides nothing and takes no time, so it cannot show that a password is kept secret, nor that a
wrong login takes as long as a wrong password; the contract suite shows what a real one does.
"""

from __future__ import annotations


class PlainHasher:
    """A `SecretHasher` whose hash is the password behind a mark; notes what it was asked."""

    def __init__(self) -> None:
        """Asked nothing yet."""
        self.asked: list[tuple[str, str]] = []
        """Hash and password of every check."""

    def hash(self, password: str) -> str:
        """The password behind a mark."""
        return f"plain:{password}"

    def matches(self, encoded: str, password: str) -> bool:
        """Whether the password stands behind the mark."""
        self.asked.append((encoded, password))
        return encoded == self.hash(password)
