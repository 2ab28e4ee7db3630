"""What importing the packages loads, and that `__all__` says the truth."""

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT, Module, Modules, project_modules, read_modules

HEAVY: Final = frozenset({"argon2", "duckdb", "httptools", "starlette", "uvicorn", "uvloop"})
"""Libraries that a robot which only wants the client must not wait for."""

PROBE: Final = "import json, sys\nimport {package}\nprint(json.dumps(sorted(sys.modules)))"


def loaded_by(package: str, source: Path) -> set[str]:
    """The names in sys.modules after the import, in a fresh interpreter."""
    probe = f"import sys; sys.path.insert(0, {str(source)!r})\n{PROBE.format(package=package)}"
    run = subprocess.run(
        [sys.executable, "-I", "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(run.stdout))


def export_faults(modules: Modules) -> list[str]:
    """Lists of public names that are unsorted, repeated, absent or no list of literals."""
    faults = []
    for module in modules.values():
        names = _exported(module)
        if names is None:
            if module.is_package and _imports_names(module):
                faults.append(f"{module.name} imports names and has no __all__")
        elif not all(isinstance(name, str) for name in names):
            faults.append(f"{module.name}.__all__ is no list of literals")
        elif names != sorted(set(names)):
            faults.append(f"{module.name}.__all__ is not sorted, or repeats a name")
    return faults


def _exported(module: Module) -> list[str] | None:
    """What `__all__` lists; None when there is none."""
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            elements = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [None]
            return [getattr(element, "value", None) for element in elements]  # type: ignore[misc]
    return None


def _imports_names(module: Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for node in module.tree.body
    )


@pytest.mark.parametrize("package", ["CHP_api", "chp"])
def test_import_loads_nothing_heavy(package: str) -> None:
    loaded = loaded_by(package, ROOT / "src")
    assert package in loaded
    assert not loaded & HEAVY


def test_public_names_load_nothing_of_the_layers() -> None:
    assert {name for name in loaded_by("chp", ROOT / "src") if name.startswith("chp.")} == set()


def test_lists_of_public_names_are_sorted() -> None:
    assert export_faults(project_modules()) == []


def test_listed_names_exist() -> None:
    missing = [
        f"{module.name}.{name}"
        for module in project_modules().values()
        for name in _exported(module) or []
        if not hasattr(importlib.import_module(module.name), name)
    ]
    assert missing == []


def test_heavy_import_is_found_when_planted(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text("def f():\n    import uvicorn\nf()", "utf-8")
    assert "uvicorn" in loaded_by("planted", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "from chp.model import B, A\n__all__ = ['B', 'A']",
        "from chp.model import A\n__all__: list[str] = ['A', 'A']",
        "from chp.model import A\n__all__ = [A.__name__]",
        "from chp.model import A\n__all__ = sorted(globals())",
        "from chp.model import A",
    ],
)
def test_export_fault_is_found_when_planted(text: str, tmp_path: Path) -> None:
    (tmp_path / "chp").mkdir()
    (tmp_path / "chp" / "__init__.py").write_text(text, "utf-8")
    assert len(export_faults(read_modules(tmp_path))) == 1
