"""The project's Python source as text and syntax trees: what the rules of this folder read.

Nothing is imported or run, so a planted tree of files in a temporary folder reads the same.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One file of source."""

    name: str
    """Dotted; a package has the name of its folder."""
    path: Path
    is_package: bool
    text: str
    tree: ast.Module


Modules = Mapping[str, Module]
"""By dotted name."""


@dataclass(frozen=True)
class Import:
    """One module that another one imports, wherever in the file and for whatever purpose."""

    importer: str
    target: str
    """Dotted name as deep as it is certain: `chp.units`, `collections.abc`, `msgspec`."""
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def read_modules(source: Path) -> dict[str, Module]:
    """Every module under `source`, a folder as sys.path names them."""
    modules = [_read(path, source) for path in sorted(source.rglob("*.py"))]
    return {module.name: module for module in modules}


@cache
def project_modules() -> dict[str, Module]:
    """The modules of `src`."""
    return read_modules(ROOT / "src")


def imports_of(modules: Modules) -> list[Import]:
    """All imports of all modules: at the top, in functions, under TYPE_CHECKING, by name."""
    return [found for module in modules.values() for found in _imports_in(module, modules)]


def is_within(name: str, package: str) -> bool:
    """Whether the dotted name is the package or something in it."""
    return name == package or name.startswith(f"{package}.")


def parents_of(name: str) -> list[str]:
    """The packages that Python runs before it runs the module, outermost first."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _read(path: Path, source: Path) -> Module:
    parts = path.relative_to(source).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    text = path.read_text("utf-8")
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(name, path, is_package, text, ast.parse(text, str(path)))


def _imports_in(module: Module, modules: Modules) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module.name, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, module)
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                yield Import(module.name, inner if inner in modules else origin, node.lineno)
        elif isinstance(node, ast.Call) and _imports_by_name(node):
            yield Import(module.name, _named_module(node), node.lineno)


def _origin(node: ast.ImportFrom, module: Module) -> str:
    """What stands between `from` and `import`, with leading dots resolved."""
    if not node.level:
        return node.module or ""
    depth = node.level - module.is_package
    parts = module.name.split(".")
    base = parts[: len(parts) - depth]
    return ".".join([*base, *([node.module] if node.module else [])])


def _imports_by_name(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else None
    if isinstance(function, ast.Name):
        name = function.id
    return name in {"__import__", "import_module"}


def _named_module(call: ast.Call) -> str:
    """The module that a call of import_module names; `?` when only a run would tell."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return "?"
