"""CT-C: what every `Clock` does."""

from __future__ import annotations

import time

import pytest

from chp.adapters.clock import SystemClock
from chp.ports import Clock


@pytest.fixture(params=[SystemClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_ct_c01_wall_time_is_utc_nanoseconds(clock: Clock) -> None:
    before, now, after = time.time_ns(), clock.wall_ns(), time.time_ns()
    assert before <= now <= after


def test_ct_c02_monotonic_time_never_goes_back(clock: Clock) -> None:
    moments = [clock.monotonic_ns() for _ in range(10_000)]
    assert moments == sorted(moments)
    while clock.monotonic_ns() == moments[0]:
        pass  # it goes on, in however large steps


def test_ct_c03_times_are_whole_numbers(clock: Clock) -> None:
    assert type(clock.wall_ns()) is int
    assert type(clock.monotonic_ns()) is int
