"""The documents name only what exists: links, headings, files, and the ten-minute walk."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

FENCE: Final = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
QUOTED: Final = re.compile(r"`(?P<text>[^`\n]+)`")
NAMED_FILE: Final = re.compile(
    r"(?:[\w.-]+/)+(?:[\w.-]+\.(?:py|md|txt|toml|json|csv|gz|cmd|ts|html))?|\w+\.py"
)
"""A path with an ending that files of ours have, a folder with a closing slash, or a module."""

WALK: Final = "The ten-minute walk"
ELSEWHERE: Final = ("http://", "https://", "mailto:")


def documents(root: Path) -> list[Path]:
    """README, CHANGELOG and what else stands at the top, and all of docs."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def link_faults(root: Path) -> list[str]:
    """Relative links to files or headings that do not exist."""
    return [
        f"{document.relative_to(root).as_posix()}: {target}"
        for document in documents(root)
        for target in _links(document)
        if not target.startswith(ELSEWHERE) and not _leads_somewhere(document, target)
    ]


def file_faults(root: Path) -> list[str]:
    """Files of ours that a document names in backquotes and that do not exist."""
    return [
        f"{document.relative_to(root).as_posix()}: {name}"
        for document in documents(root)
        for name in _named_files(_prose(document))
        if not _exists(root, document, name)
    ]


def walk_faults(root: Path) -> list[str]:
    """What is wrong with the walk through the source, once there is an ARCHITECTURE.md."""
    document = root / "docs" / "ARCHITECTURE.md"
    if not document.exists():
        return []
    _, _, section = document.read_text("utf-8").partition(f"\n## {WALK}\n")
    steps = list(_named_files(section.partition("\n## ")[0]))
    if len(steps) < 5:
        return [f"{WALK} has {len(steps)} steps"]
    return [name for name in steps if not _exists(root, document, name)]


def _prose(document: Path) -> str:
    """The text without its blocks of code, which show what a user would have."""
    return FENCE.sub("", document.read_text("utf-8"))


def _links(document: Path) -> Iterator[str]:
    for match in LINK.finditer(_prose(document)):
        yield match["target"]


def _leads_somewhere(document: Path, target: str) -> bool:
    file, _, heading = target.partition("#")
    goal = (document.parent / file).resolve() if file else document
    if not goal.exists():
        return False
    return not heading or (goal.suffix == ".md" and heading in _headings(goal))


def _headings(document: Path) -> set[str]:
    """The anchors of its headings: lower case, spaces as hyphens, no punctuation."""
    titles = re.findall(r"^#+ +(.+?) *$", _prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _named_files(text: str) -> Iterator[str]:
    for match in QUOTED.finditer(text):
        if NAMED_FILE.fullmatch(match["text"]):
            yield match["text"]


def _exists(root: Path, document: Path, name: str) -> bool:
    """Whether the name is right from the root, the source, our package or the document."""
    starts = (root, root / "src", root / "src" / "chp", document.parent)
    return any((start / name).exists() for start in starts)


def test_links_lead_somewhere() -> None:
    assert link_faults(ROOT) == []


def test_named_files_exist() -> None:
    assert file_faults(ROOT) == []


def test_ten_minute_walk_can_be_walked() -> None:
    assert walk_faults(ROOT) == []


def test_faults_are_found_when_planted(tmp_path: Path) -> None:
    _write(tmp_path, "src/chp/units.py", "")
    _write(tmp_path, "docs/a.md", "# Any `Title`, here\n[up](../README.md)\n[b](b.md#no-such)\n")
    _write(
        tmp_path, "docs/b.md", "# Title\n```\n[x](y) `src/z.py`\n```\n[x](https://example.org)\n"
    )
    _write(
        tmp_path,
        "README.md",
        "[a](docs/a.md#any-title-here) [c](docs/c.md) [own](#none)\n"
        "`units.py` `src/chp/units.py` `chp/` `core/` `gone.py` `Order/Place` `a | b.py`\n",
    )
    assert link_faults(tmp_path) == [
        "README.md: docs/c.md",
        "README.md: #none",
        "docs/a.md: b.md#no-such",
    ]
    assert file_faults(tmp_path) == ["README.md: core/", "README.md: gone.py"]


@pytest.mark.parametrize(
    ("steps", "faults"),
    [
        ("", [f"{WALK} has 0 steps"]),
        ("`a.py` `b.py` `c.py` `d.py`", [f"{WALK} has 4 steps"]),
        ("`a.py` `b.py` `c.py` `d.py` `e.py`", ["e.py"]),
        ("`a.py` `b.py` `c.py` `d.py` `d.py`\n\n## Next\n`f.py`", []),
    ],
)
def test_walk_fault_is_found_when_planted(steps: str, faults: list[str], tmp_path: Path) -> None:
    for name in "abcd":
        _write(tmp_path, f"src/chp/{name}.py", "")
    assert walk_faults(tmp_path) == []
    _write(tmp_path, "docs/ARCHITECTURE.md", f"# Architecture\n\n## {WALK}\n\n{steps}\n")
    assert walk_faults(tmp_path) == faults


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
