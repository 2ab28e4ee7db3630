"""Who may import whom: the table that docs/ARCHITECTURE.md draws, as data.

A row is found by the longest name that fits. `{package}` in a row stands for the part of the
importer's name that `*` matched: siblings under `*` are independent of one another.
"""

from dataclasses import dataclass
from typing import Final

ANY: Final = "*"


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    importer: str
    """A dotted name; a last part `*` is any one name at that place."""
    may_import: tuple[str, ...] = ()
    """Names of our own modules, each with all that is in it."""
    third_party: frozenset[str] = frozenset()


GROUND: Final = ("chp.errors", "chp.units")
NOUNS: Final = (*GROUND, "chp.model")
USE_CASES: Final = (*NOUNS, "chp.core", "chp.ports", "chp.app")
ANYTHING_OF_CHP: Final = ("chp",)
MSGSPEC: Final = frozenset({"msgspec"})

TABLE: Final = (
    Row("chp"),
    Row("chp.errors"),
    Row("chp.units", ("chp.errors",)),
    Row("chp.model", NOUNS, MSGSPEC),
    Row("chp.core"),
    Row("chp.core.*", (*NOUNS, "chp.core.{package}", "chp.core.calendar")),
    Row("chp.core.calendar", NOUNS),
    Row("chp.wire"),
    Row("chp.wire.*", (*NOUNS, "chp.wire.{package}"), MSGSPEC),
    Row("chp.ports", NOUNS),
    Row("chp.app", USE_CASES),
    Row("chp.adapters"),
    Row("chp.adapters.*", (*NOUNS, "chp.ports")),
    Row("chp.adapters.secrets", (*NOUNS, "chp.ports"), frozenset({"argon2"})),
    Row(
        "chp.adapters.history",
        (*NOUNS, "chp.wire.files", "chp.ports", "chp.adapters.history"),
        frozenset({"duckdb"}),
    ),
    Row("chp.adapters.store", (*NOUNS, "chp.wire.journal", "chp.ports", "chp.adapters.store")),
    Row(
        "chp.server",
        (*USE_CASES, "chp.wire.rest", "chp.wire.stream", "chp.wire.fix", "chp.server"),
        frozenset({"msgspec", "starlette", "uvicorn", "httptools", "h11", "websockets"}),
    ),
    Row("chp.client", (*NOUNS, "chp.wire.rest", "chp.wire.stream", "chp.client")),
    Row("chp.demo", (*NOUNS, "chp.core.flow", "chp.wire.files", "chp.ports", "chp.demo")),
    Row("chp.config", ANYTHING_OF_CHP, frozenset({"msgspec", "platformdirs"})),
    Row("chp.accounts", ANYTHING_OF_CHP),
    Row("chp.bootstrap", ANYTHING_OF_CHP),
    Row("chp.verifying", ANYTHING_OF_CHP),
    Row("chp.copying", ANYTHING_OF_CHP),
    Row("chp.running", ANYTHING_OF_CHP, frozenset({"click", "uvloop"})),
    Row("chp.options", ("chp.config",), frozenset({"click"})),
    Row("chp.admin", (*NOUNS, "chp.options", "chp.accounts"), frozenset({"click"})),
    Row(
        "chp.upkeep",
        ("chp.errors", "chp.options", "chp.verifying", "chp.copying"),
        frozenset({"click"}),
    ),
    Row(
        "chp.cli",
        ("chp.errors", "chp.config", "chp.running", "chp.admin", "chp.upkeep"),
        frozenset({"click", "msgspec"}),
    ),
    Row("chp.__main__", ("chp.cli",)),
    Row("CHP_api", ("chp.errors", "chp.wire.rest", "CHP_api"), frozenset({"requests"})),
)

ONE_MODULE_EACH: Final = frozenset({"argon2", "duckdb", "platformdirs", "uvloop"})
"""Third-party packages that a single module may know."""


def row_of(importer: str) -> Row | None:
    """The row with the longest fitting name, `{package}` filled in; None when there is none."""
    fitting = [row for row in TABLE if _fits(row.importer, importer)]
    if not fitting:
        return None
    row = max(fitting, key=lambda row: (row.importer.count("."), ANY not in row.importer))
    at = len(row.importer.split(".")) - 1
    package = importer.split(".")[at]
    may_import = tuple(name.format(package=package) for name in row.may_import)
    return Row(row.importer, may_import, row.third_party)


def _fits(pattern: str, importer: str) -> bool:
    """Whether the importer is what the pattern names, or in it; only its `__init__` for bare
    containers such as `chp` and `chp.core`, whose children have rows of their own."""
    if pattern in CONTAINERS:
        return importer == pattern
    wanted, given = pattern.split("."), importer.split(".")
    return len(given) >= len(wanted) and all(
        part in (ANY, other) for part, other in zip(wanted, given, strict=False)
    )


CONTAINERS: Final = frozenset({"chp", "chp.core", "chp.wire", "chp.adapters"})
