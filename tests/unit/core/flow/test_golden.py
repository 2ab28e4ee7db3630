from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
GOLDEN = ROOT / "tests" / "data" / "golden" / "flow_digests.json"


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_flows_are_the_same_in_every_process(hash_seed: str) -> None:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    made = subprocess.run(
        [sys.executable, "-m", "tests.support.flow_digests"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(made.stdout) == json.loads(GOLDEN.read_text())
