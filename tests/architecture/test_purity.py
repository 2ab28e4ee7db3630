"""The inner layers reach no world: no clock, no chance, no input or output, through any import."""

import ast
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import (
    Import,
    Module,
    Modules,
    imports_of,
    is_within,
    parents_of,
    project_modules,
    read_modules,
)

PURE: Final = ("chp.units", "chp.model", "chp.core", "chp.wire", "chp.app.venue")
"""The pure modules; the venue is a machine too, only its runner meets the world."""

NO_FLOATS: Final = ("chp.core", "chp.app.venue")
"""Where nothing is a float."""

NO_DIVISION: Final = ("chp.core",)
"""Where numbers are integers; elsewhere `/` may divide exact decimals."""

LEAVES: Final = frozenset(
    """
    __future__ abc array base64 binascii bisect collections copy csv dataclasses datetime decimal
    enum fractions functools hashlib heapq hmac html itertools json math msgspec numbers operator
    re string struct types typing unicodedata urllib zlib
    """.split()
)
"""What pure modules may import of others: none of it touches the world on our behalf."""

FORBIDDEN: Final = frozenset(
    """
    socket ssl asyncio threading time random secrets uuid os io pathlib sqlite3 logging subprocess
    """.split()
)

CLOCK_CALLS: Final = frozenset({"now", "utcnow", "today", "fromtimestamp"})
WORLD_CALLS: Final = frozenset({"open", "input", "print", "exec", "eval", "breakpoint"})


def reach_faults(modules: Modules, pure: Iterable[str] = PURE) -> list[str]:
    """Chains of imports that start in a pure module and end outside the leaves."""
    edges: dict[str, list[Import]] = {}
    for found in imports_of(modules):
        edges.setdefault(found.importer, []).append(found)
    starts = [name for name in modules if any(is_within(name, package) for package in pure)]
    return [
        " -> ".join([*chain, last.target])
        for chain, last in _chains(starts, edges, modules)
        if last.target.partition(".")[0] not in LEAVES
    ]


def call_faults(modules: Modules, pure: Iterable[str] = PURE) -> list[str]:
    """Calls that read a clock or touch the world without any import of ours to show it."""
    return [
        f"{module.name}:{call.lineno} calls {ast.unparse(call.func)}"
        for module in _within(modules, pure)
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Call) and (_reads_clock(call, module) or _acts(call))
    ]


def float_faults(modules: Modules) -> list[str]:
    """Floats by literal, by name, and by true division of integers."""
    return [
        f"{module.name}:{node.lineno} {ast.unparse(node)}"
        for packages, is_fault in ((NO_FLOATS, _is_float), (NO_DIVISION, _divides))
        for module in _within(modules, packages)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.expr | ast.stmt) and is_fault(node)
    ]


def _chains(
    starts: Iterable[str], edges: dict[str, list[Import]], modules: Modules
) -> Iterator[tuple[list[str], Import]]:
    """Every import in the closure of `starts` that leaves our modules, with a shortest way there.

    Importing a module runs the packages around it, so those belong to the closure.
    """
    ways: dict[str, list[str]] = {name: [name] for name in starts}
    waiting = deque(ways)
    while waiting:
        name = waiting.popleft()
        for found in edges.get(name, []):
            if not is_within(found.target, "chp"):
                yield ways[name], found
        reached = [found.target for found in edges.get(name, []) if found.target in modules]
        around = [parent for inner in (name, *reached) for parent in parents_of(inner)]
        for following in (*reached, *around):
            if following in modules and following not in ways:
                ways[following] = [*ways[name], following]
                waiting.append(following)


def _within(modules: Modules, packages: Iterable[str]) -> Iterator[Module]:
    for module in modules.values():
        if any(is_within(module.name, package) for package in packages):
            yield module


def _reads_clock(call: ast.Call, module: Module) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in CLOCK_CALLS:
        return False
    if function.attr == "fromtimestamp" and len(call.args) + len(call.keywords) > 1:
        return False  # with a zone it is arithmetic; without one it reads the machine's zone
    base = function.value
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name in {"datetime", "date"} | _names_of_dates(module)


def _names_of_dates(module: Module) -> set[str]:
    """What this module calls the types that can ask for the time."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "datetime"
        for alias in node.names
        if alias.name in {"datetime", "date"}
    }


def _acts(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in WORLD_CALLS


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Name) and node.id == "float"


def _divides(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)


def test_pure_modules_reach_no_world() -> None:
    assert reach_faults(project_modules()) == []


def test_pure_modules_call_no_clock_and_no_world() -> None:
    assert call_faults(project_modules()) == []


def test_core_and_venue_know_no_floats() -> None:
    assert float_faults(project_modules()) == []


def test_no_leaf_is_forbidden() -> None:
    assert not LEAVES & FORBIDDEN
    assert LEAVES - {"msgspec"} <= sys.stdlib_module_names


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_forbidden_module_is_found_through_others(name: str, tmp_path: Path) -> None:
    files = {
        "chp/model/order.py": "from chp import units",
        "chp/units.py": "from chp.errors import ChpError",
        "chp/errors.py": f"def f():\n    import {name}",
    }
    faults = reach_faults(_planted(tmp_path, files), ["chp.model"])
    assert faults == [f"chp.model.order -> chp.units -> chp.errors -> {name}"]


@pytest.mark.parametrize(
    ("file", "chain"),
    [
        ("chp/__init__.py", "chp.wire.rest.rows -> chp -> logging"),
        ("chp/wire/rest/__init__.py", "chp.wire.rest -> logging"),
    ],
)
def test_package_around_a_pure_module_counts(file: str, chain: str, tmp_path: Path) -> None:
    files = {"chp/wire/rest/rows.py": "", file: "import logging"}
    assert reach_faults(_planted(tmp_path, files)) == [chain]


def test_world_behind_a_third_party_is_found(tmp_path: Path) -> None:
    files = {"chp/core/bars.py": "import duckdb"}
    assert reach_faults(_planted(tmp_path, files)) == ["chp.core.bars -> duckdb"]


def test_app_outside_the_venue_may_reach_the_world(tmp_path: Path) -> None:
    files = {"chp/app/writer.py": "import asyncio", "chp/app/venue/desk.py": "import heapq"}
    assert reach_faults(_planted(tmp_path, files)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import datetime\ndatetime.datetime.now()",
        "import datetime as d\nd.datetime.utcnow()",
        "from datetime import datetime\ndatetime.now(tz=None)",
        "from datetime import date as day\nday.today()",
        "from datetime import datetime\ndatetime.fromtimestamp(0)",
        "def f():\n    return open('x')",
        "print(1)",
    ],
)
def test_call_of_clock_or_world_is_found(text: str, tmp_path: Path) -> None:
    assert len(call_faults(_planted(tmp_path, {"chp/wire/rest/rows.py": text}))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime, UTC\ndatetime.fromtimestamp(0, UTC)",
        "def f(clock):\n    return clock.now()",
    ],
)
def test_time_that_is_handed_in_is_no_fault(text: str, tmp_path: Path) -> None:
    assert call_faults(_planted(tmp_path, {"chp/core/bars.py": text})) == []


@pytest.mark.parametrize("text", ["half = 0.5", "a = 1\nb = a / 2", "a = 4\na /= 2", "x: float"])
def test_float_is_found(text: str, tmp_path: Path) -> None:
    assert len(float_faults(_planted(tmp_path, {"chp/core/bars.py": text}))) == 1


def test_decimals_may_be_divided_outside_core(tmp_path: Path) -> None:
    files = {"chp/app/venue/checks.py": "def f(amount, size):\n    return amount / size"}
    assert float_faults(_planted(tmp_path, files)) == []


def _planted(folder: Path, files: dict[str, str]) -> Modules:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return read_modules(folder)
