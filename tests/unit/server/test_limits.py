"""Buckets: a burst, then the long-run rate, by token."""

import pytest

from chp.server.limits import Rate, RateLimit


class Seconds:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        """Begins at 100 s: any origin will do."""
        self.now_s = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def test_burst_is_free_then_calls_wait() -> None:
    limit = RateLimit(Rate(2.0, 3), Seconds())
    assert [limit.take(1) for _ in range(5)] == [None, None, None, 1, 1]


def test_rate_fills_the_bucket_again_up_to_the_burst() -> None:
    clock = Seconds()
    limit = RateLimit(Rate(2.0, 3), clock)
    for _ in range(3):
        limit.take(1)
    clock.now_s += 1.0
    assert [limit.take(1) for _ in range(3)] == [None, None, 1]
    clock.now_s += 1_000.0
    assert [limit.take(1) for _ in range(4)] == [None, None, None, 1]


@pytest.mark.parametrize(("per_s", "wait_s"), [(0.1, 10), (0.25, 4), (200.0, 1)])
def test_answer_says_after_how_many_seconds_a_call_is_free(per_s: float, wait_s: int) -> None:
    clock = Seconds()
    limit = RateLimit(Rate(per_s, 1), clock)
    assert limit.take(1) is None
    assert limit.take(1) == wait_s
    clock.now_s += wait_s
    assert limit.take(1) is None


def test_tokens_have_buckets_of_their_own() -> None:
    limit = RateLimit(Rate(1.0, 1), Seconds())
    assert limit.take(1) is None
    assert limit.take(2) is None
    assert limit.take(1) == 1


def test_refused_calls_cost_nothing() -> None:
    clock = Seconds()
    limit = RateLimit(Rate(1.0, 1), clock)
    answers = [limit.take(1)]
    for _ in range(4):
        clock.now_s += 0.25
        answers.append(limit.take(1))
    assert answers == [None, 1, 1, 1, None]
