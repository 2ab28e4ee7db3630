"""Whatever robots do, the venue keeps its invariants, its snapshots and its journal."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.random_robots import KINDS, Step, run_steps

MOST = 10_000

steps = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, MOST),
        st.integers(0, MOST),
        st.integers(0, MOST),
    ),
    max_size=60,
)


@given(latency_ms=st.sampled_from([0, 55]), steps=steps)
@settings(max_examples=100)
def test_short_runs_keep_the_invariants(latency_ms: int, steps: list[Step]) -> None:
    run_steps(latency_ms, steps)


def _long_run(seed: int, length: int) -> list[Step]:
    draw = random.Random(seed)
    weights = [30, 14, 8, 1, 25, 12, 2, 2]
    return [
        (kind, draw.randint(0, MOST), draw.randint(0, MOST), draw.randint(0, MOST))
        for kind in draw.choices(KINDS, weights, k=length)
    ]


@pytest.mark.parametrize("latency_ms", [0, 55])
@pytest.mark.parametrize("seed", [1, 2])
def test_long_runs_keep_the_invariants(seed: int, latency_ms: int) -> None:
    run_steps(latency_ms, _long_run(seed, 400))


@pytest.mark.slow
@pytest.mark.parametrize("latency_ms", [0, 55])
@pytest.mark.parametrize("seed", range(100, 115))
def test_many_long_runs_keep_the_invariants(seed: int, latency_ms: int) -> None:
    run_steps(latency_ms, _long_run(seed, 2000))
