"""Rules about the source that no linter has: sizes, names, and words that may not stand in it.

A size above its limit needs a line in ratchet.json with the number of today; the number may only
shrink, and the line goes when the limit is kept.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.architecture.project_files import project_texts, python_texts, texts_under

RATCHET: Final = Path(__file__).with_name("ratchet.json")

MODULE_LINES: Final = 500
FUNCTION_LINES: Final = 70
CLASS_LINES: Final = 250
CLASS_METHODS: Final = 20
POSITIONAL_PARAMETERS: Final = 5
"""The rest keyword-only. Tests are free: pytest hands every fixture over by keyword."""

CONTRACT_CLASSES: Final = frozenset({"Api", "ChpClient"})
"""Their methods and parameter lists are the contract with old robots."""

EMPTY_NAMES: Final = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff)(_|$)")

# Spelt in pieces, so that this file does not hold what it forbids.
FORBIDDEN_TEXTS: Final = {
    "a registry host": "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("yarnpkg", "com"),
            ("deb", "debian", "org"),
            ("proxy", "golang", "org"),
            ("anaconda", "org"),
        )
    ),
    "a registry option": "--(?:extra-)?index" + "-url|--find" + "-links|--trusted" + "-host",
    "a path of one machine": (
        r"(?<![\w.~}])/(?:work|root|home/\w+|Users/\w+)/"
        + r"|\b[A-Z]:\\Users\\"
        + r"|\.\./shar"
        + "ed"
    ),
    "work left open": r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b",
}

OPTIONS_WHERE_THEY_BELONG: Final = frozenset({"tools/lock.py"})
"""It names the options by which a lock file is kept free of hosts."""


class Measured(NamedTuple):
    """One size of one thing."""

    key: str
    """`path::name what`, the key in ratchet.json."""
    value: int
    limit: int


def sizes_of(path: str, text: str) -> Iterator[Measured]:
    """All measured things of one file."""
    yield Measured(f"{path} lines", len(text.splitlines()), MODULE_LINES)
    yield from _sizes_within(ast.parse(text), path, in_contract=False)


def _sizes_within(scope: ast.AST, place: str, *, in_contract: bool) -> Iterator[Measured]:
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.ClassDef):
            name = f"{place}::{node.name}"
            is_contract = node.name in CONTRACT_CLASSES and place.startswith("src/CHP_api/")
            if not is_contract:
                yield from _sizes_of_class(node, name)
            yield from _sizes_within(node, name, in_contract=is_contract)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{place}::{node.name}"
            yield Measured(f"{name} lines", _body_lines(node), FUNCTION_LINES)
            if not in_contract and not place.startswith("tests/"):
                yield Measured(f"{name} parameters", _positional(node), POSITIONAL_PARAMETERS)
            yield from _sizes_within(node, name, in_contract=False)
        else:
            yield from _sizes_within(node, place, in_contract=in_contract)


def _sizes_of_class(node: ast.ClassDef, name: str) -> Iterator[Measured]:
    methods = [
        inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    yield Measured(f"{name} lines", (node.end_lineno or 0) - node.lineno + 1, CLASS_LINES)
    yield Measured(f"{name} methods", len(methods), CLASS_METHODS)


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """From the first statement after the docstring to the end."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def size_faults(texts: Mapping[str, str], ratchet: Mapping[str, int]) -> list[str]:
    """Sizes over their limits that the ratchet does not excuse, and ratchet lines out of date."""
    sizes = {
        size.key: size
        for path in texts
        for size in sizes_of(path, texts[path])
        if path.endswith("py")
    }
    faults = [f"ratchet: {key} is no more" for key in ratchet if key not in sizes]
    for key, size in sizes.items():
        excused = ratchet.get(key)
        if excused is None:
            if size.value > size.limit:
                faults.append(f"{key}: {size.value}, at most {size.limit}")
        elif size.value > excused:
            faults.append(f"{key}: {size.value}, has grown from {excused}")
        elif size.value <= size.limit:
            faults.append(f"ratchet: {key} keeps the limit, take its line out")
        elif size.value < excused:
            faults.append(f"ratchet: {key} is only {size.value} now, not {excused}")
    return faults


def name_faults(texts: Mapping[str, str]) -> list[str]:
    """Modules and folders whose names say nothing."""
    return [
        path
        for path in texts
        if any(EMPTY_NAMES.search(part.removesuffix(".py").lower()) for part in path.split("/"))
    ]


def text_faults(texts: Mapping[str, str]) -> list[str]:
    """Words that may not stand in the project, with file and line."""
    return [
        f"{path}:{number} {what}: {found[0]}"
        for path, text in texts.items()
        for what, pattern in FORBIDDEN_TEXTS.items()
        if not (what == "a registry option" and path in OPTIONS_WHERE_THEY_BELONG)
        for number, line in enumerate(text.splitlines(), 1)
        if (found := re.search(pattern, line))
    ]


def docstring_faults(texts: Mapping[str, str]) -> list[str]:
    """Modules of `src` that do not say what they are."""
    return [
        path
        for path, text in texts.items()
        if path.startswith("src/") and ast.get_docstring(ast.parse(text)) is None
    ]


def test_sizes_keep_their_limits() -> None:
    assert size_faults(python_texts(project_texts()), json.loads(RATCHET.read_text("utf-8"))) == []


def test_module_names_say_something() -> None:
    assert name_faults(python_texts(project_texts())) == []


def test_no_text_stands_in_the_project_that_may_not() -> None:
    assert text_faults(project_texts()) == []


def test_every_module_says_what_it_is() -> None:
    assert docstring_faults(python_texts(project_texts())) == []


def test_python_of_all_folders_is_looked_at() -> None:
    folders = {path.split("/")[0] for path in python_texts(project_texts())}
    assert folders == {"src", "tests", "tools", "bench"}


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * (FUNCTION_LINES + 1)
LONG_CLASS = "class A:\n" + "    x = 1\n" * CLASS_LINES
MANY_METHODS = "class A:\n" + "".join(f"    def f{n}(self): ...\n" for n in range(21))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1\n" * 501, "src/a.py lines: 501, at most 500"),
        (LONG_FUNCTION, "src/a.py::f lines: 71, at most 70"),
        (f"async {LONG_FUNCTION}", "src/a.py::f lines: 71, at most 70"),
        (LONG_CLASS, "src/a.py::A lines: 251, at most 250"),
        (MANY_METHODS, "src/a.py::A methods: 21, at most 20"),
        (MANY_METHODS.replace("A", "Api"), "src/a.py::Api methods: 21, at most 20"),
        ("def f(a, b, c, /, d, e, f): ...", "src/a.py::f parameters: 6, at most 5"),
        (
            "class A:\n    if 1:\n        def f(self, a, b, c, d, e, f): ...",
            "src/a.py::A::f parameters: 6, at most 5",
        ),
    ],
)
def test_size_fault_is_found_when_planted(text: str, fault: str) -> None:
    assert size_faults({"src/a.py": text}, {}) == [fault]


def test_docstrings_and_keyword_parameters_cost_nothing() -> None:
    words = "word\n" * 100
    text = f'def f(a, *, b, c, d, e, f):\n    """Long.\n\n{words}"""\n    return a\n'
    assert size_faults({"src/a.py": text}, {}) == []


def test_contract_classes_are_exempt_in_their_package_only() -> None:
    text = MANY_METHODS.replace("A", "Api").replace("f1(self)", "f1(self, a, b, c, d, e, f)")
    assert size_faults({"src/CHP_api/a.py": text}, {}) == []
    assert len(size_faults({"src/chp/a.py": text}, {})) == 2


@pytest.mark.parametrize(
    ("excused", "fault"),
    [
        ({"src/a.py::f lines": 71}, None),
        ({"src/a.py::f lines": 70}, "src/a.py::f lines: 71, has grown from 70"),
        ({"src/a.py::f lines": 72}, "ratchet: src/a.py::f lines is only 71 now, not 72"),
        (
            {"src/a.py::f lines": 71, "src/a.py lines": 600},
            "ratchet: src/a.py lines keeps the limit, take its line out",
        ),
        (
            {"src/a.py::f lines": 71, "src/b.py lines": 600},
            "ratchet: src/b.py lines is no more",
        ),
    ],
)
def test_ratchet_only_shrinks(excused: dict[str, int], fault: str | None) -> None:
    assert size_faults({"src/a.py": LONG_FUNCTION}, excused) == ([fault] if fault else [])


@pytest.mark.parametrize("path", ["src/utils.py", "tests/common/a.py", "src/order_helpers.py"])
def test_empty_name_is_found_when_planted(path: str) -> None:
    assert name_faults({path: "", "src/commands.py": ""}) == [path]


@pytest.mark.parametrize(
    "line",
    [
        "https://files.python" + "hosted.org/packages/x.whl",
        "--index" + "-url https://example.org",
        "data = '/r" + "oot/data'",
        "see /home/" + "anna/chp",
        "x = 1  # TO" + "DO later",
        "FIX" + "ME",
    ],
)
def test_forbidden_text_is_found_when_planted(line: str, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text(f"first\n{line}\n", "utf-8")
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.txt").write_text(line, "utf-8")
    (fault,) = text_faults(texts_under(tmp_path))
    assert fault.startswith(".ci/run:2 ")


def test_missing_docstring_is_found_when_planted() -> None:
    texts = {"src/a.py": "x = 1", "src/b.py": '"""What it is."""', "tests/c.py": ""}
    assert docstring_faults(texts) == ["src/a.py"]
