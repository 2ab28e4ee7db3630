"""Every text file of the project, as a fresh clone would hold it."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import ROOT

MADE_BY_TOOLS: Final = frozenset({"__pycache__", "build", "dist", "node_modules"})
HIDDEN_BUT_OURS: Final = frozenset({".ci", ".gitattributes", ".gitignore"})
PYTHON_FOLDERS: Final = ("src", "tests", "tools", "bench")


@cache
def project_texts() -> dict[str, str]:
    """Text by path from the root, with `/` on every system."""
    return texts_under(ROOT)


def texts_under(folder: Path) -> dict[str, str]:
    """The same for any folder; a file that is no UTF-8 is data, not text."""
    texts = {}
    for path in sorted(_files(folder)):
        try:
            texts[path.relative_to(folder).as_posix()] = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def python_texts(texts: dict[str, str]) -> dict[str, str]:
    """Those of Python source, wherever it stands."""
    return {
        path: text
        for path, text in texts.items()
        if path.endswith(".py") and path.split("/")[0] in PYTHON_FOLDERS
    }


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _is_ours(name)]
        yield from (Path(here, name) for name in names if _is_ours(name))


def _is_ours(name: str) -> bool:
    if name.startswith("."):
        return name in HIDDEN_BUT_OURS
    return name not in MADE_BY_TOOLS and not name.endswith((".egg-info", ".pyc"))
