"""Folders that may not be written, also for root, who else may do anything. Not on Windows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NOBODY: Final = 65534


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Takes the right to write a folder and its files away for a while."""
    folder.chmod(0o555)
    for file in folder.iterdir():
        file.chmod(0o444)
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.seteuid(NOBODY)
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.chmod(0o600)
