from __future__ import annotations

from collections import Counter

import pytest

from chp.core.flow.random import Random, fnv1a_64


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)],
)
def test_fnv1a_gives_the_published_vectors(text: str, expected: int) -> None:
    assert fnv1a_64(text) == expected


def test_outputs_are_the_published_ones_of_pcg32() -> None:
    # pcg32_srandom(42, 54) of the reference library: an output depends on the state alone,
    # so the demo's own stream, increment 109, is stepped here.
    multiplier, increment, mask = 6364136223846793005, 109, (1 << 64) - 1
    state = ((increment + 42) * multiplier + increment) & mask
    outputs = []
    for _ in range(6):
        outputs.append(Random(state).next_u32())
        state = (state * multiplier + increment) & mask
    assert outputs == [
        0xA15C02B7, 0x7B47F409, 0xBA1D3330, 0x83D2F293, 0xBFA4784B, 0xCBED606E,
    ]  # fmt: skip


def test_a_state_says_all_about_the_future() -> None:
    random = Random.seeded(7, "SBER")
    for _ in range(10):
        random.next_u32()
    again = Random(random.state)
    assert [random.below(1000) for _ in range(50)] == [again.below(1000) for _ in range(50)]


def test_seed_symbol_and_purpose_each_make_another_sequence() -> None:
    seeds = [(1, "SBER", ""), (2, "SBER", ""), (1, "GAZP", ""), (1, "SBER", "prelude")]
    firsts = {Random.seeded(*seed).next_u32() for seed in seeds}
    assert len(firsts) == len(seeds)
    assert Random.seeded(1, "SBER").next_u32() in firsts


def test_below_stays_below_and_is_even() -> None:
    random = Random.seeded(1, "SBER")
    counts = Counter(random.below(7) for _ in range(70_000))
    assert sorted(counts) == list(range(7))
    # Five standard deviations of a binomial with 70,000 trials and chance 1/7.
    assert all(abs(count - 10_000) < 463 for count in counts.values())


def test_below_throws_surplus_draws_away() -> None:
    # Three quarters of the draws fit n = 3 * 2^30 once, so a quarter must be drawn again.
    n = 3 << 30
    plain, random = Random(99), Random(99)
    accepted = [random.below(n) for _ in range(1000)]
    drawn = 0
    while plain.state != random.state:
        plain.next_u32()
        drawn += 1
    assert 1200 < drawn < 1500
    assert max(accepted) < n
    third = sum(number < 1 << 30 for number in accepted)
    assert abs(third - 333) < 75


def test_below_one_is_zero_and_the_full_range_is_the_draw() -> None:
    assert Random(5).below(1) == 0
    assert Random(5).below(1 << 32) == Random(5).next_u32()
