"""Importing the old client stays light."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[3] / "src"
PROBE = """
import sys
import CHP_api
print(sorted({"uvicorn", "starlette", "duckdb", "asyncio"} & set(sys.modules)))
"""


def test_import_loads_neither_server_nor_database() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROBE],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.strip() == "[]"
