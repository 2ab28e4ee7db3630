"""Importing the old client stays light, and its types are there for the robots' own checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
PROBE = """
import sys
{statement}
print(" ".join(sys.modules))
"""
HEAVY = {"argon2", "asyncio", "duckdb", "httptools", "msgspec", "starlette", "uvicorn", "uvloop"}


@pytest.mark.parametrize(
    "statement",
    [
        "import CHP_api",
        "from CHP_api import ApiConnectionError, ApiRequestException, ChpClient, ChpError",
        "from CHP_api.CHP_client import ChpClient",
        "from CHP_api.CHP_lowlevel_api import Api",
        "from CHP_api.CHPExceptions import ApiConnectionError, ApiRequestException,"
        " ApiResponseNotJson, ChpError",
    ],
)
def test_import_loads_only_the_table_of_urns_of_the_gateway(statement: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(run.stdout.split())
    assert {name for name in loaded if name.partition(".")[0] in HEAVY} == set()
    assert {name for name in loaded if name.partition(".")[0] == "chp"} == {
        "chp",
        "chp.wire",
        "chp.wire.rest",
        "chp.wire.rest.urns",
    }


def test_types_are_shipped() -> None:
    assert (SOURCE / "CHP_api" / "py.typed").is_file()
