"""Imports follow the table of layers, form no cycle and bring third parties only where agreed."""

import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.layer_table import ONE_MODULE_EACH, TABLE, row_of
from tests.architecture.source_tree import (
    Import,
    Modules,
    imports_of,
    is_within,
    project_modules,
    read_modules,
)


def layer_faults(modules: Modules) -> list[str]:
    """Imports of our own modules that the table does not allow."""
    faults = [f"{name} has no row in the table" for name in modules if row_of(name) is None]
    for found in imports_of(modules):
        row = row_of(found.importer)
        if found.target == "?":
            faults.append(f"{found.importer}:{found.line} imports what only a run would tell")
        elif row is not None and _is_ours(found) and not _is_allowed(found, row.may_import):
            faults.append(str(found))
    return faults


def third_party_faults(modules: Modules) -> list[str]:
    """Third-party packages where the table has none, or in a second module."""
    faults, homes = [], dict[str, set[str]]()
    for found in imports_of(modules):
        package = found.target.partition(".")[0]
        if package == "?" or _is_ours(found) or package in sys.stdlib_module_names:
            continue
        row = row_of(found.importer)
        if row is not None and package not in row.third_party:
            faults.append(str(found))
        homes.setdefault(package, set()).add(found.importer)
    for package in sorted(ONE_MODULE_EACH & homes.keys()):
        if len(homes[package]) > 1:
            faults.append(f"{package} is known to {', '.join(sorted(homes[package]))}")
    return faults


def cycle_faults(modules: Modules) -> list[str]:
    """A chain of imports that comes back to its start, hidden ones included."""
    graph: Mapping[str, set[str]] = {name: set() for name in modules}
    for found in imports_of(modules):
        if found.target in modules and found.target != found.importer:
            graph[found.importer].add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def _is_ours(found: Import) -> bool:
    return is_within(found.target, "chp") or is_within(found.target, "CHP_api")


def _is_allowed(found: Import, may_import: tuple[str, ...]) -> bool:
    if is_within(found.target, "CHP_api"):
        return is_within(found.importer, "CHP_api")
    return any(is_within(found.target, name) for name in may_import)


def test_imports_follow_the_table() -> None:
    assert layer_faults(project_modules()) == []


def test_third_parties_stay_where_the_table_has_them() -> None:
    assert third_party_faults(project_modules()) == []


def test_imports_form_no_cycle() -> None:
    assert cycle_faults(project_modules()) == []


def test_the_table_itself_has_no_cycle() -> None:
    """Rows of one layer name only earlier rows, themselves, or everything (the top layer)."""
    order = [row.importer.removesuffix(".*") for row in TABLE]
    for row in TABLE:
        for name in row.may_import:
            earlier = order[: order.index(row.importer.removesuffix(".*")) + 1]
            exempt = name == "chp" or "{package}" in name or name == "chp.core.calendar"
            assert exempt or any(is_within(name, known) for known in earlier), (row.importer, name)


PLANTS = {
    "downwards": ("chp/units.py", "from chp.model import order"),
    "core to wire": ("chp/core/matching/book.py", "import chp.wire.rest.urns"),
    "core siblings": ("chp/core/matching/book.py", "from chp.core import ledger"),
    "core siblings, relative": ("chp/core/matching/book.py", "from ..ledger import balances"),
    "in a function": ("chp/model/order.py", "def f():\n    from chp.app import writer"),
    "for annotations": (
        "chp/model/order.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from chp import ports",
    ),
    "by name": (
        "chp/model/order.py",
        "import importlib\nimportlib.import_module('chp.app.writer')",
    ),
    "by a name unknown": ("chp/model/order.py", "import importlib as i\ni.import_module(f'{i}')"),
    "calendar to its users": ("chp/core/calendar.py", "from chp.core.bars import fold"),
    "wire siblings": ("chp/wire/rest/rows.py", "from chp.wire.journal import encode"),
    "app to wire": ("chp/app/writer.py", "from chp.wire import journal"),
    "app to adapters": ("chp/app/writer.py", "import chp.adapters.clock"),
    "adapters to app": ("chp/adapters/clock.py", "from chp.app import writer"),
    "adapter siblings": ("chp/adapters/clock.py", "from chp.adapters.store import journal"),
    "server to adapters": ("chp/server/asgi.py", "from chp.adapters import clock"),
    "cli past bootstrap": ("chp/cli.py", "from chp.server import asgi"),
    "anything to CHP_api": ("chp/bootstrap.py", "import CHP_api.CHP_lowlevel_api"),
    "CHP_api to model": ("CHP_api/__init__.py", "from chp.model import order"),
    "no row": ("chp/extra.py", ""),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_layer_fault_is_found_when_planted(plant: str, tmp_path: Path) -> None:
    assert len(layer_faults(_planted(tmp_path, *PLANTS[plant]))) == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("chp/core/bars.py", "import msgspec"),
        ("chp/app/writer.py", "def f():\n    from msgspec import Struct"),
        ("chp/adapters/clock.py", "import duckdb"),
        ("CHP_api/__init__.py", "import httpx"),
    ],
)
def test_third_party_is_found_when_planted(file: str, text: str, tmp_path: Path) -> None:
    assert len(third_party_faults(_planted(tmp_path, file, text))) == 1


def test_second_home_of_a_third_party_is_found(tmp_path: Path) -> None:
    _planted(tmp_path, "chp/adapters/history/bars.py", "import duckdb")
    modules = _planted(tmp_path, "chp/adapters/history/ticks.py", "import duckdb")
    assert third_party_faults(modules) == [
        "duckdb is known to chp.adapters.history.bars, chp.adapters.history.ticks"
    ]


def test_cycle_is_found_when_hidden_in_a_function(tmp_path: Path) -> None:
    _planted(tmp_path, "chp/app/writer.py", "from chp.app import venue")
    modules = _planted(tmp_path, "chp/app/venue.py", "def f():\n    import chp.app.writer")
    assert len(cycle_faults(modules)) == 1
    assert layer_faults(modules) == []


def _planted(folder: Path, file: str, text: str) -> Modules:
    """A small tree of right modules with this one written over."""
    right = {
        "chp/__init__.py": "",
        "chp/core/__init__.py": "",
        "chp/core/ledger/__init__.py": "",
        "chp/core/ledger/balances.py": "from chp.model.order import Side",
        "chp/core/matching/__init__.py": "",
        "chp/model/__init__.py": "",
        "chp/model/order.py": "import msgspec",
        "chp/ports.py": "from chp.model import order",
    }
    for name, content in {**right, file: text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == file or not path.exists():
            path.write_text(content, "utf-8")
    return read_modules(folder)
