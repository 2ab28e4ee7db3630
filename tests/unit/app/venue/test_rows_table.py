"""Every row of market.md section 10 is tested, or left for a stated reason."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

ROWS: Final = range(1, 42)

LEFT: Final = {
    11: "auctions take robots' orders only on the moex calendar",
    12: "demo24 is never closed",
    37: "demo24 has one continuous phase: no halts, no discrete auctions",
    38: "kill switch, dead man's switch and operator come with the admin calls",
    39: "forced closing comes with the watch over margin",
}
"""Of 18 and 29 the part "Pending while closed" is shown by limits outside a new day's band."""


def rows_covered() -> set[int]:
    """The numbers in the names of the tests beside this one: test_row_5_…, test_rows_32_and_33_…"""
    found: set[int] = set()
    for path in Path(__file__).parent.glob("test_rows_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                named = re.match(r"test_rows?_(\d+)(?:_and_(\d+))?_", node.name)
                found.update(int(number) for number in (named.groups() if named else ()) if number)
    return found


def test_every_row_is_tested_or_left_for_a_reason() -> None:
    assert sorted(rows_covered() | set(LEFT)) == list(ROWS)
    assert rows_covered().isdisjoint(LEFT)
