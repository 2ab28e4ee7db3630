"""The exception tree.

    ChpError
    ├── UsageError        your call: an argument or setting that cannot be right
    └── StoreError        a store cannot be read or written

A refusal of the venue is no exception: it is an answer (`chp.model.refusal`).
Source: design.md section 8.
"""

from __future__ import annotations


class ChpError(Exception):
    """Root of everything that this package raises on purpose.

    `code` is a stable name, `detail` a sentence for a person, `retryable` whether the same call
    may succeed later.
    """

    code = "chp_error"
    retryable = False

    def __init__(self, detail: str) -> None:
        """An error with its sentence: what was expected, what came, which id."""
        super().__init__(detail)
        self.detail = detail


class UsageError(ChpError):
    """The caller's mistake."""

    code = "usage_error"


class StoreError(ChpError):
    """A store is damaged, full, locked, or of another version."""

    code = "store_error"
