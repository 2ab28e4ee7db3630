"""The exception tree is the one that its docstring draws."""

from __future__ import annotations

import inspect
import re

import pytest

from chp import errors
from chp.errors import ChpError, StoreError, UsageError

BRANCH = re.compile(r"^\s*(?P<stem>[│├└─ ]*)(?P<name>\w+Error)\b", re.M)


def drawn() -> list[tuple[str, int]]:
    """Names and depths in the docstring's picture."""
    picture = inspect.getdoc(errors) or ""
    return [(match["name"], len(match["stem"]) // 4) for match in BRANCH.finditer(picture)]


def declared(root: type[ChpError] = ChpError, depth: int = 0) -> list[tuple[str, int]]:
    """Names and depths of the classes of the module."""
    own = [kind for kind in root.__subclasses__() if kind.__module__ == errors.__name__]
    return [(root.__name__, depth), *(row for kind in own for row in declared(kind, depth + 1))]


def test_the_tree_is_the_one_drawn() -> None:
    assert drawn() == declared()
    assert len(drawn()) > 1


@pytest.mark.parametrize(
    ("kind", "code", "retryable"),
    [
        (ChpError, "chp_error", False),
        (UsageError, "usage_error", False),
        (StoreError, "store_error", False),
    ],
)
def test_an_error_says_its_code_and_whether_to_try_again(
    kind: type[ChpError], code: str, retryable: bool
) -> None:
    error = kind("expected this, came that")
    assert (error.code, error.retryable, error.detail) == (
        code,
        retryable,
        "expected this, came that",
    )
    assert str(error) == error.detail


def test_codes_are_not_shared() -> None:
    kinds = [getattr(errors, name) for name, _ in declared()]
    assert len({kind.code for kind in kinds}) == len(kinds)
